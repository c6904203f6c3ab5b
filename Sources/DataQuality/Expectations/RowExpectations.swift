import Basics
import MarketData
import Tables

/// Every field is present and is a number, time or price of the declared scale.
struct NotNull: BarExpectation {
    static let name = "not_null"
    static let summary = "every field is present and is a number, time or price of the declared scale"
    init(_ reader: ConfigReader) throws {}
    var requirement: String { "every field is present and well-formed" }

    func check(_ bars: CheckedBars, _ context: inout ExpectationContext) -> Finding {
        faults(bars, .value)
    }
}

/// Times are unique and increase.
struct IncreasingTime: BarExpectation {
    static let name = "increasing_time"
    static let summary = "times are unique and increase"
    init(_ reader: ConfigReader) throws {}
    var requirement: String { "times are unique and increase" }

    func check(_ bars: CheckedBars, _ context: inout ExpectationContext) -> Finding {
        faults(bars, .order)
    }
}

extension BarExpectation {
    /// Faults that the reader itself found.
    fileprivate func faults(_ bars: CheckedBars, _ kind: RowIssue.Kind) -> Finding {
        var finding = Finding()
        finding.checked = bars.rows
        finding.count = bars.issueCounts[kind] ?? 0
        finding.examples = bars.issues.filter { $0.kind == kind }.prefix(Finding.exampleLimit).map {
            "\($0.mark): \($0.reason)"
        }
        return finding
    }
}

/// High is not below low.
struct HighNotBelowLow: BarExpectation {
    static let name = "high_low"
    static let summary = "high is not below low"
    init(_ reader: ConfigReader) throws {}
    var requirement: String { "high ≥ low" }

    func check(_ bars: CheckedBars, _ context: inout ExpectationContext) -> Finding {
        let t = bars.table
        return eachRow(bars) {
            let text = [t.high[$0], t.low[$0]].map { FixedPoint.text($0, decimals: t.priceDecimals) }
            return "found high \(text[0]) below low \(text[1])"
        } isBad: {
            $0.high < $0.low
        }
    }
}

/// Open and close lie between low and high.
struct OpenCloseInside: BarExpectation {
    static let name = "open_close_inside"
    static let summary = "open and close lie between low and high"
    init(_ reader: ConfigReader) throws {}
    var requirement: String { "low ≤ open, close ≤ high" }

    func check(_ bars: CheckedBars, _ context: inout ExpectationContext) -> Finding {
        let t = bars.table
        return eachRow(bars) {
            let text = [t.open[$0], t.close[$0], t.low[$0], t.high[$0]].map {
                FixedPoint.text($0, decimals: t.priceDecimals)
            }
            return "found open \(text[0]) and close \(text[1]) outside \(text[2]) … \(text[3])"
        } isBad: {
            $0.open < $0.low || $0.open > $0.high || $0.close < $0.low || $0.close > $0.high
        }
    }
}

/// All prices are above zero.
struct PositivePrice: BarExpectation {
    static let name = "positive_price"
    static let summary = "all prices are above zero"
    init(_ reader: ConfigReader) throws {}
    var requirement: String { "prices are above 0" }

    func check(_ bars: CheckedBars, _ context: inout ExpectationContext) -> Finding {
        eachRow(bars) { _ in
            "found a price of 0 or less"
        } isBad: {
            min($0.open, $0.high, $0.low, $0.close) <= 0
        }
    }
}

/// Volume is not negative.
struct NonnegativeVolume: BarExpectation {
    static let name = "nonnegative_volume"
    static let summary = "volume is not negative"
    init(_ reader: ConfigReader) throws {}
    var requirement: String { "volume ≥ 0" }

    func check(_ bars: CheckedBars, _ context: inout ExpectationContext) -> Finding {
        eachRow(bars) {
            "found volume \(bars.table.volume[$0])"
        } isBad: {
            $0.volume < 0
        }
    }
}
