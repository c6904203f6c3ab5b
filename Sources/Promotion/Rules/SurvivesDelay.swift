import Backtesting
package import Basics

/// The result survives entering one bar later.
package struct SurvivesDelay: GateRule {
    package static let name = "survives-delay"
    package static let summary = "The backtest still earns when every trade begins some bars later."
    package static let keys = ["bars"]
    let bars: Int

    package init(_ reader: ConfigReader) throws { bars = try reader.int("bars", default: 1, in: 1...100) }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let delayed = evidence.delayed?(bars) else {
            return .noEvidence("no backtest with a delay of \(bars) bars was made")
        }
        return GateVerdict(
            delayed.totalReturn > 0,
            "return \(percent(delayed.totalReturn)) after costs when every trade begins \(bars) "
                + "bar\(bars == 1 ? "" : "s") later, required above 0",
            values: .map(["return": .double(delayed.totalReturn), "bars": .int(bars)]))
    }
}
