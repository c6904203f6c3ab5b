import Basics
import Tables

/// Reads bars from CSV in the dialects that vendors and users write, plain or gzip.
///
/// Columns are found by header name in any order: a time (`datetime`, `Date Time`, `timestamp`, `date`, `time`),
/// `open`, `high`, `low`, `close`, `volume`; `Adj Close` is recognised and left out. Times are wall-clock times of the
/// exchange (`2025-05-12 09:30:00`, `T` or a date alone also accepted), ISO times with an offset or `Z`, or Unix
/// seconds. A file with an `Adj Close` column comes from a Yahoo client, whose prices are float32 printed as double;
/// they are rounded to the scale. Elsewhere a price with too many decimals is an error. A file that runs from newest to
/// oldest is turned around.
package struct BarCSVReader {
    private let spec: MarketSpec
    private var zone: ExchangeZone

    /// Issues that are kept in full; beyond it only their number is.
    package static let issueLimit = 20

    package init(_ spec: MarketSpec) throws {
        self.spec = spec
        zone = try ExchangeZone(spec.zone)
    }

    private struct Columns {
        var time = -1, open = -1, high = -1, low = -1, close = -1, volume = -1
        var rounds = false
        var count = 0
        var names: [String] = []
    }

    private static let timeNames: Set<String> = ["datetime", "date time", "timestamp", "date", "time"]

    /// Reads one file.
    ///
    /// - Parameters:
    ///   - path: the file; its name up to the first `_` or `.csv` is the instrument.
    /// - Throws: ``MarketDataError`` in strict mode, ``Failure`` for files that are no bars at all, ``FileError``.
    package mutating func read(_ path: String) throws -> BarReading {
        var columns: Columns?
        var collector = Collector(
            table: BarTable(
                instrument: BarCSVReader.instrument(of: path), zone: spec.zone, interval: spec.interval,
                priceDecimals: spec.priceDecimals, volumeDecimals: spec.volumeDecimals), path: path)
        try CSVScanner.scan(path) { record in
            guard let columns else {
                columns = try header(record, path: path)
                return
            }
            row(record, columns, &collector)
        }
        guard columns != nil else {
            throw Failure("data.empty", "found no header in '\(path)'", hint: "the file is empty")
        }
        return try collector.finish(mode: spec.mode)
    }

    /// `data/AAPL_5min.csv.gz` is `AAPL`.
    package static func instrument(of path: String) -> String {
        var name = Paths.name(path)
        for suffix in [".gz", ".csv"] where name.hasSuffix(suffix) { name.removeLast(suffix.count) }
        return name.split(separator: "_").first.map(String.init) ?? name
    }

    /// Bar files of a directory, or the file itself; sorted.
    package static func files(at path: String) throws -> [String] {
        guard Paths.exists(path) else { throw FileError("open", path, number: 2) }
        guard Paths.isDirectory(path) else { return [path] }
        let files = try Paths.files(below: path).filter { $0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz") }
        guard !files.isEmpty else {
            throw Failure("data.no-files", "found no .csv or .csv.gz file in '\(path)'", hint: "check the directory")
        }
        return files.map { Paths.join(path, $0) }
    }

    private func header(_ record: CSVRecord, path: String) throws -> Columns {
        var columns = Columns()
        columns.count = record.count
        for index in 0..<record.count {
            let name = record.text(index)
            columns.names.append(name)
            let key = name.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
            switch key {
            case _ where BarCSVReader.timeNames.contains(key): columns.time = index
            case "open": columns.open = index
            case "high": columns.high = index
            case "low": columns.low = index
            case "close": columns.close = index
            case "volume": columns.volume = index
            case "adj close": columns.rounds = true
            default: break
            }
        }
        let found = [
            ("datetime", columns.time), ("open", columns.open), ("high", columns.high), ("low", columns.low),
            ("close", columns.close), ("volume", columns.volume),
        ]
        if let missing = found.first(where: { $0.1 < 0 }) {
            throw Failure(
                "data.header",
                "\(path):1:1: found no column '\(missing.0)' among \(columns.names.joined(separator: ", "))",
                hint: "expected a header with datetime, open, high, low, close, volume in any order")
        }
        return columns
    }

    /// Rows that passed, and the issues of those that did not.
    private struct Collector {
        var table: BarTable
        let path: String
        var issues: [RowIssue] = []
        var counts: [RowIssue.Kind: Int] = [:]
        var lines: [Int32] = []

        private var issueCount: Int { counts.values.reduce(0, +) }

        mutating func report(_ line: Int, _ column: Int, _ reason: String, kind: RowIssue.Kind = .value) {
            counts[kind, default: 0] += 1
            if issues.count < BarCSVReader.issueLimit {
                issues.append(
                    RowIssue(
                        kind, mark: SourceMark(file: path, line: line, column: column), reason: reason,
                        action: "left out"))
            }
        }

        mutating func finish(mode: MarketSpec.Mode) throws -> BarReading {
            var notes: [String] = []
            if let first = table.time.first, let last = table.time.last, table.count > 1, first > last,
                zip(table.time, table.time.dropFirst()).allSatisfy({ $0 > $1 })
            {
                table = table.selecting(Array((0..<table.count).reversed()))
                lines.reverse()
                notes.append("\(path): rows run from newest to oldest; they were turned around")
            }
            removeDisorder()
            if mode == .strict, issueCount > 0 {
                for index in issues.indices { issues[index].action = "" }
                throw MarketDataError(file: path, issues: issues, total: issueCount)
            }
            if issueCount > issues.count {
                notes.append("\(path): \(issueCount - issues.count) more faulty rows were left out")
            }
            return BarReading(table: table, issues: issues, issueCounts: counts, notes: notes, lines: lines)
        }

        /// Time must increase; a row that does not is faulty.
        private mutating func removeDisorder() {
            var keep: [Int] = []
            var last = Nanoseconds.min
            for index in 0..<table.count {
                if table.time[index] > last {
                    keep.append(index)
                    last = table.time[index]
                } else {
                    let stamp = TimeText.utc(table.time[index])
                    report(
                        Int(lines[index]), 1,
                        table.time[index] == last
                            ? "found the time \(stamp) twice" : "found the time \(stamp) after a later one",
                        kind: .order)
                }
            }
            if keep.count < table.count {
                table = table.selecting(keep)
                lines = keep.map { lines[$0] }
            }
        }
    }

    private mutating func row(_ record: CSVRecord, _ columns: Columns, _ out: inout Collector) {
        guard record.count == columns.count else {
            out.report(record.line, 1, "found \(record.count) fields, expected \(columns.count)")
            return
        }
        guard let time = time(record.bytes(columns.time)) else {
            out.report(
                record.line, record.column(columns.time),
                "found '\(record.text(columns.time))' in column '\(columns.names[columns.time])', expected a time such as 2025-05-12 09:30:00"
            )
            return
        }
        var bar = Bar(time: time, open: 0, high: 0, low: 0, close: 0, volume: 0)
        let targets: [(Int, WritableKeyPath<Bar, Int64>, Int, Bool)] = [
            (columns.open, \.open, spec.priceDecimals, columns.rounds),
            (columns.high, \.high, spec.priceDecimals, columns.rounds),
            (columns.low, \.low, spec.priceDecimals, columns.rounds),
            (columns.close, \.close, spec.priceDecimals, columns.rounds),
            (columns.volume, \.volume, spec.volumeDecimals, false),
        ]
        for (index, target, decimals, rounds) in targets {
            do throws(FixedPoint.Problem) {
                bar[keyPath: target] = try FixedPoint.parse(record.bytes(index), decimals: decimals, rounds: rounds)
            } catch {
                out.report(
                    record.line, record.column(index),
                    BarCSVReader.explain(
                        error, text: record.text(index), column: columns.names[index], decimals: decimals))
                return
            }
        }
        out.table.append(bar)
        out.lines.append(Int32(clamping: record.line))
    }

    private static func explain(_ problem: FixedPoint.Problem, text: String, column: String, decimals: Int) -> String {
        switch problem {
        case .empty: "found no value in column '\(column)', expected a number"
        case .notANumber: "found '\(text)' in column '\(column)', expected a number"
        case .tooManyDecimals(let found):
            "found '\(text)' with \(found) decimals in column '\(column)', expected at most \(decimals)"
        case .outOfRange: "found '\(text)' in column '\(column)', which does not fit 64 bits with \(decimals) decimals"
        }
    }

    // MARK: Times

    private mutating func time(_ bytes: UnsafeBufferPointer<UInt8>) -> Nanoseconds? {
        func number(_ first: Int, _ count: Int) -> Int? {
            guard first + count <= bytes.count else { return nil }
            var value = 0
            for index in first..<first + count {
                let digit = Int(bytes[index]) - 48
                guard (0...9).contains(digit) else { return nil }
                value = value * 10 + digit
            }
            return value
        }
        guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else {
            guard (9...11).contains(bytes.count), let seconds = number(0, bytes.count) else { return nil }
            return Int64(seconds) * 1_000_000_000
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2) else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard date.isValid, (1900...2200).contains(year) else { return nil }
        var seconds = date.daysSince1970 * 86_400
        if bytes.count == 10 { return zone.utc(Int64(seconds) * 1_000_000_000) }
        guard bytes[10] == UInt8(ascii: " ") || bytes[10] == UInt8(ascii: "T"), bytes.count >= 16,
            bytes[13] == UInt8(ascii: ":"), let hour = number(11, 2), let minute = number(14, 2), hour < 24, minute < 60
        else { return nil }
        seconds += hour * 3600 + minute * 60
        var next = 16
        if bytes.count >= 19, bytes[16] == UInt8(ascii: ":") {
            guard let second = number(17, 2), second < 60 else { return nil }
            seconds += second
            next = 19
        }
        if next == bytes.count { return zone.utc(Int64(seconds) * 1_000_000_000) }
        if next + 1 == bytes.count, bytes[next] == UInt8(ascii: "Z") { return Int64(seconds) * 1_000_000_000 }
        guard next + 6 == bytes.count, bytes[next + 3] == UInt8(ascii: ":"),
            bytes[next] == UInt8(ascii: "+") || bytes[next] == UInt8(ascii: "-"), let hours = number(next + 1, 2),
            let minutes = number(next + 4, 2), hours < 24, minutes < 60
        else { return nil }
        let offset = (hours * 3600 + minutes * 60) * (bytes[next] == UInt8(ascii: "-") ? -1 : 1)
        return Int64(seconds - offset) * 1_000_000_000
    }
}
