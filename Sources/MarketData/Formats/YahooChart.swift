package import Basics
import Tables

/// One answer of Yahoo's `v8/finance/chart` endpoint: bars, corporate actions, and what had to be left out.
package struct YahooChart: Sendable {
    /// A share became several, or several one.
    package struct Split: Sendable, Equatable {
        /// When it took effect.
        package var time: Nanoseconds
        /// Shares after it.
        package var numerator: Double
        /// Shares before it.
        package var denominator: Double
    }

    /// Cash that was paid on a share.
    package struct Dividend: Sendable, Equatable {
        /// When it went ex.
        package var time: Nanoseconds
        /// In the chart's currency.
        package var amount: Double
    }

    /// Bars without a missing price, in order of time.
    package var bars: BarTable
    /// The instrument as the server names it.
    package var symbol: String?
    /// As the server writes it, where it does: an ISO code, or a hundredth of one such as `GBp`.
    package var currency: String?
    /// The currency that the prices are hundredths of; nil where they are in whole units.
    package var wholeCurrency: String?
    /// The interval, as the server writes it.
    package var granularity: String
    /// In order of time.
    package var splits: [Split] = []
    /// In order of time.
    package var dividends: [Dividend] = []
    /// What a fund paid out of its gains, in order of time.
    package var capitalGains: [Dividend] = []
    /// The server's close without later dividends, of each bar; empty where the answer has none.
    package var adjustedCloses: [ExactDecimal?] = []
    /// Null bars and stray stamps, by position in the answer.
    package var issues: [RowIssue] = []
    /// Of each bar in the answer, from 1.
    package var positions: [Int] = []
    /// Whether bars are shorter than a day.
    var isIntraday = false
    /// The calendar of the exchange, where one is known.
    var calendarName: String?
    /// When each bar could be known.
    package var knownTimes: [Nanoseconds] = []
    /// Rows of the answer, those that are left out too.
    package var rowCount = 0
    /// What was assumed and lost, a sentence each.
    package var notes: [String] = []
    /// Bars that the sessions of the answer promise and that it does not have.
    package var gaps = YahooGaps()

    /// What the server said instead of bars.
    package struct ServerError: UserFacingError, Equatable {
        /// What was asked for.
        package let symbol: String
        /// As the server wrote it.
        package let serverCode: String
        /// Its explanation.
        package let text: String

        /// `yahoo.` and the server's code.
        package var code: String { "yahoo.\(serverCode.lowercased().split(separator: " ").joined(separator: "-"))" }
        /// Code and explanation.
        package var message: String { "the server answered '\(serverCode)' for \(symbol): \(text)" }
        /// What to do about the codes that are known.
        package var hint: String? {
            switch serverCode {
            case "Not Found": "check the ticker; delisted symbols have no history"
            case "Bad Request": "ask for another range: intraday bars reach back 60 days at most"
            default: nil
            }
        }
    }

    /// Decodes a body.
    ///
    /// Bars with any null price are left out and listed, and so is what begins no bar, such as the live quote behind
    /// the last one; a missing volume counts as 0. Times must increase.
    ///
    /// - Parameter priceDecimals: that prices are kept with; nil for as many as they need, and no fewer than the server
    ///   shows.
    /// - Throws: ``ServerError`` for an error body, ``Failure`` with code `yahoo.format` for anything that is no chart,
    ///   with code `data.bad-rows` where the decimals make a price 0.
    package static func decode(_ bytes: [UInt8], symbol: String, priceDecimals: Int? = nil) throws -> YahooChart {
        let file = "chart of \(symbol)"
        let answer = try YahooAnswer(bytes, place: "the \(file)", subject: symbol, file: file), rules = answer.rules
        var out = YahooChart(
            bars: BarTable(instrument: rules.symbol ?? symbol, zone: rules.zoneName, interval: rules.interval),
            symbol: rules.symbol, currency: rules.currency,
            wholeCurrency: rules.currency.flatMap(YahooChartRules.wholeCurrency), granularity: rules.granularity)
        out.notes = rules.notes
        (out.isIntraday, out.calendarName) = (rules.isIntraday, rules.calendarName)
        out.readEvents(answer.events)
        try out.take(answer.rows, rules, priceDecimals: priceDecimals)
        return out
    }

    /// Scales what was read, and says what that costs.
    private mutating func take(_ rows: YahooRows, _ rules: YahooChartRules, priceDecimals: Int?) throws {
        (issues, rowCount) = (rows.issues, rows.count)
        notes += rows.notes
        knownTimes = rows.bars.map(\.known)
        let absent = rows.bars.count { $0.volume == nil }
        if absent > 0 { notes.append("\(absent) bars have no volume, which is written as 0") }
        let numbers = YahooNumbers(rows.bars.flatMap(\.prices))
        var prices: [ExactDecimal] = []
        for bar in rows.bars {
            for value in bar.prices { if let cell = numbers.decimal(value) { prices.append(cell) } }
        }
        let volumes: [ExactDecimal] = rows.bars.map { ExactDecimal($0.volume ?? 0) ?? ExactDecimal(0 as Int64) }
        guard prices.count == rows.bars.count * 4 else {
            throw Failure(
                "data.bad-rows", "found a price that 64 bits and 18 decimals do not hold in \(bars.instrument)")
        }
        let price = try YahooScale(prices, least: rules.priceHint, asked: priceDecimals, what: "price")
        let size = try YahooScale(volumes, least: 0, asked: nil, what: "volume")
        (bars.priceDecimals, bars.volumeDecimals) = (price.decimals, size.decimals)
        if price.rounded > 0 { notes.append("\(price.rounded) prices are rounded to \(price.decimals) decimals") }
        if size.rounded > 0 { notes.append("\(size.rounded) volumes are rounded to \(size.decimals) decimals") }
        positions = rows.bars.map(\.position)
        let closes = YahooNumbers(rows.bars.compactMap(\.adjusted))
        bars.reserveCapacity(rows.bars.count)
        for (index, bar) in rows.bars.enumerated() {
            let cells = (0..<4).map { price.integer(prices[4 * index + $0]) }
            bars.append(
                Bar(
                    time: bar.time, open: cells[0], high: cells[1], low: cells[2], close: cells[3],
                    volume: size.integer(volumes[index])))
        }
        if rows.bars.contains(where: { $0.adjusted != nil }) {
            adjustedCloses = rows.bars.map { $0.adjusted.flatMap(closes.decimal) }
        }
        gaps = try YahooGaps(bars.time, rules)
    }

    private mutating func readEvents(_ events: JSONValue?) {
        for entry in events?[key: "splits"]?.mapValue ?? [] {
            if let time = entry.value[key: "date"]?.intValue, let up = entry.value[key: "numerator"]?.doubleValue,
                let down = entry.value[key: "denominator"]?.doubleValue, time.magnitude < BarTimeText.endOfTime
            {
                splits.append(Split(time: Int64(time) * 1_000_000_000, numerator: up, denominator: down))
            }
        }
        (dividends, capitalGains) = (payments(events?[key: "dividends"]), payments(events?[key: "capitalGains"]))
        splits.sort { $0.time < $1.time }
    }

    private func payments(_ events: JSONValue?) -> [Dividend] {
        let entries = events?.mapValue ?? []
        return entries.compactMap { entry -> Dividend? in
            guard let time = entry.value[key: "date"]?.intValue, let amount = entry.value[key: "amount"]?.doubleValue,
                time.magnitude < BarTimeText.endOfTime
            else { return nil }
            return Dividend(time: Int64(time) * 1_000_000_000, amount: amount)
        }.sorted { $0.time < $1.time }
    }
}
