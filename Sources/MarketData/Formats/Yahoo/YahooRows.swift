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
        /// In the answer, from 1.
        let position: Int
    }

    /// In order of time.
    private(set) var bars: [Row] = []
    private(set) var issues: [RowIssue] = []
    private(set) var notes: [String] = []
    /// Rows of the answer.
    let count: Int
    private let file: String
    private let stamps: [JSONValue]
    private var series: [String: [JSONValue]] = [:]
    private static let names = ["open", "high", "low", "close"]

    /// - Throws: ``Failure`` with code `yahoo.format` where series are missing or of another length than the stamps.
    init(_ result: JSONValue, file: String) throws {
        self.file = file
        func malformed(_ what: String) -> Failure {
            Failure("yahoo.format", "\(what) in the \(file)", hint: "the server's format may have changed")
        }
        stamps = result[key: "timestamp"]?.listValue ?? []
        count = stamps.count
        guard !stamps.isEmpty else { return }
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
                leaveOut(row, "found \(stamps[row].kindName) as a time stamp")
                continue
            }
            rows.append(row)
            times.append(Int64(seconds) * 1_000_000_000)
        }
        var judge = YahooStamps(rules)
        let faults = judge.faults(times)
        notes += judge.notes.prefix(5)
        for (index, row) in rows.enumerated() { add(row, times[index], faults[index]) }
        issues.sort { $0.mark.line < $1.mark.line }
        noteDefects()
        if let last = bars.last, let live = rules.liveTime, live >= last.time, rules.end(of: last.time) > live {
            notes.append("the last bar, of \(TimeText.utc(last.time)), had not ended at the last trade: it may change")
        }
    }

    private mutating func add(_ row: Int, _ time: Nanoseconds, _ fault: String?) {
        func number(_ name: String) -> Double? {
            series[name].flatMap { $0[row].doubleValue }.flatMap { $0.isFinite && $0.magnitude < 9e18 ? $0 : nil }
        }
        let prices = YahooRows.names.map { (name: $0, value: number($0)) }
        if let missing = prices.first(where: { $0.value == nil }) {
            leaveOut(row, "found no value for '\(missing.name)' at \(TimeText.utc(time))")
        } else if let last = bars.last?.time, time <= last {
            leaveOut(row, "found the time \(TimeText.utc(time)) after \(TimeText.utc(last))", kind: .order)
        } else if let fault {
            let what = row == count - 1 ? "the live quote" : "a stamp that begins no bar"
            leaveOut(row, "found \(what) at \(TimeText.utc(time)): \(fault)")
        } else {
            bars.append(
                Row(
                    time: time, prices: prices.compactMap(\.value), volume: number("volume"),
                    adjusted: number("adjclose"), position: row + 1))
        }
    }

    private mutating func leaveOut(_ row: Int, _ reason: String, kind: RowIssue.Kind = .value) {
        issues.append(
            RowIssue(
                kind, mark: SourceMark(file: file, line: row + 1, column: 1), reason: reason, action: "left out"))
    }

    private mutating func noteDefects() {
        let absent = bars.count { $0.volume == nil }
        if absent > 0 { notes.append("\(absent) bars have no volume, which is written as 0") }
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
