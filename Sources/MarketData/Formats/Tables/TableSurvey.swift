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
    /// The commonest distance between bars of an instrument.
    private(set) var step: Nanoseconds = 0

    private static let quarterHour: Nanoseconds = 900_000_000_000

    /// - Throws: what the source throws; ``Failure`` with code `data.bad-rows` for cells that are no times or numbers,
    ///   for bars whose times do not increase, for a wall clock whose distance from UTC changes.
    init(_ source: any ChunkSource, _ mapping: TableMapping, path: String, zone: String) throws {
        var price = DecimalScale(), size = DecimalScale(), first = 0, ahead: Nanoseconds?
        var last: [String: Nanoseconds] = [:], gaps: [Nanoseconds: Int] = [:]
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
                let name = TableRowsOut.instrument(chunk, mapping.instrument, row) ?? ""
                if let before = last[name] {
                    let gap = time.saturatingMinus(before)
                    guard gap > 0 else {
                        throw refused(
                            row,
                            "found the time \(TimeText.utc(time)) after \(TimeText.utc(before)), expected times that "
                                + "increase")
                    }
                    if gaps[gap] != nil || gaps.count < 10_000 { gaps[gap, default: 0] += 1 }
                }
                last[name] = time
            }
            first += chunk.rowCount
        }
        // Where no two bars follow each other nothing says how long they are: a day is late enough to be known.
        step = gaps.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 86_400_000_000_000
        wallClockAhead = ahead ?? 0
        guard let prices = price.decimals(), let sizes = size.decimals() else {
            throw Failure(
                "data.bad-rows",
                "\(path): found prices or sizes whose range no 64-bit integer of a fixed number of "
                    + "decimals holds", hint: "split the file by instrument")
        }
        (priceDecimals, sizeDecimals) = (prices.decimals, sizes.decimals)
    }

    private static func nearestQuarterHour(_ distance: Nanoseconds) -> Nanoseconds {
        let half = quarterHour / 2, shifted = distance.saturatingPlus(distance < 0 ? -half : half)
        return shifted / quarterHour * quarterHour
    }
}
