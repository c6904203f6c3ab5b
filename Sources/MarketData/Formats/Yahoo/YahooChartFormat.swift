import Basics
import Tables

/// Answers of Yahoo's chart endpoint as files: bodies alone, or recorded exchanges with request and response.
package enum YahooChartFormat: FileFormat {
    private static let largest = 1 << 28

    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        let start = String(decoding: head.filter { $0 > 0x20 }.prefix(4096), as: UTF8.self)
        let isBody = start.hasPrefix("{\"chart\":"),
            isExchange = start.hasPrefix("{\"request\":") && start.contains("/chart/")
        guard isBody || isExchange else { return nil }
        var root = try JSONParser.parse(try WholeFile.bytes(path, atMost: largest), file: path)
        if isExchange {
            guard let response = root[key: "response"] else { return nil }
            if let text = response[key: "body"]?.stringValue {
                root = try JSONParser.parse(text, file: "body in \(path)")
            } else if let body = response[key: "bodyJson"] {
                root = body
            }
        }
        guard let chart = root[key: "chart"] else { return nil }
        if let error = chart[key: "error"], !error.isNull {
            throw YahooChart.ServerError(
                symbol: "'\(path)'", serverCode: YahooChartRules.clean(error[key: "code"]?.stringValue ?? "unknown"),
                text: YahooChartRules.clean(error[key: "description"]?.stringValue ?? "no description"))
        }
        guard let result = chart[key: "result"]?.listValue?.first, let meta = result[key: "meta"] else {
            throw Failure(
                "yahoo.format", "found no result in the chart '\(path)'", hint: "the server's format may have changed")
        }
        return try YahooChartBars(path, result, meta)
    }
}

/// The bars of one answer.
struct YahooChartBars: FoundFile {
    let kindName: String
    let tables: [CanonicalKind] = [.bars]
    private(set) var notes: [String] = []
    private let path: String
    private var bars: BarArrays
    private let rules: YahooChartRules
    private static let names = ["open", "high", "low", "close"]
    /// Rows inside the answer that begin no bar; the first of them are named.
    private var leftOut = 0
    private static let shown = 5

    init(_ path: String, _ result: JSONValue, _ meta: JSONValue) throws {
        self.path = path
        rules = try YahooChartRules(meta)
        kindName = "Yahoo chart of \(rules.granularity) bars"
        bars = BarArrays(instrument: rules.symbol ?? FileInstrument.name(path))
        try read(result)
        notes.append(contentsOf: rules.notes)
        notes.append(contentsOf: YahooChartBars.eventNotes(result[key: "events"]))
        notes.append(contentsOf: try bars.scale(file: path))
    }

    private func malformed(_ what: String) -> Failure {
        Failure("yahoo.format", "found \(what) in '\(path)'", hint: "fetch the answer again")
    }

    private mutating func read(_ result: JSONValue) throws {
        let quote = result[path: "indicators.quote.0"]
        func series(_ name: String) throws -> [JSONValue]? { quote?[key: name]?.listValue }
        guard let stamps = result[key: "timestamp"]?.listValue, !stamps.isEmpty else {
            if let closes = try series("close"), !closes.isEmpty {
                throw malformed("\(closes.count) prices without a time stamp")
            }
            notes.append("the answer holds no bar: nothing traded in the range that was asked for")
            return
        }
        var columns: [[JSONValue]] = []
        for name in YahooChartBars.names {
            guard let values = try series(name), values.count == stamps.count else {
                throw malformed(
                    "\(try series(name)?.count ?? 0) values of '\(name)' for \(stamps.count) time stamps")
            }
            columns.append(values)
        }
        let volumes = try series("volume")
        guard volumes == nil || volumes?.count == stamps.count else {
            throw malformed("\(volumes?.count ?? 0) values of 'volume' for \(stamps.count) time stamps")
        }
        let times = try stamps.indices.map { row -> Nanoseconds in
            guard let seconds = stamps[row].intValue, seconds.magnitude < BarTimeText.endOfTime else {
                throw malformed("'\(stamps[row].kindName)' as time stamp \(row + 1)")
            }
            return Int64(seconds) * 1_000_000_000
        }
        var judge = YahooStamps(rules), missing: [Int] = []
        let faults = judge.faults(times)
        notes.append(contentsOf: judge.notes.prefix(5))
        for (row, time) in times.enumerated() {
            let prices = columns.compactMap { YahooChartBars.decimal($0[row]) }
            guard prices.count == 4 else { missing.append(row); continue }
            let volume = volumes.flatMap { YahooChartBars.decimal($0[row]) }
            if let why = faults[row] {
                leaveOut(row, time, why, isLast: row == times.count - 1)
                continue
            }
            if let last = bars.times.last, time <= last {
                throw malformed(
                    "time stamp \(row + 1), \(TimeText.utc(time)), not behind \(TimeText.utc(last))")
            }
            bars.times.append(time)
            bars.knownTimes.append(rules.end(of: time))
            bars.prices.append(prices)
            bars.volumes.append(volume)
            bars.positions.append(row + 1)
        }
        if leftOut > YahooChartBars.shown {
            notes.append("\(leftOut - YahooChartBars.shown) more rows begin no bar and are left out")
        }
        if let first = missing.first {
            notes.append("\(missing.count) rows without a price are left out, the first is row \(first + 1)")
        }
        noteDefects()
    }

    private mutating func leaveOut(_ row: Int, _ time: Nanoseconds, _ why: String, isLast: Bool) {
        if isLast {
            notes.append("the last row, of \(TimeText.utc(time)), is the live quote and left out: \(why)")
            return
        }
        leftOut += 1
        guard leftOut <= YahooChartBars.shown else { return }
        notes.append("row \(row + 1), of \(TimeText.utc(time)), begins no bar and is left out: \(why)")
    }

    private mutating func noteDefects() {
        let broken = bars.prices.indices.filter { row in
            let values = bars.prices[row].map(\.double)
            return values.contains { $0 > values[1] || $0 < values[2] }
        }
        if let first = broken.first {
            notes.append(
                "\(broken.count) bars have a high below or a low above another price, the first in row "
                    + "\(bars.positions[first])")
        }
    }

    private static func decimal(_ value: JSONValue) -> ExactDecimal? {
        if let whole = value.intValue { return ExactDecimal(Int64(whole)) }
        return value.doubleValue.flatMap { ExactDecimal($0) }
    }

    private static func eventNotes(_ events: JSONValue?) -> [String] {
        ["splits", "dividends", "capitalGains"].compactMap { name in
            guard let count = events?[key: name]?.mapValue?.count, count > 0 else { return nil }
            return "\(count) \(name) in the answer are not rows of this table"
        } + ["prices are adjusted for splits, as the server has them, and not for dividends"]
    }

    func read(_ table: CanonicalKind) throws -> any ChunkSource { BarArraySource(bars, file: path) }
}
