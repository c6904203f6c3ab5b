import Basics

/// The rows of a chart answer, with doubles as the server writes them.
struct YahooRows {
    /// One bar that has all its prices.
    struct Row {
        let time: Nanoseconds
        /// Open, high, low, close.
        let prices: [Double]
        let volume: Double?
        let adjusted: Double?
        /// When it could be known.
        let known: Nanoseconds
        /// In the answer, from 1.
        let position: Int
    }

    /// A row that is no bar.
    struct LeftOut {
        /// Why.
        enum Reason {
            /// No time stamp.
            case stamp
            /// A price that is null.
            case price
            /// Not behind the bar before.
            case order
            /// The live quote, or what lies off the grid of bars.
            case noBar(String)
        }

        /// In the answer, from 1.
        let position: Int
        let time: Nanoseconds?
        let reason: Reason
    }

    /// In order of time.
    private(set) var bars: [Row] = []
    private(set) var issues: [RowIssue] = []
    /// Rows that are no bars, in order of the answer.
    private(set) var leftOut: [LeftOut] = []
    private(set) var notes: [String] = []
    /// Rows of the answer.
    let count: Int
    private let file: String
    private let stamps: [JSONValue]
    private var series: [String: [JSONValue]] = [:]
    private static let names = ["open", "high", "low", "close"]

    /// - Throws: ``Failure`` with code `yahoo.format` where series are missing or of another length than the stamps.
    init(_ result: JSONValue, place: String, file: String) throws {
        self.file = file
        func malformed(_ what: String) -> Failure {
            Failure("yahoo.format", "\(what) in \(place)", hint: "the server's format may have changed")
        }
        stamps = result[key: "timestamp"]?.listValue ?? []
        count = stamps.count
        guard !stamps.isEmpty else {
            if let closes = result[path: "indicators.quote.0.close"]?.listValue, !closes.isEmpty {
                throw malformed("found \(closes.count) prices without a time stamp")
            }
            return
        }
        guard let quote = result[path: "indicators.quote.0"] else { throw malformed("found no quotes") }
        for name in YahooRows.names + ["volume"] {
            guard let values = quote[key: name]?.listValue else {
                if name == "volume" { continue }
                throw malformed("found \(stamps.count) time stamps but no '\(name)'")
            }
            guard values.count == stamps.count else {
                throw malformed("found \(values.count) values of '\(name)' for \(stamps.count) time stamps")
            }
            series[name] = values
        }
        if let adjusted = result[path: "indicators.adjclose.0.adjclose"]?.listValue {
            guard adjusted.count == stamps.count else {
                throw malformed("found \(adjusted.count) values of 'adjclose' for \(stamps.count) time stamps")
            }
            series["adjclose"] = adjusted
        }
    }

    /// Sorts out which rows are bars.
    mutating func judge(_ rules: YahooChartRules) throws {
        var rows: [Int] = [], times: [Nanoseconds] = []
        for row in stamps.indices {
            guard let seconds = stamps[row].intValue, seconds.magnitude < BarTimeText.endOfTime else {
                leaveOut(row, nil, .stamp, "found \(stamps[row].kindName) as a time stamp")
                continue
            }
            rows.append(row)
            times.append(Int64(seconds) * 1_000_000_000)
        }
        var judge = YahooStamps(rules)
        let faults = judge.faults(times)
        notes += judge.notes.prefix(5)
        var periods = YahooPeriods(rules)
        for (index, row) in rows.enumerated() { add(row, times[index], faults[index], &periods) }
        issues.sort { $0.mark.line < $1.mark.line }
        leftOut.sort { $0.position < $1.position }
        noteDefects()
        if let last = bars.last, let live = rules.liveTime, live >= last.time, rules.lastTrade(of: last.time) > live {
            notes.append("the last bar, of \(TimeText.utc(last.time)), had not ended at the last trade: it may change")
        }
    }

    private mutating func add(_ row: Int, _ time: Nanoseconds, _ fault: String?, _ periods: inout YahooPeriods) {
        func number(_ name: String) -> Double? {
            series[name].flatMap { $0[row].doubleValue }.flatMap { $0.isFinite && $0.magnitude < 9e18 ? $0 : nil }
        }
        let prices = YahooRows.names.map { (name: $0, value: number($0)) }
        if let missing = prices.first(where: { $0.value == nil }) {
            leaveOut(row, time, .price, "found no value for '\(missing.name)' at \(TimeText.utc(time))")
        } else if let last = bars.last?.time, time <= last {
            leaveOut(
                row, time, .order, "found the time \(TimeText.utc(time)) after \(TimeText.utc(last))", kind: .order)
        } else if let fault {
            let what = row == count - 1 ? "the live quote" : "a stamp that begins no bar"
            leaveOut(row, time, .noBar(fault), "found \(what) at \(TimeText.utc(time)): \(fault)")
        } else {
            bars.append(
                Row(
                    time: time, prices: prices.compactMap(\.value), volume: number("volume"),
                    adjusted: number("adjclose"), known: periods.end(of: time), position: row + 1))
        }
    }

    private mutating func leaveOut(
        _ row: Int, _ time: Nanoseconds?, _ why: LeftOut.Reason, _ reason: String, kind: RowIssue.Kind = .value
    ) {
        leftOut.append(LeftOut(position: row + 1, time: time, reason: why))
        issues.append(
            RowIssue(
                kind, mark: SourceMark(file: file, line: row + 1, column: 1), reason: reason, action: "left out"))
    }

    private mutating func noteDefects() {
        let broken = bars.filter { bar in
            bar.prices.contains { $0 > bar.prices[1] || $0 < bar.prices[2] }
        }
        if let first = broken.first {
            notes.append(
                "\(broken.count) bars have a high below or a low above another price, the first at "
                    + TimeText.utc(first.time))
        }
        let free = bars.filter { $0.prices.contains { $0 <= 0 } }
        if let first = free.first {
            notes.append("\(free.count) bars have a price of 0 or less, the first at \(TimeText.utc(first.time))")
        }
    }
}
