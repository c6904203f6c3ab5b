package import Basics

/// Several successive halvings side by side, from one that cuts early to one that lets everything finish, because early
/// values may mislead (Li et al. 2018).
///
/// Trials are dealt out to the brackets by their number, so that all brackets cost about the same.
package struct HyperbandPruner: Pruner {
    package static let kind = "hyperband"
    package static let summary = "Several successive halvings that start to stop trials at different steps."
    package static let keys = ["minimum", "maximum", "reduction"]
    private let brackets: [SuccessiveHalvingPruner]
    /// For each place of the repeating pattern its bracket.
    private let pattern: [Int]

    /// Brackets for trials of up to `maximum` steps.
    ///
    /// - Precondition: 1 ≤ minimum, 2 ≤ reduction.
    package init(minimum: Int = 1, maximum: Int, reduction: Int = 3) {
        var count = 1, size = minimum
        while size * reduction <= maximum, count < 30 {
            size *= reduction
            count += 1
        }
        brackets = (0..<count).map { SuccessiveHalvingPruner(minimum: minimum, reduction: reduction, skip: $0) }
        // A bracket that starts to cut later costs more per trial and gets fewer: ⌈n/(s+1)·ηˢ⌉ of Hyperband, scaled to
        // a pattern.
        let shares = (0..<count).map { bracket -> Double in
            let s = Double(count - 1 - bracket)
            return Double(count) * (0..<Int(saturating: s)).reduce(1.0) { product, _ in product * Double(reduction) }
                / (s + 1)
        }
        let smallest = shares.min() ?? 1
        let counts = shares.map { Int(saturating: ($0 / smallest).rounded()) }
        // Spread evenly: the bracket that is furthest behind its share comes next.
        var given = [Int](repeating: 0, count: count), order: [Int] = []
        for _ in 0..<counts.reduce(0, +) {
            let next =
                (0..<count).min { Double(given[$0]) / Double(counts[$0]) < Double(given[$1]) / Double(counts[$1]) } ?? 0
            given[next] += 1
            order.append(next)
        }
        pattern = order
    }

    package init(_ reader: ConfigReader, maximumSteps: Int) throws {
        self.init(
            minimum: try reader.int("minimum", default: 1, in: 1...1_000_000),
            maximum: try reader.int("maximum", default: max(maximumSteps, 1), in: 1...10_000_000),
            reduction: try reader.int("reduction", default: 3, in: 2...100))
    }

    /// The bracket that a trial is dealt to; 0 cuts earliest.
    package func bracket(_ number: Int) -> Int { pattern[number % pattern.count] }

    package func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool {
        let own = bracket(number)
        return brackets[own].judge(number: number, step: step, history) { bracket($0) == own }
    }
}
