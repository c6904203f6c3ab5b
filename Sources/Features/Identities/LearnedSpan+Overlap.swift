import Basics
import Tensors

extension LearnedSpan {
    /// Samples that somebody learned from.
    package struct Overlap: Sendable, Equatable {
        /// How many of ``of`` samples.
        package var samples: Int
        /// All samples that were looked at.
        package var of: Int
        /// Who learned from them.
        package var learners: [String]
    }

    /// Samples of a table whose labels lie in a stretch that was learned from; nil where none does.
    ///
    /// - Complexity: O(n log m) in samples and stretches.
    package func overlap(_ table: FeatureTable, ends: SampleRows) -> Overlap? {
        var seen = [Bool](repeating: false, count: ends.count), learners: [String] = []
        for piece in pieces {
            let stretches = piece.intervals.sorted { $0.after < $1.after }
            var isHit = false
            for (position, row) in ends.enumerated()
            where LearnedSpan.meets(stretches, Piece.interval(table, row, isOfKnownTimes: piece.isOfKnownTimes)) {
                (seen[position], isHit) = (true, true)
            }
            if isHit, !learners.contains(piece.learner) { learners.append(piece.learner) }
        }
        let count = seen.count { $0 }
        return count > 0 ? Overlap(samples: count, of: ends.count, learners: learners) : nil
    }

    /// Whether a label meets one of some stretches that are in order and apart.
    private static func meets(_ stretches: [Interval], _ label: Interval) -> Bool {
        // The first stretch that does not end before the label begins.
        var low = 0, high = stretches.count
        while low < high {
            let middle = (low + high) / 2
            if stretches[middle].through <= label.after { low = middle + 1 } else { high = middle }
        }
        return low < stretches.count && stretches[low].after < label.through
    }
}
