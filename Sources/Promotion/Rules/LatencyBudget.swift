package import Basics
import ModelBundles
import Registry

/// One window is computed fast enough, measured at the gate with the runtime's own code.
package struct LatencyBudget: GateRule {
    package static let name = "latency"
    package static let summary = "One window is computed fast enough."
    package static let keys = ["p99Microseconds"]
    let budget: Double

    package init(_ reader: ConfigReader) throws { budget = try reader.double("p99Microseconds", in: 0.1...1e7) }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let latency = evidence.latency else { return .noEvidence("the latency was not measured") }
        return GateVerdict(
            latency.p99 <= budget,
            "one window takes \(rounded(latency.p50, 1)) µs, 99 of 100 at most \(rounded(latency.p99, 1)) µs on "
                + "this machine, allowed \(budget) µs",
            values: .map(["p50": .double(latency.p50), "p99": .double(latency.p99)]))
    }
}
