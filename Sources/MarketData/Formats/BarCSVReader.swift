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
package struct BarCSVReader: BarFormat {
    private let spec: MarketSpec
    private var zone: ExchangeZone

    /// Plain or gzip.
    package static let suffixes = [".csv", ".csv.gz"]

    /// Whatever no other format recognises is tried as CSV, so nothing needs to be recognised here.
    package static func recognises(_ head: [UInt8]) -> Bool { false }

    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone.
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
    ///   - path: the file; its name says the instrument, as ``BarFileName`` reads it.
    /// - Throws: ``MarketDataError`` in strict mode, ``Failure`` for files that are no bars at all, ``FileError``.
    package mutating func read(_ path: String) throws -> BarReading {
        var columns: Columns?
        var collector = BarCollector(
            BarTable(
                instrument: BarReader.instrument(of: path), zone: spec.zone, interval: spec.interval,
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

    private func header(_ record: CSVRecords, path: String) throws -> Columns {
        var columns = Columns(), other: String?
        columns.count = record.count
        for index in 0..<record.count {
            let name = record.text(index)
            columns.names.append(name)
            let key = name.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
            switch key {
            case _ where BarCSVReader.timeNames.contains(key):
                if columns.time >= 0 { other = name }
                columns.time = index
            case "open": columns.open = index
            case "high": columns.high = index
            case "low": columns.low = index
            case "close": columns.close = index
            case "volume": columns.volume = index
            case "adj close": columns.rounds = true
            // Whose bars these are: passed over, several instruments would be one.
            case _ where CSVRole.names[.symbol]?.contains(CSVRole.key(name)) == true: other = name
            default: break
            }
        }
        if let other {
            throw Failure(
                "data.header",
                "\(path):1:1: found the column '\(other)', which plain bars do not have, among "
                    + BarCSVReader.quoted(columns.names),
                hint: "see what is found instead: hftml data head '\(path)'")
        }
        let found = [
            ("datetime", columns.time), ("open", columns.open), ("high", columns.high), ("low", columns.low),
            ("close", columns.close), ("volume", columns.volume),
        ]
        if let missing = found.first(where: { $0.1 < 0 }) {
            throw Failure(
                "data.header",
                "\(path):1:1: found no column '\(missing.0)' among \(BarCSVReader.quoted(columns.names))",
                hint: "expected a header with datetime, open, high, low, close, volume in any order")
        }
        return columns
    }

    /// The names of a header, cut where a line that is none would fill the screen.
    private static func quoted(_ names: [String]) -> String {
        let shown = names.prefix(20).map { $0.count > 40 ? "\($0.prefix(40))…" : $0 }.joined(separator: ", ")
        return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
    }

    private mutating func row(_ record: CSVRecords, _ columns: Columns, _ out: inout BarCollector) {
        guard record.count == columns.count else {
            out.report(record.line, 1, "found \(record.count) fields, expected \(columns.count)")
            return
        }
        guard let time = BarTimeText.parse(record.bytes(columns.time), zone: &zone) else {
            out.report(
                record.line, record.column(columns.time),
                "found '\(record.text(columns.time))' in column '\(columns.names[columns.time])', "
                    + "expected a time such as 2025-05-12 09:30:00"
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
                        error, text: record.text(index), column: columns.names[index], decimals: decimals),
                    scale: BarCSVReader.scale(error, isVolume: index == columns.volume))
                return
            }
        }
        out.append(bar, line: record.line)
    }

    private static func scale(_ problem: FixedPoint.Problem, isVolume: Bool) -> RowIssue.Scale? {
        guard case .tooManyDecimals(let found) = problem else { return nil }
        return RowIssue.Scale(key: isVolume ? "volumeDecimals" : "priceDecimals", decimals: found)
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
}
