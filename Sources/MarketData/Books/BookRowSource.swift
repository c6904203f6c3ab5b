import Basics
import Tables

/// Rows of a canonical table that books are made of, one after another, with the instruments that they are of.
///
/// Prices get the decimals that a market file says; one that would lose a digit is refused.
struct BookRowSource {
    /// Cells of one column of the present chunk.
    struct Cells {
        let values: [Int64]
        let validity: Validity

        /// - Returns: nil for an empty cell.
        @inline(__always)
        subscript(row: Int) -> Int64? { validity[row] ? values[row] : nil }
    }

    /// Larger numbers are no prices or sizes, and sums of a few of them might not fit 64 bits.
    static let largest: Int64 = 1_000_000_000_000_000_000

    let path: String
    let priceDecimals: Int
    let sizeDecimals: Int
    private let source: any ChunkSource
    private let filePriceDecimals: Int
    private let named: String?
    private var indices: [String: Int] = [:]
    private(set) var names: [String] = []
    /// Of the present chunk: place in ``names`` by code of the text.
    private var places: [Int] = []
    private var codes: [UInt32] = []
    private(set) var columns: [Cells] = []
    private(set) var texts: [DictionaryText?] = []
    private var count = 0
    /// Of the present chunk.
    private(set) var row = -1
    /// Of the present chunk, from 1.
    private(set) var chunkNumber = 0

    /// - Throws: ``Failure`` with code `data.no-books` for a table without prices.
    init(_ path: String, _ source: any ChunkSource, _ request: BookRequest, price: String, size: String) throws {
        (self.path, self.source) = (path, source)
        func scale(_ name: String) throws -> Int {
            guard case .decimal(let scale)? = source.fields.first(where: { $0.name == name })?.type,
                (0...18).contains(scale)
            else {
                throw Failure("data.no-books", "found no '\(name)' in the books of '\(path)'")
            }
            return scale
        }
        filePriceDecimals = try scale(price)
        sizeDecimals = try scale(size)
        priceDecimals = request.market?.priceDecimals ?? filePriceDecimals
        named = request.market?.files.instrument
    }

    /// Goes to the next row.
    ///
    /// - Returns: false behind the last.
    mutating func next() throws -> Bool {
        row += 1
        while row >= count {
            guard let chunk = try source.next() else { return false }
            try take(chunk)
            row = 0
        }
        return true
    }

    private mutating func take(_ chunk: TableChunk) throws {
        count = chunk.rowCount
        chunkNumber += 1
        columns.removeAll(keepingCapacity: true)
        texts.removeAll(keepingCapacity: true)
        for (field, column) in zip(chunk.fields, chunk.columns) {
            switch column.values {
            case .int64(let values): columns.append(Cells(values: values, validity: column.validity))
            case .text(let text):
                columns.append(Cells(values: [], validity: column.validity))
                texts.append(contentsOf: [DictionaryText?](repeating: nil, count: columns.count - 1 - texts.count))
                texts.append(text)
            default: throw Failure("data.format", "found '\(field.name)' in '\(path)' as \(field.type)")
            }
        }
        texts.append(contentsOf: [DictionaryText?](repeating: nil, count: columns.count - texts.count))
        guard columns.count >= CanonicalFields.common.count, let instruments = texts[4] else {
            throw Failure("data.format", "found a table without instruments in '\(path)', expected a canonical one")
        }
        codes = instruments.codes
        let used = Set(codes)
        places = try instruments.values.enumerated().map { used.contains(UInt32($0)) ? try place($1) : -1 }
        if count > 0, places.isEmpty { throw fault("found no instrument") }
    }

    private mutating func place(_ text: String) throws -> Int {
        if let known = indices[text] { return known }
        guard named == nil || indices.isEmpty else {
            throw Failure(
                "data.several-instruments",
                "found the instruments '\(indices.keys.first ?? "")' and '\(text)' in '\(path)', expected one: the "
                    + "market file names it", hint: "take files.instrument out of the market file")
        }
        indices[text] = names.count
        names.append(named ?? text)
        return names.count - 1
    }

    /// Of the present row: which of ``names`` it is of.
    var instrument: Int { places[Int(codes[row])] }
    var time: Int64 { columns[0].values[row] }
    var known: Int64 { max(columns[2].values[row], columns[0].values[row]) }
    var sequence: Int64 { columns[3][row] ?? 0 }
    var position: Int64 { columns[6].values[row] }

    /// Of the present row, in the decimals of the events; nil for an empty cell.
    func price(_ column: Int) throws -> Int64? {
        guard let raw = columns[column][row] else { return nil }
        if filePriceDecimals == priceDecimals, raw.magnitude <= BookRowSource.largest.magnitude { return raw }
        guard let value = FoundBarsReader.rescale(raw, from: filePriceDecimals, to: priceDecimals),
            value.magnitude <= BookRowSource.largest.magnitude
        else {
            let text = FixedPoint.text(raw, decimals: filePriceDecimals)
            throw Failure(
                "data.contradiction",
                "\(place): found the price \(text), which \(priceDecimals) decimals, as the market file says, do not "
                    + "hold", hint: "write priceDecimals: \(min(filePriceDecimals, MarketSpec.mostDecimals)) there")
        }
        return value
    }

    /// Of the present row; nil for an empty cell.
    func size(_ column: Int) throws -> Int64? {
        guard let raw = columns[column][row] else { return nil }
        guard (0...BookRowSource.largest).contains(raw) else {
            throw fault("found the size \(FixedPoint.text(raw, decimals: sizeDecimals)), expected none below 0")
        }
        return raw
    }

    /// Price and size of a level of the present row; zeros where there is none.
    func level(_ price: Int, _ size: Int) throws -> (price: Int64, size: Int64) {
        guard let value = try self.price(price) else { return (0, 0) }
        guard let there = try self.size(size) else {
            throw fault(
                "found a price of \(FixedPoint.text(value, decimals: priceDecimals)) without a size, expected how much "
                    + "rests there")
        }
        return there > 0 ? (value, there) : (0, 0)
    }

    /// Where the present row stands, for messages.
    var place: String {
        guard row >= 0, row < count else { return path }
        return "\(path): row \(position) of \(names[instrument])"
    }

    /// What is wrong with the present row.
    func fault(_ reason: String, hint: String = "correct the row or leave it out") -> Failure {
        Failure("data.bad-rows", "\(place): \(reason)", hint: hint)
    }
}
