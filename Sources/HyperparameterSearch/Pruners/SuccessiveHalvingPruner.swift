/// Asynchronous successive halving: at steps m, m·η, m·η², … only the best 1/η of those that came so far go on (Li et
/// al. 2020, "ASHA", arXiv:1810.05934).
package struct SuccessiveHalvingPruner: Pruner {
    package static let kind = "asha"
    /// Steps before the first rung.
    let minimum: Int
    /// η.
    let reduction: Int
    /// Rungs that are left out at the start.
    let skip: Int

    package init(minimum: Int = 1, reduction: Int = 3, skip: Int = 0) {
        self.minimum = minimum
        self.reduction = reduction
        self.skip = skip
    }

    package func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool {
        judge(number: number, step: step, history) { _ in true }
    }

    /// Compares with the trials that `isPeer` admits.
    func judge(number: Int, step: Int, _ history: TrialHistory, isPeer: (Int) -> Bool) -> Bool {
        guard isRung(step), let trial = history.trial(number), let loss = history.loss(trial, at: step) else {
            return false
        }
        guard loss.isFinite else { return true }
        // Every trial that reported here counts, whatever became of it later.
        let others = history.trials.filter { $0.number != number && isPeer($0.number) }.compactMap {
            history.loss($0, at: step)
        }
        let better = others.count { $0 < loss }
        return better >= max(1, (others.count + 1) / reduction)
    }

    private func isRung(_ step: Int) -> Bool {
        var rung = minimum
        for _ in 0..<skip {
            let (next, overflow) = rung.multipliedReportingOverflow(by: reduction)
            if overflow { return false }
            rung = next
        }
        while rung < step {
            let (next, overflow) = rung.multipliedReportingOverflow(by: reduction)
            if overflow { return false }
            rung = next
        }
        return rung == step
    }
}

/// Several successive halvings side by side, from one that cuts early to one that lets everything finish, because early
/// values may mislead (Li et al. 2018).
///
/// Trials are dealt out to the brackets by their number, so that all brackets cost about the same.
package struct HyperbandPruner: Pruner {
    package static let kind = "hyperband"
    private let brackets: [SuccessiveHalvingPruner]
    /// For each place of the repeating pattern its bracket.
    private let pattern: [Int]

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
            return Double(count) * (0..<Int(s)).reduce(1.0) { product, _ in product * Double(reduction) } / (s + 1)
        }
        let smallest = shares.min() ?? 1
        let counts = shares.map { Int(($0 / smallest).rounded()) }
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

    package func bracket(_ number: Int) -> Int { pattern[number % pattern.count] }

    package func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool {
        let own = bracket(number)
        return brackets[own].judge(number: number, step: step, history) { bracket($0) == own }
    }
}
