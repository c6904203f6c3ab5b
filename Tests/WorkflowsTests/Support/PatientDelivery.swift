import Workflows

extension DeliverEvents {
    /// A delivery for tests that are not about its limit: what runs in process shares two threads with all other tests,
    /// and ten seconds may pass between an answer and the one who waits for it.
    static var patient: DeliverEvents {
        var delivery = DeliverEvents()
        delivery.timeout = 600
        return delivery
    }
}
