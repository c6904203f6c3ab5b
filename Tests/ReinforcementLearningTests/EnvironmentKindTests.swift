import Basics
import NeuralNetworks
import ReinforcementLearning
import Testing

/// The table of environments, and how a configuration that names one is refused.
@Suite struct EnvironmentKindTests {
    @Test("every environment stands once, with a summary, and takes each of its options once")
    func table() {
        #expect(EnvironmentFactory.kinds.duplicates.isEmpty)
        #expect(
            EnvironmentFactory.kinds.names == [
                "cartpole", "momentum-chain", "almgren-chriss", "liquidation", "market-making", "avellaneda-stoikov",
                "garleanu-pedersen", "bar-trading", "book-market-making", "book-execution",
            ])
        for entry in EnvironmentFactory.kinds.entries {
            #expect(entry.name == entry.value.name && entry.summary.hasSuffix("."), "\(entry.name)")
            #expect(Set(entry.value.keys).count == entry.value.keys.count, "\(entry.name)")
            #expect(Set(entry.value.keys).isDisjoint(with: ["kind", "history"]), "\(entry.name)")
        }
    }

    @Test("simulated environments need no option; recorded ones say what they need")
    func make() throws {
        let recorded = ["bar-trading": "--features", "book-market-making": "--data", "book-execution": "--data"]
        for name in EnvironmentFactory.kinds.names {
            if let option = recorded[name] {
                let error = try #require(
                    #expect(throws: ConfigError.self) { try EnvironmentFactory(.string(name)) })
                #expect(error.problem.contains("'\(name)'") && error.hint?.hasSuffix("with \(option)") == true)
            } else {
                let factory = try EnvironmentFactory(.string(name)), environment = try factory.make()
                #expect(factory.kind == name && factory.shape.channels == environment.observationCount)
            }
        }
    }

    @Test("an unknown environment or option is refused with its place and the nearest name")
    func refusals() throws {
        let node = try JSONParser.parse(#"{"kind": "cart-pole"}"#, file: "t")
        let kind = try #require(#expect(throws: ConfigError.self) { try EnvironmentFactory(node) })
        #expect(kind.message.hasPrefix("t:1:10: found the unknown environment 'cart-pole', expected one of cartpole, "))
        #expect(kind.hint == "did you mean 'cartpole'?")
        let option = try JSONParser.parse(#"{"kind": "liquidation", "step": 3}"#)
        #expect(
            try #require(#expect(throws: ConfigError.self) { try EnvironmentFactory(option) }).hint
                == "did you mean 'steps'?")
        let nameless = try #require(#expect(throws: ConfigError.self) { try EnvironmentFactory(.map([])) })
        #expect(nameless.problem == "found no 'kind' of 'environment'")
    }

    @Test("past observations are stacked where a configuration asks for them")
    func history() throws {
        let node = try JSONParser.parse(#"{"kind": "cartpole", "history": 3}"#)
        let factory = try EnvironmentFactory(node)
        #expect(factory.shape.time == 3 && factory.shape.channels == 4)
        #expect(try factory.make().observationCount == 12)
    }

    @Test("a solution that would not fit in memory is refused")
    func tooLarge() throws {
        let node = try JSONParser.parse(#"{"kind": "market-making", "steps": 10000000, "cap": 300}"#)
        let error = try #require(#expect(throws: ConfigError.self) { try EnvironmentFactory(node) })
        #expect(error.problem == "found 10000000 steps with a cap of 300")
    }
}
