package import Basics

/// How long a canary has traded: host and promotion count the same.
///
/// Hours are the spans in which the host's loop took bars, by the host's signed word, added up without a halt and
/// another version in between; bars more than ``RunMemory/longestGap`` apart are in two spans. A bundle that lies in
/// force while nothing runs earns none, and two short looks a day apart earn no day. They begin anew after every
/// rollback, and after a promotion that was taken back: what was found bad once shows itself again.
package enum CanaryHours {
    /// A deployment that came in force.
    package struct Step: Sendable {
        package var counter: Int
        /// Whether a rollback put it in force.
        package var isRollback: Bool
        /// Whether its promotion was taken back: withdrawn, or refused for its health.
        package var isTakenBack: Bool
        /// Whether it is the canary that is asked about.
        package var isAsked: Bool

        /// A step as given.
        package init(counter: Int, isRollback: Bool, isTakenBack: Bool = false, isAsked: Bool) {
            (self.counter, self.isRollback) = (counter, isRollback)
            (self.isTakenBack, self.isAsked) = (isTakenBack, isAsked)
        }
    }

    /// - Parameters:
    ///   - steps: in any order.
    ///   - runs: oldest first.
    /// - Returns: nil where it never was a canary that counts.
    /// - Complexity: steps × runs.
    package static func longest(_ steps: [Step], runs: [RevisionHistory.Run]) -> Nanoseconds? {
        var longest: Nanoseconds?, traded: Nanoseconds = 0
        for step in steps.sorted(by: { $0.counter < $1.counter }) {
            if step.isRollback || step.isTakenBack { (longest, traded) = (nil, 0) }
            guard step.isAsked, !step.isTakenBack else {
                traded = 0
                continue
            }
            longest = longest ?? 0
            for run in runs where run.counter == step.counter {
                traded = (run.isNew ? 0 : traded).saturatingPlus(run.to.saturatingMinus(run.from))
                longest = max(longest ?? 0, traded)
            }
        }
        return longest
    }
}

extension RevisionHistory {
    /// Whether weights and strategy have traded as a canary for long enough.
    package func hasPassed(_ rule: EnvironmentAuthority.Canary, weights: String, strategy: String) -> Bool {
        let steps = revisions.map {
            CanaryHours.Step(
                counter: $0.counter, isRollback: $0.action == .rollback,
                isAsked: $0.weights == weights && $0.strategy == strategy && $0.share <= rule.share)
        }
        guard let longest = CanaryHours.longest(steps, runs: runs) else { return false }
        return Double(longest) >= rule.hours * 3600e9
    }
}
