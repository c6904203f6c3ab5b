package import Basics
import Tables

/// Which company had a ticker when: the map files of LEAN's layout.
///
/// A company is named as its file, by the last ticker that it had. Its first row is the first day of its history; each
/// later row says a ticker and the last day that it was in use.
package struct TickerMap: Sendable {
    /// Days of one company under one ticker.
    package struct Segment: Sendable, Equatable {
        /// In small letters.
        package let ticker: String
        /// The first day.
        package let from: CivilDate
        /// The last day; 2050-12-31 of a ticker that is in use.
        package let until: CivilDate
    }

    private var companies: [String: [Segment]] = [:]
    private var owners: [String: [(company: String, segment: Segment)]] = [:]

    /// Reads map files, one a company.
    ///
    /// - Throws: ``Failure`` with code `data.factors` for a file that is none, or two companies with one ticker at
    ///   once;
    ///   ``FileError``.
    package init(_ paths: [String]) throws {
        for path in paths {
            let company = LEANNames.stem(Paths.name(path)).lowercased()
            companies[company] = try TickerMap.segments(path)
        }
        for (company, segments) in companies.sorted(by: { $0.key < $1.key }) {
            for segment in segments {
                if let other = owners[segment.ticker]?.first(where: {
                    $0.segment.from <= segment.until && segment.from <= $0.segment.until
                }) {
                    throw Failure(
                        "data.factors",
                        "found the ticker '\(segment.ticker)' to be of '\(company)' and '\(other.company)' on one day",
                        hint: "one of their map files is wrong")
                }
                owners[segment.ticker, default: []].append((company, segment))
            }
        }
    }

    /// All map files of a directory.
    package init(directory: String) throws {
        try self.init(Paths.files(below: directory).filter { $0.hasSuffix(".csv") }.map { Paths.join(directory, $0) })
    }

    /// The company that had a ticker on a day; nil where no file says one.
    package func owner(_ ticker: String, on day: CivilDate) -> String? {
        owners[ticker.lowercased()]?.first { $0.segment.from <= day && day <= $0.segment.until }?.company
    }

    /// Whether any company is known to have had a ticker.
    package func speaks(of ticker: String) -> Bool { owners[ticker.lowercased()] != nil }

    /// A company's tickers in order of time; none of an unknown company.
    package func segments(_ company: String) -> [Segment] { companies[company.lowercased()] ?? [] }

    /// All companies, in order of name.
    package var names: [String] { companies.keys.sorted() }

    private static func segments(_ path: String) throws -> [Segment] {
        var rows: [(day: CivilDate, ticker: String)] = []
        func fault(_ line: Int, _ what: String) -> Failure {
            Failure(
                "data.factors", "\(path):\(line): \(what)",
                hint: "a map file has rows such as 20031015,aol,N, oldest first")
        }
        try CSVScanner.scan(path) { record in
            guard record.count == 2 || record.count == 3, let day = LEANDate.parse(record.text(0)),
                !record.text(1).isEmpty
            else { throw fault(record.line, "found no row of day, ticker and exchange") }
            if let last = rows.last, day <= last.day { throw fault(record.line, "found \(day) behind \(last.day)") }
            rows.append((day, record.text(1).lowercased()))
        }
        guard let first = rows.first, rows.count > 1 else { throw fault(1, "found \(rows.count) rows, expected two") }
        guard first.ticker == rows[1].ticker else {
            throw fault(2, "found '\(rows[1].ticker)' behind the first day of '\(first.ticker)'")
        }
        var start = first.day
        return rows.dropFirst().map { row in
            defer { start = CivilDate(daysSince1970: row.day.daysSince1970 + 1) }
            return Segment(ticker: row.ticker, from: start, until: row.day)
        }
    }
}
