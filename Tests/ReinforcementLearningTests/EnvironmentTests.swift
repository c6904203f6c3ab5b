import Basics
import Foundation
import ReinforcementLearning
import Testing

/// What every environment has to keep to, whatever it is about.
@Suite struct EnvironmentTests {
    /// Every kind, in the forms that differ.
    static let all: [(name: String, node: JSONValue)] = [
        ("cartpole", .string("cartpole")), ("cartpole, stacked", .map([("kind", .string("cartpole")), ("history", .int(4))])), ("momentum-chain", .string("momentum-chain")),
        ("almgren-chriss", .string("almgren-chriss")), ("liquidation", .string("liquidation")), ("market-making", .string("market-making")),
        ("avellaneda-stoikov", .string("avellaneda-stoikov")), ("garleanu-pedersen", .string("garleanu-pedersen")), ("bar-trading", .string("bar-trading")),
    ]

    /// A made-up session of 300 decisions, and one of 7.
    static let series: TradingSeries = {
        var random = SeededRandom(seed: 4)
        let values = (0..<307).map { _ in random.uniformFloat() }, returns = (0..<307).map { $0 % 50 == 49 ? Double.nan : (random.uniform() - 0.5) * 0.01 }
        return TradingSeries(rows: 1, features: 3, sessions: [0..<300, 300..<307], forwardReturns: returns, spreadsBps: returns.map { _ in 0 }) { at, target in
            for k in 0..<3 { target[k] = values[max(at - k, 0)] }
        }
    }()

    static func factory(_ node: JSONValue, isEvaluation: Bool = false) throws -> EnvironmentFactory {
        try EnvironmentFactory(node, recordings: .init(series: series), isEvaluation: isEvaluation)
    }

    /// Digest of everything that is seen in some episodes with random actions.
    static func trajectory(_ environment: any Environment, seed: UInt64, episodes: Int = 3, steps: Int = 400, inspect: (UnsafePointer<Float>, StepOutcome) -> Void = { _, _ in }) -> String {
        let observation = UnsafeMutablePointer<Float>.allocate(capacity: environment.observationCount), action = UnsafeMutablePointer<Float>.allocate(capacity: environment.actions.width)
        defer {
            observation.deallocate()
            action.deallocate()
        }
        var random = SeededRandom(seed: seed), text = ""
        func see() { for k in 0..<environment.observationCount { text += String(observation[k].bitPattern, radix: 36) + "," } }
        for _ in 0..<episodes {
            environment.reset(seed: random.next(), observation: observation)
            see()
            for _ in 0..<steps {
                draw(environment.actions, &random, action)
                let outcome = environment.step(action, observation: observation)
                inspect(observation, outcome)
                see()
                text += "\(outcome.reward.bitPattern) \(outcome.ending);"
                if outcome.ending != .none { break }
            }
        }
        return Digest.sha256(text)
    }

    static func draw(_ actions: ActionSpace, _ random: inout SeededRandom, _ action: UnsafeMutablePointer<Float>) {
        switch actions {
        case .discrete(let count): action[0] = Float(random.index(below: count))
        // Also outside the range, as a policy in training does.
        case .continuous(let count, let range): for k in 0..<count { action[k] = range.lowerBound - 1 + random.uniformFloat() * (range.upperBound - range.lowerBound + 2) }
        }
    }

