package import Basics
import Registry

/// A rollback that took weights out of force in an environment. What people signed for them before they had seen how it
/// went counts no more: who wants them in force again says so again.
package struct TakenBack: Sendable, Equatable {
    /// `NAME/VERSION`, as it was called in force.
    package let reference: String
    /// When the rollback came in force.
    package let time: Nanoseconds
    /// In words of who ordered it; empty where nobody said.
    package let reason: String

    /// The last one that concerns weights; nil for none.
    ///
    /// A rollback takes back whatever came in force since its target last was, unless the target is the same weights
    /// under the same strategy. Where it leads from one strategy of the weights to another, only the former is meant.
    ///
    /// - Parameters:
    ///   - strategy: of the candidate; nil for any.
    ///   - events: of the environment, in any order.
    /// - Complexity: linear in the events, and in the rollbacks times what they took back.
    package static func last(of weights: String, strategy: String?, in events: [PromotionFacts.Event]) -> TakenBack? {
        var way: [PromotionFacts.Event] = [], found: TakenBack?
        for event in events.filter({ $0.kind == .inForce }).sorted(by: { ($0.counter, $0.time) < ($1.counter, $1.time) }
        ) {
            guard event.isRollback else {
                if way.last.map({ !isSame($0, event) }) ?? true { way.append(event) }
                continue
            }
            let target = way.lastIndex { isSame($0, event) }
            let left = target.map { way[($0 + 1)...] } ?? way.suffix(1)
            for old in left where old.weights == weights {
                guard event.weights != weights || strategy == nil || old.strategy == strategy else { continue }
                if event.time >= found?.time ?? .min {
                    found = TakenBack(reference: old.reference, time: event.time, reason: event.reason)
                }
            }
            if let target { way.removeSubrange((target + 1)...) } else { way = way.dropLast() + [event] }
        }
        return found
    }

    private static func isSame(_ a: PromotionFacts.Event, _ b: PromotionFacts.Event) -> Bool {
        a.weights == b.weights && a.strategy == b.strategy
    }

    /// For people: what was taken back, when and why.
    package var text: String {
        "\(reference) was rolled back at \(TimeText.utc(time))" + (reason.isEmpty ? "" : " (\(reason))")
    }

    /// Why a yes does not count; nil for one that was signed since.
    func objection(to statement: Statement) -> String? {
        guard statement.kind != .rejection, statement.signedAt <= time else { return nil }
        return "it was signed before \(text)"
    }
}
