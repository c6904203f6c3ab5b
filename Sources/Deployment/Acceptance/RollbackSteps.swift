package import Basics

/// What rollbacks took back: host and promotion ask the same.
package enum RollbackSteps {
    /// Something that came in force.
    package struct Step: Sendable {
        /// SHA-256; nil where nobody can tell any more.
        package var weights: String?
        /// SHA-256; nil where nobody can tell any more.
        package var strategy: String?
        /// Whether a rollback put it in force.
        package var isRollback: Bool
        /// When.
        package var time: Nanoseconds

        /// A step as given.
        package init(weights: String?, strategy: String?, isRollback: Bool, time: Nanoseconds) {
            (self.weights, self.strategy, self.isRollback, self.time) = (weights, strategy, isRollback, time)
        }

        fileprivate func isSame(_ other: Step) -> Bool { weights == other.weights && strategy == other.strategy }
    }

    /// The last rollback that took weights back, and what of them it took back, by their positions; nil for none.
    ///
    /// A rollback takes back whatever came in force since its target last was, unless the target is the same weights
    /// under the same strategy. Where it leads from one strategy of the weights to another, only the former is meant.
    ///
    /// - Parameters:
    ///   - strategy: of the candidate; nil for any.
    ///   - steps: in the order of their numbers.
    /// - Complexity: linear in the steps, and in the rollbacks times what they took back.
    package static func last(of weights: String, strategy: String?, in steps: [Step]) -> (taken: Int, by: Int)? {
        var way: [Int] = [], found: (taken: Int, by: Int)?
        for (index, step) in steps.enumerated() {
            guard step.isRollback else {
                if way.last.map({ !steps[$0].isSame(step) }) ?? true { way.append(index) }
                continue
            }
            let target = way.lastIndex { steps[$0].isSame(step) }
            let left = target.map { way[($0 + 1)...] } ?? way.suffix(1)
            for old in left where steps[old].weights == weights {
                guard step.weights != weights || strategy == nil || steps[old].strategy == strategy else { continue }
                if found.map({ step.time >= steps[$0.by].time }) ?? true { found = (old, index) }
            }
            if let target { way.removeSubrange((target + 1)...) } else { way = way.dropLast() + [index] }
        }
        return found
    }
}

extension RevisionHistory {
    /// When weights were last rolled back here; nil for never. In a hole they may have been, unless they came in force
    /// after it.
    ///
    /// - Parameter strategy: SHA-256 of the candidate's.
    package func takenBack(weights: String, strategy: String) -> Nanoseconds? {
        let steps = revisions.map {
            RollbackSteps.Step(
                weights: $0.weights, strategy: $0.strategy, isRollback: $0.action == .rollback,
                time: time(of: $0))
        }
        let last = RollbackSteps.last(of: weights, strategy: strategy, in: steps).map { steps[$0.by].time }
        guard let hole = unknown.last?.upperBound, case let later = revisions.filter({ $0.counter > hole }),
            let next = later.first, !later.contains(where: { $0.weights == weights && $0.strategy == strategy })
        else { return last }
        return max(last ?? .min, time(of: next))
    }
}
