/// What becomes of one promotion that was admitted: events in, actions out. It does nothing itself; whoever runs it
/// does the work and says what came of it, so a promotion that was cut off anywhere goes on by what can be seen of it.
///
///     admitted ─▶ begun ─▶ waiting ─▶ running ─▶ leaving
///                   │         │          │          │
///                   ▼         ▼          ▼          ▼
///               withdrawn  refused   installed   refused
///
/// An event that does not belong to a state changes nothing.
package struct PromotionMachine: Sendable, Equatable {
    /// How a promotion can end.
    package enum End: String, Sendable, CaseIterable { case installed, refused, withdrawn }

    /// Where a promotion stands.
    package enum State: Sendable, Equatable {
        /// All rules hold; nothing is written yet.
        case admitted
        /// On record; the bundle has not left.
        case begun
        /// The bundle lies in the inbox, or was taken from there; the host has not answered.
        case waiting
        /// In force; its health is not shown yet.
        case running
        /// In force, and on its way out for a reason.
        case leaving(String)
        case ended(End)
    }

    /// What came of what was done, or what somebody wants.
    package enum Event: Sendable, Equatable {
        case recorded
        case handedOver
        /// The bundle could not be written, and is not there.
        case notHandedOver
        /// Nothing is in the inbox or in force, long after somebody began.
        case neverArrived
        /// A receipt that a host signed.
        case answered(isInForce: Bool, reason: String)
        case healthy
        case unhealthy(String)
        /// Somebody wants it out.
        case withdrawn(isInForce: Bool)
        /// What was in force before is in force again, or the environment is halted.
        case takenBack
    }

    /// What is to be done.
    package enum Action: Sendable, Equatable {
        /// Put the promotion on record, before anything of it is written.
        case record
        /// Write documents, a signed head of the log, and last the bundle into the inbox.
        case handOver
        /// Wait for a receipt.
        case awaitReceipt
        /// Look whether the bundle in force does what the health rule asks.
        case askHealth
        /// Put what was in force before back in force, or halt the environment where there was nothing.
        case takeBack(String)
        /// Put the end on record, with its reason; empty for one that was installed.
        case end(End, String)
        /// Nothing to do: it has ended, or waits for an event.
        case rest
    }

    /// Where it stands.
    package private(set) var state: State
    private let asksHealth: Bool

    /// A promotion that was just admitted.
    ///
    /// - Parameter asksHealth: whether environment or policy have a health rule.
    package init(asksHealth: Bool) {
        (state, self.asksHealth) = (.admitted, asksHealth)
    }

    /// A promotion that somebody began: on record, and not ended.
    package init(underWay asksHealth: Bool) {
        (state, self.asksHealth) = (.waiting, asksHealth)
    }

    /// What is to be done first.
    package var first: Action { state == .admitted ? .record : .rest }

    /// What is to be done after an event.
    package mutating func handle(_ event: Event) -> Action {
        switch (state, event) {
        case (.admitted, .recorded):
            state = .begun
            return .handOver
        case (.begun, .handedOver):
            state = .waiting
            return .awaitReceipt
        case (.begun, .notHandedOver): return end(.withdrawn, "the bundle could not be written")
        case (.waiting, .neverArrived): return end(.withdrawn, "the bundle never reached the inbox")
        case (.waiting, .answered(isInForce: false, let reason)): return end(.refused, reason)
        case (.waiting, .answered(isInForce: true, _)) where asksHealth:
            state = .running
            return .askHealth
        case (.waiting, .answered(isInForce: true, _)), (.running, .healthy): return end(.installed, "")
        case (.running, .unhealthy(let reason)): return leave("health: \(reason)")
        case (.begun, .withdrawn), (.waiting, .withdrawn(isInForce: false)):
            return end(.withdrawn, "withdrawn by hand")
        case (.waiting, .withdrawn(isInForce: true)), (.running, .withdrawn): return leave("withdrawn by hand")
        case (.leaving(let reason), .takenBack): return end(.refused, reason)
        default: return .rest
        }
    }

    private mutating func leave(_ reason: String) -> Action {
        state = .leaving(reason)
        return .takeBack(reason)
    }

    private mutating func end(_ end: End, _ reason: String) -> Action {
        state = .ended(end)
        return .end(end, reason)
    }
}
