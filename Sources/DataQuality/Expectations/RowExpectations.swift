import Basics
import MarketData
import Tables

/// Every field is present and is a number, time or price of the declared scale.
package struct NotNull: BarExpectation {
    package static let name = "not_null"
    package static let summary = "every field is present and is a number, time or price of the declared scale"
    package init(_ reader: ConfigReader) throws {}
    package var requirement: String { "every field is present and well-formed" }

    package func check(_ reading: BarReading, file: String, _ context: inout ExpectationContext) -> Finding {
        faults(reading, .value)
    }
}

/// Times are unique and increase.
package struct IncreasingTime: BarExpectation {
    package static let name = "increasing_time"
    package static let summary = "times are unique and increase"
    package init(_ reader: ConfigReader) throws {}
    package var requirement: String { "times are unique and increase" }

    package func check(_ reading: BarReading, file: String, _ context: inout ExpectationContext) -> Finding {
        faults(reading, .order)
    }
}

extension BarExpectation {
    /// Faults that the reader itself found.
    fileprivate func faults(_ reading: BarReading, _ kind: RowIssue.Kind) -> Finding {
        var finding = Finding()
        finding.checked = reading.table.count + reading.issueCounts.values.reduce(0, +)
        finding.count = reading.issueCounts[kind] ?? 0
        finding.examples = reading.issues.filter { $0.kind == kind }.prefix(Finding.exampleLimit).map {
            "\($0.mark): \($0.reason)"
        }
        return finding
    }
}

/// High is not below low.
package struct HighNotBelowLow: BarExpectation {
    package static let name = "high_low"
    package static let summary = "high is not below low"
    package init(_ reader: ConfigReader) throws {}
    package var requirement: String { "high ≥ low" }

    package func check(_ reading: BarReading, file: String, _ context: inout ExpectationContext) -> Finding {
        let t = reading.table
        return eachRow(reading, file: file) {
            let text = [t.high[$0], t.low[$0]].map { FixedPoint.text($0, decimals: t.priceDecimals) }
            return "found high \(text[0]) below low \(text[1])"
        } isBad: {
            $0.high < $0.low
        }
    }
}

/// Open and close lie between low and high.
package struct OpenCloseInside: BarExpectation {
    package static let name = "open_close_inside"
    package static let summary = "open and close lie between low and high"
    package init(_ reader: ConfigReader) throws {}
    package var requirement: String { "low ≤ open, close ≤ high" }

    package func check(_ reading: BarReading, file: String, _ context: inout ExpectationContext) -> Finding {
        let t = reading.table
        return eachRow(reading, file: file) {
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
package struct PositivePrice: BarExpectation {
    package static let name = "positive_price"
    package static let summary = "all prices are above zero"
    package init(_ reader: ConfigReader) throws {}
    package var requirement: String { "prices are above 0" }

    package func check(_ reading: BarReading, file: String, _ context: inout ExpectationContext) -> Finding {
        eachRow(reading, file: file) { _ in
            "found a price of 0 or less"
        } isBad: {
            min($0.open, $0.high, $0.low, $0.close) <= 0
        }
    }
}

/// Volume is not negative.
package struct NonnegativeVolume: BarExpectation {
    package static let name = "nonnegative_volume"
    package static let summary = "volume is not negative"
    package init(_ reader: ConfigReader) throws {}
    package var requirement: String { "volume ≥ 0" }

    package func check(_ reading: BarReading, file: String, _ context: inout ExpectationContext) -> Finding {
        eachRow(reading, file: file) {
            "found volume \(reading.table.volume[$0])"
        } isBad: {
            $0.volume < 0
        }
    }
}
