import Basics
import Tables

/// FI-2010 files: 149 rows of numbers, a column for every ten events; rows 1 to 40 are ten levels of ask price, ask
/// size, bid price and bid size.
///
/// Only files that divided prices and sizes by a power of ten hold a book: its order of prices is what they are known
/// by. Z-scores and values between the least and the greatest are scaled column by column, so that bids lie above asks
/// and prices below zero: they are no prices, and refused. Memory is the forty rows that are read.
package enum FI2010Format: FileFormat {
    static let rows = 149, levels = 10

    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        let first = head.split(separator: 10, maxSplits: 1).first ?? []
        let numbers = first.split { $0 <= 0x20 }
        guard numbers.count > 1, !first.contains(UInt8(ascii: ",")),
            numbers.dropLast().prefix(50).allSatisfy({ Double(String(decoding: $0, as: UTF8.self)) != nil })
        else { return nil }
        // A first row that fills the head is of no other format; shorter ones are told by the number of rows.
        if head.contains(10) {
            let lines = try FeedLines(path, largest: 1 << 28)
            var count = 0
            while count <= rows, try lines.next({ if !$0.isEmpty { count += 1 } }) {}
            guard count == rows else { return nil }
        }
        return try FI2010Books(path)
    }
}

/// The books of a file.
private struct FI2010Books: FoundFile {
    let kindName = "FI-2010 books of 10 levels"
    let tables: [CanonicalKind] = [.bookSnapshots]
    let notes = [
        "the file has no times: a column's number stands for nanoseconds since 1970",
        "prices and sizes are those of the file, divided by a power of ten that it does not say",
        "columns of several stocks follow each other, which the file does not tell apart",
        "rows 41 to 149, features and labels, are not read",
    ]
    private let path: String
    private var cells: [[ExactDecimal]] = []
    private let priceDecimals: Int
    private let sizeDecimals: Int

    init(_ path: String) throws {
        self.path = path
        let lines = try FeedLines(path, largest: 1 << 28)
        var cells: [[ExactDecimal]] = [], price = DecimalScale(), size = DecimalScale()
        func refused(_ row: Int, _ column: Int, _ reason: String) -> Failure {
            Failure(
                "data.bad-rows", "\(path):\(row): column \(column): \(reason)",
                hint: "FI-2010 files with a book are the DecPre ones; z-scores and min-max values are read by hftml "
                    + "features")
        }
        while cells.count < 4 * FI2010Format.levels,
            try lines.next({ line in
                var row: [ExactDecimal] = []
                for text in line.split(whereSeparator: { $0 <= 0x20 }) {
                    guard let value = ExactDecimal(text) else {
                        throw refused(lines.number, row.count + 1, "found no number of up to 18 digits")
                    }
                    guard value.mantissa >= 0 else {
                        throw refused(
                            lines.number, row.count + 1,
                            "found a value below zero: normalised values are no prices or sizes")
                    }
                    if cells.count % 2 == 0 { price.add(value) } else { size.add(value) }
                    row.append(value)
                }
                if row.isEmpty { return }
                guard row.count == cells.first?.count ?? row.count else {
                    throw refused(lines.number, 1, "found \(row.count) columns, expected \(cells.first?.count ?? 0)")
                }
                cells.append(row)
            })
        {}
        guard cells.count == 4 * FI2010Format.levels, let prices = price.decimals(), let sizes = size.decimals() else {
            throw refused(cells.count, 1, "found \(cells.count) rows of numbers, expected \(FI2010Format.rows)")
        }
        (priceDecimals, sizeDecimals) = (prices.decimals, sizes.decimals)
        for column in cells[0].indices where cells[0][column].double <= cells[2][column].double {
            throw refused(
                1, column + 1, "found a best ask that is not above the best bid: normalised values are no prices")
        }
        self.cells = cells
    }

    func read(_ table: CanonicalKind) throws -> any ChunkSource {
        let fields = CanonicalFields.fields(
            .bookSnapshots, priceDecimals: priceDecimals, sizeDecimals: sizeDecimals, levels: FI2010Format.levels)
        return Rows(cells, fields, path, FileInstrument.name(path), priceDecimals, sizeDecimals)
    }

    private final class Rows: ChunkSource {
        let fields: [Field]
        private let cells: [[ExactDecimal]]
        private let path: String, name: String
        private let priceDecimals: Int, sizeDecimals: Int
        private var column = 0

        init(_ cells: [[ExactDecimal]], _ fields: [Field], _ path: String, _ name: String, _ price: Int, _ size: Int) {
            (self.cells, self.fields, self.path, self.name) = (cells, fields, path, name)
            (priceDecimals, sizeDecimals) = (price, size)
        }

        func next() throws -> TableChunk? {
            guard let count = cells.first?.count, column < count else { return nil }
            var builder = CanonicalBuilder(.bookSnapshots, fields: fields, file: path)
            while column < count, builder.rowCount < TableChunk.usualRows {
                let place = CanonicalBuilder.Place(time: Int64(column), instrument: name, position: column + 1)
                builder.add(
                    place,
                    cells: cells.indices.map { row in
                        cells[row][column].integer(decimals: row % 2 == 0 ? priceDecimals : sizeDecimals)
                            .map { .integer($0) } ?? .empty
                    })
                column += 1
            }
            return builder.take()
        }
    }
}