    @Test("the same seed gives the same trajectory, another seed another one", arguments: all.map(\.name))
    func repeats(_ name: String) throws {
        let factory = try Self.factory(try #require(Self.all.first { $0.name == name }).node)
        for seed in 1...5 as ClosedRange<UInt64> {
            let digest = Self.trajectory(try factory.make(), seed: seed)
            #expect(Self.trajectory(try factory.make(), seed: seed) == digest)
            // An environment that was used before gives no other trajectory.
            let used = try factory.make()
            _ = Self.trajectory(used, seed: seed + 100, episodes: 1, steps: 17)
            #expect(Self.trajectory(used, seed: seed) == digest)
            #expect(Self.trajectory(try factory.make(), seed: seed + 1) != digest)
        }
    }

    @Test("observations, rewards and episodes keep to what the environment says", arguments: all.map(\.name))
    func spaces(_ name: String) throws {
        let environment = try Self.factory(try #require(Self.all.first { $0.name == name }).node).make(), size = environment.observationCount
        var length = 0, ended = 0
        _ = Self.trajectory(environment, seed: 7, episodes: 6, steps: environment.longestEpisode) { observation, outcome in
            length += 1
            let isFinite = (0..<size).allSatisfy { observation[$0].isFinite && abs(observation[$0]) < 1e4 }
            #expect(isFinite && outcome.reward.isFinite)
            if outcome.ending != .none {
                #expect(length <= environment.longestEpisode)
                (length, ended) = (0, ended + 1)
            }
        }
        #expect(ended == 6, "episodes end within \(environment.longestEpisode) steps")
    }

    @Test("an environment set back to a state goes on as it did", arguments: all.map(\.name))
    func states(_ name: String) throws {
        let factory = try Self.factory(try #require(Self.all.first { $0.name == name }).node)
        let first = try factory.make(), second = try factory.make()
        let size = first.observationCount, width = first.actions.width
        let a = UnsafeMutablePointer<Float>.allocate(capacity: size), b = UnsafeMutablePointer<Float>.allocate(capacity: size), action = UnsafeMutablePointer<Float>.allocate(capacity: width)
        defer { for pointer in [a, b, action] { pointer.deallocate() } }
        var random = SeededRandom(seed: 3)
        first.reset(seed: 11, observation: a)
        second.reset(seed: 12, observation: b)
        for step in 0..<5 where step < first.longestEpisode / 2 {
            Self.draw(first.actions, &random, action)
            if first.step(action, observation: a).ending != .none { first.reset(seed: 13, observation: a) }
        }
        second.state = first.state
        for _ in 0..<first.longestEpisode {
            Self.draw(first.actions, &random, action)
            let one = first.step(action, observation: a), two = second.step(action, observation: b)
            #expect(one == two)
            #expect((0..<size).allSatisfy { a[$0].bitPattern == b[$0].bitPattern })
            if one.ending != .none { break }
        }
    }

    @Test("what is observed before a step does not depend on what comes after it: recorded data behind the decision is changed, and nothing moves")
    func noLookAhead() throws {
        let series = Self.series, cut = 150
        // From the decision after the cut on, everything is another recording.
        let other = TradingSeries(
            rows: 1, features: 3, sessions: series.sessions, forwardReturns: series.forwardReturns.enumerated().map { $0.offset >= cut ? -$0.element : $0.element },
            spreadsBps: series.spreadsBps
        ) { at, target in
            series.observe(at, target)
            if at > cut { target[0] += 1 }
        }
        var seen: [[Float]] = []
        for recording in [series, other] {
            let environment = BarTrading(recording, costBps: 1, holdBars: 1, isInOrder: true)
            var observation: [Float] = [0, 0, 0], action: Float = 2, all: [Float] = []
            environment.reset(seed: 0, observation: &observation)
            for _ in 0..<cut {
                all += observation
                let outcome = environment.step(&action, observation: &observation)
                all.append(Float(outcome.reward))
            }
            seen.append(all + observation)
        }
        #expect(seen[0] == seen[1])
    }

    @Test("unknown kinds and options are refused by name")
    func refusals() {
        #expect(throws: ConfigError.self) { try EnvironmentFactory(.string("cart-pole")) }
        #expect(throws: ConfigError.self) { try EnvironmentFactory(.map([("kind", .string("cartpole")), ("gravity", .double(9.8))])) }
        #expect(throws: ConfigError.self) { try EnvironmentFactory(.string("bar-trading")) }
    }
}
