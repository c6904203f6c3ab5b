import Backtesting
import Basics
import Foundation
import MarketData
import ReinforcementLearning
import Testing

/// What every environment has to keep to, whatever it is about.
@Suite struct EnvironmentTests {
    /// Every kind, in the forms that differ.
    static let all: [(name: String, node: JSONValue)] = [
        ("cartpole", .string("cartpole")),
        ("cartpole, stacked", .map([("kind", .string("cartpole")), ("history", .int(4))])),
        ("momentum-chain", .string("momentum-chain")),
        ("almgren-chriss", .string("almgren-chriss")), ("liquidation", .string("liquidation")),
        ("market-making", .string("market-making")),
        ("avellaneda-stoikov", .string("avellaneda-stoikov")), ("garleanu-pedersen", .string("garleanu-pedersen")),
        ("bar-trading", .string("bar-trading")),
        (
            "book-market-making",
            .map([("kind", .string("book-market-making")), ("steps", .int(40)), ("interval", .double(2))])
        ),
        (
            "book-execution",
            .map([
                ("kind", .string("book-execution")), ("steps", .int(40)), ("interval", .double(2)), ("lots", .int(3)),
                ("lot", .int(20)),
            ])
        ),
    ]

    /// A made-up session of 300 decisions, and one of 7.
    static let series: TradingSeries = {
        var random = SeededRandom(seed: 4)
        let values = (0..<307).map { _ in random.uniformFloat() },
            returns = (0..<307).map { $0 % 50 == 49 ? Double.nan : (random.uniform() - 0.5) * 0.01 }
        return TradingSeries(
            rows: 1, features: 3, sessions: [0..<300, 300..<307], forwardReturns: returns,
            spreadsBps: returns.map { _ in 0 }
        ) { at, target in
            for k in 0..<3 { target[k] = values[max(at - k, 0)] }
        }
    }()

    /// Ten minutes of a made-up book, with executions that reach the best quotes, and moments without a bid.
    static func book(changedFrom cut: Int = .max) throws -> BookRecording {
        var random = SeededRandom(seed: 8), mid: Int64 = 5_000_000
        return try BookRecording(levels: 3) { body in
            for event in 0..<6_000 {
                // The other recording draws as often, but goes elsewhere.
                let move = Int64(random.index(below: 3) - 1), side: Int8 = random.index(below: 2) == 0 ? 1 : -1
                mid += 100 * (random.index(below: 4) == 0 ? (event >= cut ? -move : move) : 0)
                let levels = (0..<3).flatMap { level -> [Int64] in
                    let shown = Int64(20 + random.index(below: 100)), isGone = event % 400 > 395
                    return [
                        mid + 100 * Int64(level + 1), shown, isGone ? -9_999_999_999 : mid - 100 * Int64(level + 1),
                        isGone ? 0 : shown,
                    ]
                }
                let kinds: [BookEvent.Kind] = [.submission, .deletion, .execution, .execution]
                let kind = kinds[random.index(below: 4)], size = Int64(1 + random.index(below: 60))
                try levels.withUnsafeBufferPointer {
                    try body(
                        BookEvent(
                            time: 1_340_285_400_000_000_000 + Nanoseconds(event) * 100_000_000, kind: kind, side: side,
                            size: size, price: mid - 100 * Int64(side), orderID: Int64(event),
                            levels: $0))
                }
            }
        }
    }

    static let recording = try? book()

    static func factory(_ node: JSONValue, isEvaluation: Bool = false) throws -> EnvironmentFactory {
        try EnvironmentFactory(
            node, recordings: .init(series: series, books: recording.map { [$0] } ?? []), isEvaluation: isEvaluation)
    }

    /// Digest of everything that is seen in some episodes with random actions.
    static func trajectory(
        _ environment: any Environment, seed: UInt64, episodes: Int = 3, steps: Int = 400,
        inspect: (UnsafePointer<Float>, StepOutcome) -> Void = { _, _ in }
    ) -> String {
        let observation = UnsafeMutablePointer<Float>.allocate(capacity: environment.observationCount),
            action = UnsafeMutablePointer<Float>.allocate(capacity: environment.actions.width)
        defer {
            observation.deallocate()
            action.deallocate()
        }
        var random = SeededRandom(seed: seed), text = ""
        func see() {
            for k in 0..<environment.observationCount { text += String(observation[k].bitPattern, radix: 36) + "," }
        }
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
        case .continuous(let count, let range):
            for k in 0..<count {
                action[k] = range.lowerBound - 1 + random.uniformFloat() * (range.upperBound - range.lowerBound + 2)
            }
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
        let environment = try Self.factory(try #require(Self.all.first { $0.name == name }).node).make(),
            size = environment.observationCount
        var length = 0, ended = 0
        _ = Self.trajectory(environment, seed: 7, episodes: 6, steps: environment.longestEpisode) {
            observation, outcome in
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
        let a = UnsafeMutablePointer<Float>.allocate(capacity: size),
            b = UnsafeMutablePointer<Float>.allocate(capacity: size),
            action = UnsafeMutablePointer<Float>.allocate(capacity: width)
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

    @Test(
        """
        what is observed before a step does not depend on what comes after it: recorded data behind the decision is \
        changed, and nothing moves
        """
    )
    func noLookAhead() throws {
        let series = Self.series, cut = 150
        // From the decision after the cut on, everything is another recording.
        let other = TradingSeries(
            rows: 1, features: 3, sessions: series.sessions,
            forwardReturns: series.forwardReturns.enumerated().map { $0.offset >= cut ? -$0.element : $0.element },
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

    @Test(
        "what is observed in a book does not depend on later events",
        arguments: ["book-market-making", "book-execution"])
    func noLookAheadInBooks(_ kind: String) throws {
        // The first episode of the measured part begins at event 3,600; both recordings are the same up to event 4,000,
        // forty steps of an episode later.
        let node = JSONValue.map([
            ("kind", .string(kind)), ("steps", .int(60)), ("interval", .double(1)), ("lot", .int(20)),
        ])
        var seen: [[Float]] = []
        for recording in [try Self.book(), try Self.book(changedFrom: 4_010)] {
            let environment = try EnvironmentFactory(node, recordings: .init(books: [recording]), isEvaluation: true)
                .make()
            var observation = [Float](repeating: 0, count: environment.observationCount), action: [Float] = [0, 0],
                all: [Float] = [], random = SeededRandom(seed: 3)
            environment.reset(seed: 0, observation: &observation)
            for _ in 0..<40 {
                Self.draw(environment.actions, &random, &action)
                if kind == "book-execution" { action[0] = min(action[0], 1) }
                all += observation + [Float(environment.step(&action, observation: &observation).reward)]
            }
            all += observation
            for _ in 0..<15 {
                _ = environment.step(&action, observation: &observation)
            }
            #expect(seen.isEmpty || all == seen[0])
            seen.append(all)
            seen.append(observation)
        }
        #expect(seen[1] != seen[3], "later, the recordings differ")
    }

    @Test("unknown kinds and options are refused by name")
    func refusals() {
        #expect(throws: ConfigError.self) { try EnvironmentFactory(.string("cart-pole")) }
        #expect(throws: ConfigError.self) {
            try EnvironmentFactory(.map([("kind", .string("cartpole")), ("gravity", .double(9.8))]))
        }
        #expect(throws: ConfigError.self) { try EnvironmentFactory(.string("bar-trading")) }
    }
}
