import Basics
import Tables

/// The rows of a LEAN file as a canonical table.
final class LEANSource: ChunkSource {
    let fields: [Field]
    private let file: LEANFile
    private let lines: FeedLines
    private var builder: CanonicalBuilder
    private var zone: ExchangeZone
    private var lastTime = Nanoseconds.min
    /// Local midnight of the day of times in milliseconds.
    private let midnight: Nanoseconds
    private var isDone = false

    init(_ file: LEANFile, kind: CanonicalKind) throws {
        self.file = file
        fields = CanonicalFields.fields(kind, priceDecimals: LEANFile.priceDecimals, sizeDecimals: 0)
        builder = CanonicalBuilder(kind, fields: fields, file: file.path)
        zone = try ExchangeZone(LEANFile.zone)
        midnight = LEANSource.day(file.date ?? CivilDate(daysSince1970: 0))
        lines = try file.open()
    }

    func next() throws -> TableChunk? {
        guard !isDone else { return nil }
        while builder.rowCount < TableChunk.usualRows {
            guard try lines.next({ try add($0) }) else {
                isDone = true
                return builder.rowCount > 0 ? builder.take() : nil
            }
        }
        return builder.take()
    }

    private static let dayLength: Nanoseconds = 86_400_000_000_000

    /// Dates are of the years 1900 to 2200, so that nanoseconds fit.
    private static func day(_ date: CivilDate) -> Nanoseconds { Int64(date.daysSince1970) * dayLength }

    private func add(_ line: UnsafeBufferPointer<UInt8>) throws {
        guard line.count <= LEANFile.longestLine else {
            throw Failure(
                "data.lean",
                "\(file.path):\(lines.number): found a line of more than \(LEANFile.longestLine) bytes",
                hint: "the file is damaged; fetch it again")
        }
        if line.isEmpty { return }
        let row = LEANRow(line)
        switch file.shape {
        case .stampedBars: try addStamped(row)
        case .tradeBars: try addBar(row, local: local(row, cells: 6))
        case .quoteBars: try addQuoteBar(row)
        case .tickTrades: try addTrade(row)
        case .tickQuotes: try addQuote(row)
        }
    }

    private func fault(_ row: LEANRow, _ cell: Int, _ expected: String) -> Failure {
        let found = cell < row.count ? "'\(row.text(cell).prefix(30))'" : "\(row.count) cells"
        let column = cell < row.count ? ":\(row.column(cell))" : ""
        return Failure(
            "data.lean", "\(file.path):\(lines.number)\(column): found \(found), expected \(expected)",
            hint: "the file is damaged or no file of \(file.kindName); fetch it again")
    }

    private func cells(_ row: LEANRow, _ count: Int) throws {
        guard row.count == count else { throw fault(row, row.count, "\(count) cells of \(file.kindName)") }
    }

    private func number(_ row: LEANRow, _ cell: Int) throws -> Int64 {
        guard let value = row.number(cell) else { throw fault(row, cell, "a whole number") }
        return value
    }

    private func price(_ row: LEANRow, _ cell: Int) throws -> Int64 {
        let value = try number(row, cell)
        guard value > 0 else { throw fault(row, cell, "a price above 0") }
        return value
    }

    /// Wall-clock time of a row of milliseconds after midnight.
    private func local(_ row: LEANRow, cells count: Int) throws -> Nanoseconds {
        try cells(row, count)
        let milliseconds = try number(row, 0)
        guard milliseconds < 86_400_000 else { throw fault(row, 0, "milliseconds of one day") }
        let time = milliseconds * 1_000_000, grid = file.resolution.nanoseconds
        guard grid == 0 || time % grid == 0 else { throw fault(row, 0, "the start of a \(file.resolution.rawValue)") }
        return midnight + time
    }

    /// UTC of a wall-clock time, which must not run backwards; of bars no two are alike.
    private func utc(_ row: LEANRow, _ local: Nanoseconds) throws -> Nanoseconds {
        let time = zone.utc(local)
        guard time > lastTime || (time == lastTime && file.resolution == .tick) else {
            throw fault(row, 0, time == lastTime ? "a time that is not there twice" : "a time behind the one before")
        }
        lastTime = time
        return time
    }

