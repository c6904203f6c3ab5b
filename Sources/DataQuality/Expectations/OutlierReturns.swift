import Basics
import MarketData
import Tables

/// No close-to-close return inside a session is larger than a limit. The step over the night is not looked at.
struct OutlierReturns: BarExpectation {
    static let name = "outlier_returns"
    static let summary = "no close-to-close return inside a session is larger than a limit"
    static let keys = ["maximum", "maximumCount"]
    /// As a fraction: 0.2 is 20 %.
    let maximum: Double
    /// Offenders that are accepted.
    let maximumCount: Int

    init(_ reader: ConfigReader) throws {
        maximum = try reader.double("maximum", default: 0.2, in: 1e-6...100)
        maximumCount = try reader.int("maximumCount", default: 0, in: 0...Int.max)
    }

    var requirement: String {
        "at most \(maximumCount) returns inside a session beyond ±\(maximum)"
    }

    func accepts(_ finding: Finding) -> Bool { finding.count <= maximumCount }

    func check(_ bars: CheckedBars, _ context: inout ExpectationContext) -> Finding {
        let table = bars.table
        var finding = Finding()
        for index in 0..<max(table.count - 1, 0) {
            let day = context.zone.local(table.time[index]) / 86_400_000_000_000
            guard context.zone.local(table.time[index + 1]) / 86_400_000_000_000 == day, table.close[index] > 0 else {
                continue
            }
            finding.checked += 1
            let change = Double(table.close[index + 1]) / Double(table.close[index]) - 1
            if change.magnitude > maximum {
                let percent = (change * 10_000).rounded() / 100
                finding.report(
                    "\(bars.place(index + 1)): found a return of \(percent) % "
                        + "at \(TimeText.utc(table.time[index + 1]))")
            }
        }
        return finding
    }
}
