import Backtesting
import Basics
import Testing

/// The tables of latency and queue models.
@Suite struct ModelKindTests {
    private static func latency(_ text: String) throws -> LatencyModel {
        try LatencyModel(JSONParser.parse(text, file: "b"), path: "book.latency")
    }

    @Test("every model stands once with a summary, and every queue model is in the table")
    func tables() {
        #expect(LatencyModel.kinds.duplicates.isEmpty && QueueModel.kinds.duplicates.isEmpty)
        #expect(LatencyModel.kinds.names == ["constant", "uniform", "log-normal"])
        #expect(QueueModel.kinds.names == QueueModel.allCases.map(\.rawValue))
        for entry in QueueModel.kinds.entries { #expect(entry.value.rawValue == entry.name) }
        let summaries = LatencyModel.kinds.entries.map(\.summary) + QueueModel.kinds.entries.map(\.summary)
        #expect(summaries.allSatisfy { $0.count > 20 && $0.hasSuffix(".") || $0.hasSuffix("logarithm.") })
    }

    @Test("latency models are read in microseconds; without a kind the delay is constant")
    func latencies() throws {
        #expect(try Self.latency(#"{"microseconds": 500}"#) == .constant(500_000))
        #expect(try Self.latency(#"{"kind": "constant", "microseconds": 0}"#) == .constant(0))
        #expect(try Self.latency(#"{"kind": "uniform", "from": 1, "to": 2}"#) == .uniform(1_000, 2_000))
        #expect(
            try Self.latency(#"{"kind": "log-normal", "median": 3, "sigma": 0.5}"#)
                == .logNormal(median: 3_000, sigma: 0.5))
    }

    @Test("an unknown model, bounds in the wrong order, and an option that is missing")
    func refusals() throws {
        let unknown = try #require(#expect(throws: ConfigError.self) { try Self.latency(#"{"kind": "unform"}"#) })
        #expect(
            unknown.message
                == "b:1:10: found the unknown latency model 'unform', expected one of constant, uniform, log-normal")
        #expect(unknown.hint == "did you mean 'uniform'?")
        let turned = try #require(
            #expect(throws: ConfigError.self) { try Self.latency(#"{"kind": "uniform", "from": 2, "to": 1}"#) })
        #expect(turned.problem == "found book.latency.from above book.latency.to")
        #expect(throws: ConfigError.self) { try Self.latency("{}") }
    }
}
