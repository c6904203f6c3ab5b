import Basics
import ReinforcementLearning
import Tensors
import Testing

/// Of all policies that an agent had, the best by evaluation is kept.
@Suite struct PolicyKeeperTests {
    /// Goes through policies that are given, one a step.
    private final class Script: Agent {
        static let measures: [String] = []
        private let positions: [Int?]
        private(set) var steps = 0
        let curve: [CurvePoint] = []

        /// - Parameter positions: what each policy always holds, −1, 0 or 1; nil follows the regime, which is best.
        init(_ positions: [Int?]) { self.positions = positions }

        var totalSteps: Int { positions.count }
        func iterate() { steps += 1 }

        var policy: Policy {
            var values = [Double](repeating: 0, count: 18)
            for state in 0..<6 {
                values[state * 3 + (positions[max(steps - 1, 0)].map { $0 + 1 } ?? state % 2 * 2)] = 1
            }
            return Policy(.table(values, actions: 3))
        }

        var checkpoint: SafetensorsFile { SafetensorsFile() }
        func restore(_ file: SafetensorsFile, from path: String) throws {
            steps = Int(file.metadata["steps"] ?? "") ?? 0
        }
    }

    private func keeper(every: Int = 1, patience: Int? = nil) throws -> PolicyKeeper {
        let factory = try EnvironmentFactory(.string("momentum-chain"))
        return PolicyKeeper(
            PolicyKeeper.Options(every: every, episodes: 30, seed: 5, patience: patience), threads: 1,
            environment: { try factory.make() })
    }

    private func learn(_ agent: Script, _ keeper: PolicyKeeper) throws {
        while !agent.isFinished, !keeper.isExhausted {
            agent.iterate()
            try keeper.observe(agent)
        }
    }

    private func values(_ policy: Policy) -> [Double] {
        if case .table(let values, _) = policy.kind { values } else { [] }
    }

    @Test("the policy of the best moment is kept, not the last one")
    func best() throws {
        // Flat earns nothing, the regime about 1.2 an episode, either side about nothing less the first trade.
        let agent = Script([0, nil, 1, -1, 0]), keeper = try keeper()
        try learn(agent, keeper)
        #expect(keeper.evaluations.map(\.steps) == [1, 2, 3, 4, 5])
        #expect(keeper.best?.steps == 2 && keeper.evaluations[0].meanReturn == keeper.evaluations[4].meanReturn)
        #expect(values(keeper.policy(of: agent)) == values(Script([nil]).policy))
        #expect(values(keeper.policy(of: agent)) != values(agent.policy))
        let direct = try PolicyEvaluation.run(
            keeper.policy(of: agent), episodes: 30, seed: 5, threads: 2,
            environment: { try EnvironmentFactory(.string("momentum-chain")).make() })
        #expect(keeper.best?.meanReturn == direct.mean)
    }

    @Test("of equal policies the later one is kept, which is no improvement to be patient for")
    func equal() throws {
        let agent = Script([nil, nil, nil, nil, nil, nil]), keeper = try keeper(patience: 3)
        try learn(agent, keeper)
        #expect(keeper.isExhausted && agent.steps == 4 && keeper.best?.steps == 4)
    }

    @Test("evaluations come every so many steps and at the end; none where none are wanted")
    func intervals() throws {
        let agent = Script([Int?](repeating: 0, count: 8)), some = try keeper(every: 3)
        try learn(agent, some)
        #expect(some.evaluations.map(\.steps) == [3, 6, 8])
        let none = try keeper(every: 0), other = Script([nil, 0])
        try learn(other, none)
        #expect(none.evaluations.isEmpty && none.best == nil)
        #expect(values(none.policy(of: other)) == values(other.policy))
    }

    @Test("a keeper that resumes keeps what one that was not interrupted keeps", arguments: 1...4)
    func resumes(_ stop: Int) throws {
        let script: [Int?] = [0, nil, 1, -1, 0, 0], whole = Script(script), first = try keeper(patience: 3)
        try learn(whole, first)
        #expect(first.best?.steps == 2 && whole.steps == 5)
        let agent = Script(script), before = try keeper(patience: 3)
        for _ in 0..<stop {
            agent.iterate()
            try before.observe(agent)
        }
        var file = agent.checkpoint
        file.metadata["steps"] = "\(agent.steps)"
        before.save(into: &file)
        let other = Script(script), after = try keeper(patience: 3)
        try other.restore(file, from: "checkpoint")
        try after.restore(file, agent: other, from: "checkpoint")
        try learn(other, after)
        #expect(after.evaluations == first.evaluations && after.best == first.best && other.steps == whole.steps)
        #expect(values(after.policy(of: other)) == values(first.policy(of: whole)))
    }

    @Test("a damaged checkpoint is refused, one of a version that kept nothing is not")
    func damaged() throws {
        let agent = Script([nil, 0]), keeper = try keeper()
        try learn(agent, keeper)
        var file = SafetensorsFile()
        try self.keeper().restore(file, agent: agent, from: "old")
        keeper.save(into: &file)
        for change: (inout SafetensorsFile) -> Void in [
            { $0.set("keeper.best", shape: [2], .float64([0, 0])) },
            { $0.set("keeper.best", shape: [18], .float32([Float](repeating: 0, count: 18))) },
            { $0.set("keeper.state", shape: [2], .int64([2, 0])) },
            { $0.set("keeper.state", shape: [2], .int64([.min, .max])) },
            { $0.set("keeper.evaluations", shape: [1, 2], .float64([1e300, 0])) },
            { $0.set("keeper.evaluations", shape: [3], .float64([1, 0, 0])) },
        ] {
            var broken = file
            change(&broken)
            #expect(throws: Failure.self) { try self.keeper().restore(broken, agent: agent, from: "broken") }
        }
    }
}
