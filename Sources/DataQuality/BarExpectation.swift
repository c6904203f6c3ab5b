package import Basics
package import MarketData

/// What is known besides the rows: the market spec, and calendar and zone with what they remember.
package struct ExpectationContext {
    /// Zone, interval and scale of the files.
    package var market: MarketSpec
    /// Of the market; remembers the last day.
    package var calendar: TradingCalendar
    /// Of the exchange; remembers the last day.
    package var zone: ExchangeZone

    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone.
    package init(_ market: MarketSpec) throws {
        self.market = market
        calendar = try TradingCalendar(market)
        zone = try ExchangeZone(market.zone)
    }
}

/// What one expectation found in the bars of one instrument.
package struct Finding: Sendable, Equatable {
    /// Offenders; what one is (a row, a return, a missing bar) says the expectation.
    package var count = 0
    /// Rows or bars that were looked at.
    package var checked = 0
    /// The first offenders, ten at most, as `file:line: what was found`.
    package var examples: [String] = []

    /// Nothing looked at.
    package init() {}

    static let exampleLimit = 10

    mutating func report(_ example: @autoclosure () -> String) {
        count += 1
        if examples.count < Finding.exampleLimit { examples.append(example()) }
    }

    mutating func add(_ other: Finding) {
        count += other.count
        checked += other.checked
        examples += other.examples.prefix(max(0, Finding.exampleLimit - examples.count))
    }
}

/// A statement about bars that either holds or has offenders with line numbers. A value: its options, no state.
package protocol BarExpectation: Sendable {
    /// The configuration key.
    static var name: String { get }
    /// One line for the reference documentation.
    static var summary: String { get }
    /// Options besides `expect` and `severity`.
    static var keys: [String] { get }
    /// - Throws: ``ConfigError`` for an option of the wrong kind or outside its range.
    init(_ reader: ConfigReader) throws
    /// One pass over the bars of one instrument.
    ///
    /// - Parameter bars: read in repair mode, with the issues that the reader found.
    /// - Throws: ``Failure`` with code `calendar.unknown` for bars beyond the days that the calendar knows.
    /// - Complexity: O(rows).
    func check(_ bars: CheckedBars, _ context: inout ExpectationContext) throws -> Finding
    /// What is required, in the words of a report.
    var requirement: String { get }
    /// Whether a total finding is acceptable.
    func accepts(_ finding: Finding) -> Bool
}

extension BarExpectation {
    /// No options.
    package static var keys: [String] { [] }
    /// No offender.
    package func accepts(_ finding: Finding) -> Bool { finding.count == 0 }

    /// Applies a row test to all rows.
    func eachRow(
        _ bars: CheckedBars, _ describe: (Int) -> String, isBad: (Bar) -> Bool
    ) -> Finding {
        var finding = Finding()
        finding.checked = bars.table.count
        for index in 0..<bars.table.count where isBad(bars.table[index]) {
            finding.report("\(bars.place(index)): \(describe(index))")
        }
        return finding
    }
}