    private func place(_ time: Nanoseconds, known: Nanoseconds) -> CanonicalBuilder.Place {
        CanonicalBuilder.Place(time: time, knownTime: known, instrument: file.ticker, position: lines.number)
    }

    private func addStamped(_ row: LEANRow) throws {
        try cells(row, 6)
        guard let (date, minute) = row.stamp(0) else { throw fault(row, 0, "a time such as 20140606 09:00") }
        guard minute % (file.resolution == .daily ? 1440 : 60) == 0 else {
            throw fault(row, 0, file.resolution == .daily ? "00:00 of a day" : "a full hour")
        }
        try addBar(row, local: LEANSource.day(date) + Int64(minute) * 60_000_000_000)
    }

    private func addBar(_ row: LEANRow, local: Nanoseconds) throws {
        let time = try utc(row, local)
        let open = try price(row, 1), high = try price(row, 2), low = try price(row, 3), close = try price(row, 4)
        let known = zone.utc(local + file.resolution.nanoseconds)
        builder.add(
            place(time, known: known), .integer(open), .integer(high), .integer(low), .integer(close),
            .integer(try number(row, 5)))
    }

    private func addQuoteBar(_ row: LEANRow) throws {
        let local = try local(row, cells: 11)
        _ = try utc(row, local)
        let end = zone.utc(local + file.resolution.nanoseconds)
        let (bid, bidSize) = try side(row, 1), (ask, askSize) = try side(row, 6)
        builder.add(place(end, known: end), bid, bidSize, ask, askSize, .empty)
    }

    /// Closing price and size of a side, both empty where it is missing: no price or four zeros.
    private func side(_ row: LEANRow, _ first: Int) throws -> (CanonicalBuilder.Cell, CanonicalBuilder.Cell) {
        let isMissing = (first..<first + 4).allSatisfy { row.isEmpty($0) || row.number($0) == 0 }
        guard !isMissing else {
            guard row.isEmpty(first + 4) || row.number(first + 4) == 0 else {
                throw fault(row, first + 4, "no size where there is no price")
            }
            return (.empty, .empty)
        }
        for cell in first..<first + 3 { _ = try price(row, cell) }
        return (.integer(try price(row, first + 3)), .integer(try number(row, first + 4)))
    }

    private func addTrade(_ row: LEANRow) throws {
        let time = try utc(row, local(row, cells: 6))
        guard row.isLetters(3) else { throw fault(row, 3, "the letter of an exchange") }
        guard row.isHex(4) else { throw fault(row, 4, "a condition in hexadecimal") }
        guard let isSuspicious = row.flag(5) else { throw fault(row, 5, "0 or 1") }
        let condition = "\(row.text(3)) \(row.text(4))" + (isSuspicious ? " suspicious" : "")
        builder.add(
            place(time, known: time), .integer(try price(row, 1)), .integer(try number(row, 2)), .empty, .empty,
            .text(condition))
    }

    private func addQuote(_ row: LEANRow) throws {
        let time = try utc(row, local(row, cells: 8))
        guard row.isLetters(5) else { throw fault(row, 5, "the letter of an exchange") }
        guard row.isHex(6) else { throw fault(row, 6, "a condition in hexadecimal") }
        guard row.flag(7) != nil else { throw fault(row, 7, "0 or 1") }
        let (bid, bidSize) = try tickSide(row, 1), (ask, askSize) = try tickSide(row, 3)
        builder.add(place(time, known: time), bid, bidSize, ask, askSize, .text(row.text(5)))
    }

    private func tickSide(_ row: LEANRow, _ cell: Int) throws -> (CanonicalBuilder.Cell, CanonicalBuilder.Cell) {
        let price = try number(row, cell), size = try number(row, cell + 1)
        guard price > 0 else {
            guard size == 0 else { throw fault(row, cell + 1, "no size where there is no price") }
            return (.empty, .empty)
        }
        return (.integer(price), .integer(size))
    }
}
