import Basics
import Tables

/// What the rows of a mapped table need to know beforehand, found by reading it once.
struct TableSurvey {
    private(set) var priceDecimals = 0
    private(set) var sizeDecimals = 0
    /// Unit of times that are numbers.
    var unit: ColumnType.Unit?
    /// Unit of times of receipt that are numbers.
    var receiveUnit: ColumnType.Unit?
    /// Wall clock minus UTC, where the file has both.
    private(set) var wallClockAhead: Nanoseconds = 0
    /// How long bars are.
    private(set) var length = BarLength(length: 0)
    /// What was found out about bars, a sentence each.
    private(set) var notes: [String] = []

    private static let quarterHour: Nanoseconds = 900_000_000_000

    /// - Parameters:
    ///   - zone: of times that name none.
    ///   - interval: of bars, where somebody says it.
    /// - Throws: what the source throws; ``Failure`` with code `data.bad-rows` for cells that are no times or numbers,
    ///   and for a wall clock whose distance from UTC changes; for bars what ``BarSurvey`` throws.
    init(
        _ source: any ChunkSource, _ mapping: TableMapping, path: String, zone: String, interval: Nanoseconds?
    ) throws {
        var price = DecimalScale(), size = DecimalScale(), first = 0, ahead: Nanoseconds?
        var bars = BarSurvey(path, .row)
        func refused(_ row: Int, _ reason: String) -> Failure {
            Failure(
                "data.bad-rows", "\(path): row \(first + row + 1): \(reason)", hint: "correct the row or leave it out")
        }
        while let chunk = try source.next() {
            func survey(_ columns: [Int?], _ scale: inout DecimalScale) throws {
                for index in columns.compactMap({ $0 }) {
                    let cells = NumberCells(chunk.columns[index], chunk.fields[index])
                    if let row = cells.survey(&scale, rows: chunk.rowCount) {
                        throw refused(
                            row, "found a cell in '\(cells.name)' that is no number of 64 bits and up to 18 decimals")
                    }
                }
            }
            try survey(mapping.prices, &price)
            try survey(mapping.sizes, &size)
            var times = try TimeCells(chunk.columns[mapping.time], mapping.timeColumn, zone: zone)
            var walls = try mapping.receive.flatMap { index in
                try TimeColumn(chunk.fields[index].type).map {
                    try TimeCells(chunk.columns[index], $0, zone: zone)
                }
            }
            var instruments = InstrumentNumbers(chunk, mapping.instrument)
            for row in 0..<chunk.rowCount {
                guard let time = times.time(row, unit: &unit) else {
                    throw refused(row, "found no time in '\(chunk.fields[mapping.time].name)', or one of another unit")
                }
                let receive = walls?.time(row, unit: &receiveUnit)
                if mapping.wallClock != nil, let receive {
                    let found = TableSurvey.nearestQuarterHour(receive.saturatingMinus(time))
                    guard ahead == nil || ahead == found else {
                        throw refused(
                            row,
                            "found a wall clock \(found / 60_000_000_000) minutes ahead of UTC, expected "
                                + "\((ahead ?? 0) / 60_000_000_000) as before")
                    }
                    ahead = found
                }
                guard mapping.kind == .bars else { continue }
                bars.stamp(time, of: instruments.number(row, &bars), row: first + row + 1)
            }
            if mapping.kind == .bars { TableSurvey.add(chunk, mapping, after: first, to: &bars) }
            first += chunk.rowCount
        }
        if mapping.kind == .bars {
            guard try !bars.order() else {
                throw Failure(
                    "data.order", "\(path): found the newest row first, expected times in order",
                    hint: "sort the file by time")
            }
            notes = try bars.meaning()
            let found = try bars.length(given: interval)
            length = found.length
            if let note = found.note { notes.append(note) }
        }
        wallClockAhead = ahead ?? 0
        guard let prices = price.decimals(), let sizes = size.decimals() else {
            throw Failure(
                "data.bad-rows",
                "\(path): found prices or sizes whose range no 64-bit integer of a fixed number of "
                    + "decimals holds", hint: "split the file by instrument")
        }
        (priceDecimals, sizeDecimals) = (prices.decimals, sizes.decimals)
    }

    private static func add(_ chunk: TableChunk, _ mapping: TableMapping, after first: Int, to bars: inout BarSurvey) {
        let columns = (mapping.prices + [mapping.sizes.first ?? nil]).map { index in
            index.map { NumberCells(chunk.columns[$0], chunk.fields[$0]) }
        }
        guard columns.count == 5 else { return }
        for row in 0..<chunk.rowCount {
            bars.values(
                open: columns[0]?.double(row), high: columns[1]?.double(row), low: columns[2]?.double(row),
                close: columns[3]?.double(row), volume: columns[4]?.double(row), row: first + row + 1)
        }
    }

    private static func nearestQuarterHour(_ distance: Nanoseconds) -> Nanoseconds {
        let half = quarterHour / 2, shifted = distance.saturatingPlus(distance < 0 ? -half : half)
        return shifted / quarterHour * quarterHour
    }
}

/// The numbers that a survey gives the instruments of a chunk, each text looked up once.
struct InstrumentNumbers {
    private let chunk: TableChunk
    private let column: Int?
    /// By code of the text; of other columns, and for empty cells, the latest name.
    private var numbers: [Int?]
    private var latest: (name: String, number: Int)?

    init(_ chunk: TableChunk, _ column: Int?) {
        (self.chunk, self.column) = (chunk, column)
        if let column, case .text(let text) = chunk.columns[column].values {
            numbers = .init(repeating: nil, count: text.values.count)
        } else {
            numbers = []
        }
    }

    mutating func number(_ row: Int, _ survey: inout BarSurvey) -> Int {
        if let column, case .text(let text) = chunk.columns[column].values, chunk.columns[column].validity[row],
            numbers.indices.contains(Int(text.codes[row]))
        {
            let code = Int(text.codes[row])
            if let known = numbers[code] { return known }
            let number = survey.number(of: text.values[code])
            numbers[code] = number
            return number
        }
        let name = TableRowsOut.instrument(chunk, column, row) ?? ""
        if let latest, latest.name == name { return latest.number }
        let number = survey.number(of: name)
        latest = (name, number)
        return number
    }
}
