import Basics
import HyperparameterSearch
import Testing

@Suite struct PrunerTests {
    static func history(_ curves: [[Double]], states: [Trial.State]? = nil, direction: Direction = .minimize) throws
        -> TrialHistory
    {
        let space = try SearchSpace([SearchParameter("x", .float(low: 0, high: 1, isLog: false, step: nil))])
        return TrialHistory(
            space: space, directions: [direction],
            trials: curves.enumerated().map { number, curve in
                let state = states?[number] ?? (number == curves.count - 1 ? .running : .complete)
                return Trial(
                    number: number, state: state, point: [0.5], values: state == .complete ? [curve.last ?? .nan] : [],
                    reports: curve.enumerated().map { Trial.Report(step: $0.offset + 1, value: $0.element) })
            })
    }

    @Test("median: the best so far against the median at the step, in both directions, after a start")
    func median() throws {
        let others: [[Double]] = [[1, 1], [2, 2], [3, 3], [4, 4], [5, 5]]
        let pruner = MedianPruner(startupTrials: 5, warmupSteps: 0)
        #expect(pruner.shouldPrune(number: 5, step: 2, try PrunerTests.history(others + [[9, 3.1]])))
        #expect(!pruner.shouldPrune(number: 5, step: 2, try PrunerTests.history(others + [[9, 3.0]])))
        #expect(!pruner.shouldPrune(number: 5, step: 2, try PrunerTests.history(others + [[2.5, 9]])))
        #expect(!pruner.shouldPrune(number: 4, step: 2, try PrunerTests.history(Array(others.prefix(4)) + [[9, 9]])))
        #expect(
            pruner.shouldPrune(number: 5, step: 2, try PrunerTests.history(others + [[2, 2.9]], direction: .maximize)))
        #expect(
            !MedianPruner(startupTrials: 5, warmupSteps: 2).shouldPrune(
                number: 5, step: 2, try PrunerTests.history(others + [[9, 9]])))
        #expect(pruner.shouldPrune(number: 5, step: 1, try PrunerTests.history(others + [[.nan]])))
    }

    @Test("successive halving: the best third at each rung, and only at rungs")
    func halving() throws {
        let pruner = SuccessiveHalvingPruner(minimum: 1, reduction: 3)
        let others: [[Double]] = (1...8).map { [Double($0), Double($0), Double($0)] }
        // Nine at the rung: three go on.
        for (value, isPruned) in [(0.5, false), (1.5, false), (2.5, false), (3.5, true), (8.5, true)] {
            #expect(
                pruner.shouldPrune(number: 8, step: 1, try PrunerTests.history(others + [[value]])) == isPruned,
                "\(value)")
            #expect(!pruner.shouldPrune(number: 8, step: 2, try PrunerTests.history(others + [[value, value]])))
            #expect(
                pruner.shouldPrune(number: 8, step: 3, try PrunerTests.history(others + [[value, value, value]]))
                    == isPruned)
        }
        // Alone it goes on; second of two it does not.
        #expect(!pruner.shouldPrune(number: 0, step: 1, try PrunerTests.history([[1]])))
        #expect(pruner.shouldPrune(number: 1, step: 1, try PrunerTests.history([[1], [2]])))
        #expect(pruner.shouldPrune(number: 1, step: 1, try PrunerTests.history([[1], [.nan]])))
        // No rung overflows.
        #expect(
            !SuccessiveHalvingPruner(minimum: 1, reduction: 100, skip: 30).shouldPrune(
                number: 0, step: 1, try PrunerTests.history([[1]])))
    }

    @Test("Hyperband: brackets share the trials, cheap ones get more; peers are of the same bracket")
    func hyperband() throws {
        let pruner = HyperbandPruner(minimum: 1, maximum: 9, reduction: 3)
        let counts = Dictionary(grouping: (0..<90).map(pruner.bracket)) { $0 }.mapValues(\.count)
        #expect(counts.keys.sorted() == [0, 1, 2])
        #expect((counts[0] ?? 0) > (counts[1] ?? 0) && (counts[1] ?? 0) > (counts[2] ?? 0), "\(counts)")
        // The last bracket lets everything reach the end.
        let last = try #require((0..<90).first { pruner.bracket($0) == 2 })
        var curves = (0..<last).map { _ in [0.0, 0, 0, 0] }
        curves.append([9, 9, 9, 9])
        for step in 1...4 { #expect(!pruner.shouldPrune(number: last, step: step, try PrunerTests.history(curves))) }
    }

    @Test("patience counts steps since the last improvement")
    func patience() throws {
        let pruner = PatiencePruner(patience: 2)
        #expect(!pruner.shouldPrune(number: 0, step: 3, try PrunerTests.history([[5, 4, 4.5, 4.6]])))
        #expect(pruner.shouldPrune(number: 0, step: 5, try PrunerTests.history([[5, 4, 4.5, 4.6, 4.7]])))
        #expect(!pruner.shouldPrune(number: 0, step: 5, try PrunerTests.history([[5, 4, 4.5, 4.6, 3.9]])))
    }

    /// scipy.stats.wilcoxon(d, alternative="greater"): exact without ties; with ties method="asymptotic",
    /// correction=True.
    @Test(
        "Wilcoxon's signed-rank test as scipy computes it",
        arguments: [
            ([1.0, 2, 3, 4, 5], 0.03125), ([0.8, -0.2, 1.1, 0.5, -0.1, 2.0, 0.9], 0.0390625), ([-1.0, -2, 3], 0.625),
            ([0.0, 0], 1),
        ] as [([Double], Double)])
    func wilcoxon(_ differences: [Double], _ p: Double) throws {
        #expect(abs(WilcoxonPruner.signedRankP(differences) - p) < 1e-9, "\(WilcoxonPruner.signedRankP(differences))")
        #expect(
            WilcoxonPruner(significance: 0.1).shouldPrune(
                number: 1, step: 6, try PrunerTests.history([[1, 1, 1, 1, 1, 1], [1.1, 1.2, 1.3, 1.4, 1.05, 1.6]])))
        #expect(
            !WilcoxonPruner(significance: 0.1).shouldPrune(
                number: 1, step: 6, try PrunerTests.history([[1, 1, 1, 1, 1, 1], [0.1, 1.2, 0.3, 1.4, 1.05, 0.6]])))
    }

    @Test("pruners by their names, and mistakes")
    func configuration() throws {
        for name in Pruners.names { _ = try Pruners.make(.string(name), maximumSteps: 10) }
        let node = try JSONParser.parse(#"{"kind": "asha", "minimum": 2, "redction": 4}"#)
        #expect(throws: ConfigError.self) { try Pruners.make(node, maximumSteps: 10) }
        #expect(
            try #require(#expect(throws: ConfigError.self) { try Pruners.make(.string("ahsa"), maximumSteps: 10) }).hint
                == "did you mean 'asha'?")
    }
}
