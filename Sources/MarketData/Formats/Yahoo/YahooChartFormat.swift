import Basics
import Tables

/// Answers of Yahoo's chart endpoint as files: bodies alone, or recorded exchanges with request and response.
package enum YahooChartFormat: FileFormat {
    /// Bytes that an answer may have: it is held in memory.
    static let largest = 1 << 28

    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        guard isChart(head) else { return nil }
        let bytes = try ByteSource.bytes(path, atMost: largest)
        return try YahooChartBars(path, YahooAnswer(bytes, place: "'\(path)'", subject: "'\(path)'", file: path))
    }

    /// Whether bytes begin as a body, or as a recorded exchange with the endpoint.
    static func isChart(_ head: [UInt8]) -> Bool {
        let start = String(decoding: head.filter { $0 > 0x20 }.prefix(4096), as: UTF8.self)
        return start.hasPrefix("{\"chart\":") || start.hasPrefix("{\"request\":") && start.contains("/chart/")
    }
}

/// The bars of one answer.
struct YahooChartBars: FoundFile {
    let kindName: String
    let tables: [CanonicalKind] = [.bars]
    private(set) var notes: [String] = []
    let records: Int?
    private let path: String
    private var bars: BarArrays
    /// Rows inside the answer that begin no bar; the first of them are named.
    private static let shown = 5

    /// - Throws: ``Failure`` with code `yahoo.format` for time stamps that are none or do not increase.
    init(_ path: String, _ answer: YahooAnswer) throws {
        let (rules, rows) = (answer.rules, answer.rows)
        (self.path, records) = (path, rows.count)
        kindName = "Yahoo chart of \(rules.granularity) bars"
        bars = BarArrays(instrument: rules.symbol ?? FileInstrument.name(path))
        if rows.count == 0 {
            notes.append("the answer holds no bar: nothing traded in the range that was asked for")
        }
        notes += rows.notes
        for row in rows.bars {
            let prices = row.prices.compactMap { ExactDecimal($0) }
            guard prices.count == 4 else {
                throw malformed("a price that 64 bits and 18 decimals do not hold in row \(row.position)")
            }
            bars.times.append(row.time)
            bars.knownTimes.append(row.known)
            bars.prices.append(prices)
            bars.volumes.append(row.volume.flatMap { ExactDecimal($0) })
            bars.positions.append(row.position)
        }
        try noteLeftOut(rows)
        notes += rules.notes + YahooChartBars.eventNotes(answer.events)
        notes += try bars.scale(file: path)
    }

    private func malformed(_ what: String) -> Failure {
        Failure("yahoo.format", "found \(what) in '\(path)'", hint: "fetch the answer again")
    }

    private mutating func noteLeftOut(_ rows: YahooRows) throws {
        var missing: [Int] = [], others = 0
        for row in rows.leftOut {
            let time = row.time.map { TimeText.utc($0) } ?? ""
            switch row.reason {
            case .stamp: throw malformed("no number of seconds as time stamp \(row.position)")
            case .order: throw malformed("time stamp \(row.position), \(time), not behind the one before")
            case .price: missing.append(row.position)
            case .noBar(let why) where row.position == rows.count:
                notes.append("the last row, of \(time), is the live quote and left out: \(why)")
            case .noBar(let why):
                others += 1
                guard others <= YahooChartBars.shown else { continue }
                notes.append("row \(row.position), of \(time), begins no bar and is left out: \(why)")
            }
        }
        if others > YahooChartBars.shown {
            notes.append("\(others - YahooChartBars.shown) more rows begin no bar and are left out")
        }
        if let first = missing.first {
            notes.append("\(missing.count) rows without a price are left out, the first is row \(first)")
        }
    }

    private static func eventNotes(_ events: JSONValue?) -> [String] {
        ["splits", "dividends", "capitalGains"].compactMap { name in
            guard let count = events?[key: name]?.mapValue?.count, count > 0 else { return nil }
            return "\(count) \(name) in the answer are not rows of this table"
        } + ["prices are adjusted for splits, as the server has them, and not for dividends"]
    }

    func read(_ table: CanonicalKind) throws -> any ChunkSource { BarArraySource(bars, file: path) }
}
