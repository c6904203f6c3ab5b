package import Basics
import Deployment
import Registry

/// A rollback that took weights out of force in an environment. What people signed for them before they had seen how it
/// went counts no more: who wants them in force again says so again.
package struct TakenBack: Sendable, Equatable {
    /// `NAME/VERSION`, as it was called in force.
    package let reference: String
    /// When the rollback came in force: where the log has taken it up, by its time; else by the host's clock.
    package let time: Nanoseconds
    /// Number of the entry of the log that took it up; nil where none has.
    package let entry: Int?
    /// In words of who ordered it; empty where nobody said.
    package let reason: String

    /// The last one that concerns weights; nil for none.
    ///
    /// - Parameters:
    ///   - strategy: of the candidate; nil for any.
    ///   - events: of the environment, in any order.
    /// - Complexity: as ``RollbackSteps/last(of:strategy:in:)``, and sorting.
    package static func last(of weights: String, strategy: String?, in events: [PromotionFacts.Event]) -> TakenBack? {
        let events = events.filter { $0.kind == .inForce }.sorted { ($0.counter, $0.time) < ($1.counter, $1.time) }
        let steps = events.map {
            RollbackSteps.Step(
                weights: $0.weights, strategy: $0.strategy, isRollback: $0.isRollback, time: $0.entryTime ?? $0.time)
        }
        return RollbackSteps.last(of: weights, strategy: strategy, in: steps).map {
            TakenBack(
                reference: events[$0.taken].reference, time: steps[$0.by].time, entry: events[$0.by].entry,
                reason: events[$0.by].reason)
        }
    }

    /// For people: what was taken back, when and why.
    package var text: String {
        "\(reference) was rolled back at \(TimeText.seconds(time))" + (reason.isEmpty ? "" : " (\(reason))")
    }

    /// Whether a verdict was signed before it: by its position in the log, or by its time where it names none of this
    /// log.
    ///
    /// - Parameter hashes: of the log's entries.
    func isAfter(_ verdict: Verdict, hashes: [String]) -> Bool {
        guard let entry, let log = verdict.log, hashes.indices.contains(log.sequence - 1),
            hashes[log.sequence - 1] == log.hash
        else { return verdict.time <= time }
        return log.sequence < entry
    }

    /// Why a yes does not count; nil for one that was signed since.
    func objection(to statement: Statement) -> String? {
        guard statement.kind != .rejection, statement.signedAt <= time else { return nil }
        return "it was signed before \(text)"
    }
}
