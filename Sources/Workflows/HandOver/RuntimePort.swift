/// What promotion asks of the program on the trading host; each takes the environment's directory.
///
/// ``RuntimeProgram`` starts the program beside this one; tests answer in its place.
package struct RuntimePort: Sendable {
    /// Looks into the inbox once, where no runtime runs by itself.
    package var accept: @Sendable (_ environment: String) throws -> Void
    /// Runs bars through the bundle in force, for a first report of its health.
    package var replay: @Sendable (_ environment: String, _ data: [String]) throws -> Void
    /// Puts what was in force before back in force, by the host's own key.
    package var rollBack: @Sendable (_ environment: String, _ person: String, _ reason: String) throws -> Void
    /// Stops trading.
    package var halt: @Sendable (_ environment: String, _ person: String, _ reason: String) throws -> Void

    package init(
        accept: @escaping @Sendable (String) throws -> Void,
        replay: @escaping @Sendable (String, [String]) throws -> Void,
        rollBack: @escaping @Sendable (String, String, String) throws -> Void,
        halt: @escaping @Sendable (String, String, String) throws -> Void
    ) {
        (self.accept, self.replay, self.rollBack, self.halt) = (accept, replay, rollBack, halt)
    }
}
