import Basics

/// Combinatorial purged cross-validation (López de Prado 2018, ch. 12): every choice of `testGroups` of `groups`
/// stretches of time is a test once, so that the tests join into several complete paths, each predicted by models that
/// never saw it.
package struct CombinatorialSplits: Sendable, Equatable {
    /// One choice of groups for testing.
    package struct Split: Sendable, Equatable {
        /// Positions that may be learned from, increasing.
        package let training: [Int]
        /// One stretch a chosen group, in order.
        package let tests: [Range<Int>]
        /// The path that each test stretch belongs to.
        package let paths: [Int]
    }

    /// In lexical order of the chosen groups.
    package let splits: [Split]
    /// C(N, k)·k/N complete paths.
    package let paths: Int

    /// More choices than this are refused: each is a model to train.
    package static let mostSplits = 1000

    /// The last group takes the remainder. What labels and windows reach over the border of a tested stretch is left
    /// out by time, when samples are divided (`PurgedParts`).
    package init(count: Int, groups: Int, testGroups: Int) throws {
        guard groups >= 2, testGroups >= 1, testGroups < groups else {
            throw Failure(
                "split.groups", "found \(testGroups) test groups of \(groups), expected at least 1 and fewer than all",
                exitStatus: .usage)
        }
        let size = count / groups
        guard size >= 1 else {
            throw Failure(
                "split.groups", "found \(count) times for \(groups) groups", hint: "use fewer groups, or a longer time",
                exitStatus: .usage)
        }
        let total = CombinatorialSplits.choices(groups, testGroups)
        guard total <= CombinatorialSplits.mostSplits else {
            throw Failure(
                "split.many",
                "found \(groups) groups with \(testGroups) for testing, which is \(total) models to train",
                hint: "at most \(CombinatorialSplits.mostSplits) are allowed",
                exitStatus: .usage)
        }
        func span(_ group: Int) -> Range<Int> { group * size..<(group == groups - 1 ? count : (group + 1) * size) }
        var seen = [Int](repeating: 0, count: groups)
        splits = CombinatorialSplits.combinations(groups, testGroups).map { chosen in
            let tests = chosen.map(span)
            var isUsed = [Bool](repeating: true, count: count)
            for test in tests {
                for i in test { isUsed[i] = false }
            }
            let paths = chosen.map { group in
                seen[group] += 1
                return seen[group] - 1
            }
            return Split(training: (0..<count).filter { isUsed[$0] }, tests: tests, paths: paths)
        }
        paths = total * testGroups / groups
    }

    /// n over k; saturates far above what is allowed.
    static func choices(_ n: Int, _ k: Int) -> Int {
        var out = 1
        for i in 0..<min(k, n - k) {
            out = out * (n - i) / (i + 1)
            if out > 1_000_000_000 { return out }
        }
        return out
    }

    /// In lexical order.
    private static func combinations(_ n: Int, _ k: Int) -> [[Int]] {
        var out: [[Int]] = [], current = Array(0..<k)
        while true {
            out.append(current)
            guard let position = (0..<k).last(where: { current[$0] < n - k + $0 }) else { return out }
            current[position] += 1
            for i in position + 1..<k where i < k { current[i] = current[i - 1] + 1 }
        }
    }
}
