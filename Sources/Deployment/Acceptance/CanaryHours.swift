package import Basics

/// How long a canary has traded: host and promotion count the same.
///
/// Hours are the spans in which the host's loop took bars, by the host's signed word, added up without a halt and
/// another version in between; bars more than ``RunMemory/longestGap`` apart are in two spans, and so are those of two
/// loops. A bundle that lies in force while nothing runs earns none, and two short looks earn nothing of what lies
/// between them. They begin anew after every rollback, and after a promotion that was taken back: what was found bad
/// once shows itself again.
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
        /// When it came in force, by its host's signed word; nil where nobody knows.
        package var time: Nanoseconds?

        /// A step as given.
        package init(
            counter: Int, isRollback: Bool, isTakenBack: Bool = false, isAsked: Bool, time: Nanoseconds? = nil
        ) {
            (self.counter, self.isRollback, self.time) = (counter, isRollback, time)
            (self.isTakenBack, self.isAsked) = (isTakenBack, isAsked)
        }
    }

    /// - Parameters:
    ///   - steps: in any order.
    ///   - runs: oldest first. Of each counts what lies within the time in which its revision was in force, and no
    ///     moment twice: a file that says more says nothing.
    ///   - now: nothing after it counts.
    /// - Returns: nil where it never was a canary that counts.
    /// - Complexity: steps × runs.
    package static func longest(_ steps: [Step], runs: [RevisionHistory.Run], until now: Nanoseconds) -> Nanoseconds? {
        var longest: Nanoseconds?, traded: Nanoseconds = 0
        let steps = steps.sorted { $0.counter < $1.counter }
        for (index, step) in steps.enumerated() {
            if step.isRollback || step.isTakenBack { (longest, traded) = (nil, 0) }
            guard step.isAsked, !step.isTakenBack else {
                traded = 0
                continue
            }
            longest = longest ?? 0
            let begin = step.time ?? .min, end = min(now, steps[(index + 1)...].first?.time ?? .max)
            var counted = begin
            for run in runs where run.counter == step.counter {
                if run.isNew { (traded, counted) = (0, begin) }
                let from = max(run.from, counted), to = min(run.to, end)
                if to > from { (traded, counted) = (traded.saturatingPlus(to.saturatingMinus(from)), to) }
                longest = max(longest ?? 0, traded)
            }
        }
        return longest
    }
}

extension RevisionHistory {
    /// Whether weights and strategy have traded as a canary for long enough.
    ///
    /// - Parameter now: of the host.
    package func hasPassed(
        _ rule: EnvironmentAuthority.Canary, weights: String, strategy: String, at now: Nanoseconds
    ) -> Bool {
        let steps = revisions.map {
            CanaryHours.Step(
                counter: $0.counter, isRollback: $0.action == .rollback,
                isAsked: $0.weights == weights && $0.strategy == strategy && $0.share <= rule.share,
                time: time(of: $0))
        }
        guard let longest = CanaryHours.longest(steps, runs: runs, until: now) else { return false }
        return Double(longest) >= rule.hours * 3600e9
    }
}
