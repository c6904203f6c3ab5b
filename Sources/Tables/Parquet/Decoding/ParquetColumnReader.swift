import Basics
import Foundation

/// Reads one column from the front, page by page.
///
/// One thread at a time uses it; memory is a page, a dictionary and the rows that are asked for.
final class ParquetColumnReader: @unchecked Sendable {
    let column: ParquetColumn
    private let file: UnsafeRawBufferPointer
    private let footerStart: Int
    let memory: Scratch, dictionaryMemory: Scratch
    let prefixes = Scratch(), levels = Scratch()
    private let budget: PageBudget
    /// Bytes that dictionaries have taken beside their pages.
    private var dictionaryBytes = 0
    let positions = UnsafeMutablePointer<UInt32>.allocate(capacity: positionsCount)
    static let positionsCount = 1024

    /// The row group that is read.
    private(set) var group = 0
    /// Of columns whose cells are numbers, and of text.
    private var integers = SpareArrays<Int64>(), unsigned = SpareArrays<UInt64>()
    private var doubles = SpareArrays<Double>(), codeRows = SpareArrays<UInt32>()

    private var pages: ParquetPages?
    var page: ParquetPages.Open?
    var hasDictionary = false
    /// The dictionary: as cells, or as where its values lie in their memory.
    var cells: [UInt64] = []
    var entries: [(start: Int, count: Int)] = []
    /// Of each entry its code among the texts, once it occurred.
    var codes: [UInt32] = []
    var texts = TextInterner()
    var binaries: [[UInt8]] = []

    /// Distinct texts that are carried from one chunk to the next.
    private static let mostTexts = 1 << 17

    init(_ column: ParquetColumn, file: UnsafeRawBufferPointer, footerStart: Int, budget: PageBudget) {
        (self.column, self.file, self.footerStart, self.budget) = (column, file, footerStart, budget)
        (memory, dictionaryMemory) = (Scratch(), Scratch())
    }

    /// Takes memory for so many entries of a dictionary.
    func reserve(entries count: Int) throws {
        let bytes = count.saturatingTimes(24)
        if bytes > dictionaryBytes {
            try budget.take(bytes - dictionaryBytes)
            dictionaryBytes = bytes
        }
    }

    /// Room for the bytes of a page or dictionary.
    func room(_ scratch: Scratch, _ count: Int) throws -> UnsafeMutableRawBufferPointer {
        if count > scratch.bytes.count { try budget.take(max(count, 2 * scratch.bytes.count) - scratch.bytes.count) }
        return scratch.room(count)
    }

    deinit { positions.deallocate() }

    /// Goes to a row group.
    ///
    /// - Throws: ``ParquetDamage``.
    func start(_ group: ParquetFooter.Group, number: Int) throws {
        self.group = number
        pages = try ParquetPages(
            column, group.chunks[column.leaf], rows: group.rows, file: file, footerStart: footerStart,
            prefixes: prefixes, room: { [unowned self] in try room(memory, $0) })
        page = nil
        hasDictionary = false
        cells = []
        entries = []
        codes = []
        binaries = []
    }

    /// The byte of the file where the next page begins: for messages.
    var position: Int { pages?.position ?? 0 }

    /// Says that there are no more rows in this row group.
    ///
    /// - Throws: ``ParquetDamage`` if there are.
    func finish() throws {
        guard let page, page.left > 0 else { return }
        throw ParquetDamage("more values than rows")
    }

    /// The next rows.
    ///
    /// - Parameter batch: number of the batch that they belong to; arrays of the one before the last are filled again.
    /// - Throws: ``ParquetDamage``; what ``Codec/decompress(_:into:)`` throws.
    func read(_ count: Int, batch: Int) throws -> ColumnVector {
        var validity = Validity()
        var none = SpareArrays<Bool>()
        let values: ColumnVector.Values
        switch column.kind {
        case .bool:
            values = .bool(try fill(count, empty: false, &none, batch, &validity) { try self.bools($0, $1) })
        case .cells(let cell):
            switch column.field.type {
            case .uint64:
                values = .uint64(
                    try fill(count, empty: 0, &unsigned, batch, &validity) { try self.cells(cell, $0, $1) })
            case .float32, .float64:
                values = .float64(
                    try fill(count, empty: .nan, &doubles, batch, &validity) { out, n in
                        try out.withMemoryRebound(to: UInt64.self, capacity: n) { try self.cells(cell, $0, n) }
                    })
            default:
                values = .int64(
                    try fill(count, empty: 0, &integers, batch, &validity) { out, n in
                        try out.withMemoryRebound(to: UInt64.self, capacity: n) { try self.cells(cell, $0, n) }
                    })
            }
        case .text:
            if texts.values.count > ParquetColumnReader.mostTexts {
                texts = TextInterner()
                codes = [UInt32](repeating: .max, count: codes.count)
            }
            let rows = try fill(count, empty: 0, &codeRows, batch, &validity) { try self.textCodes($0, $1) }
            values = .text(DictionaryText(values: texts.values, codes: rows))
        case .binary: values = .binary(try byteRows(count, &validity))
        case .null:
            _ = try fill(count, empty: false, &none, batch, &validity) { _, n in
                guard n == 0 else { throw ParquetDamage("values in a column that has none") }
            }
            values = .null(count: count)
        }
        return ColumnVector(values, validity: validity)
    }

    /// Sees to it that a page with rows is open, and tells how many of those wanted it has.
    func rows(_ wanted: Int) throws -> Int {
        while (page?.left ?? 0) == 0 {
            page = nil
            page = try pages?.next(
                dictionary: { bytes, count in try self.take(bytes, count) }, hasDictionary: { self.hasDictionary })
            if pages == nil { throw ParquetDamage("no row group") }
        }
        return min(page?.left ?? 0, wanted)
    }

    /// Reads which of the next rows have a value; how many have. Where not all have, ``levels`` tells which.
    func present(_ count: Int, _ validity: inout Validity) throws -> Int {
        guard page?.levels != nil else {
            validity.append(true, count: count)
            return count
        }
        if try page?.levels?.takeRun(count, of: 1) == true {
            validity.append(true, count: count)
            return count
        }
        let bits = levels.room(count)
        guard let out = bits.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
        try page?.levels?.read(out, count)
        var present = 0
        for i in 0..<count { present += Int(out[i]) }
        if present == count { validity.append(true, count: count) } else { validity.append(out, count: count) }
        return present
    }

    /// Makes an array of rows: `values` reads the present ones one behind the other, then they are moved apart.
    private func fill<T: BitwiseCopyable>(
        _ count: Int, empty: T, _ spares: inout SpareArrays<T>, _ batch: Int, _ validity: inout Validity,
        _ values: (UnsafeMutablePointer<T>, Int) throws -> Void
    ) throws -> [T] {
        // Elements of these types need not be made before they are written.
        var array =
            spares.take(count, filling: empty, batch: batch)
            ?? [T](unsafeUninitializedCapacity: count) { $1 = count }
        try array.withUnsafeMutableBufferPointer { buffer in
            guard let out = buffer.baseAddress else { return }
            var done = 0
            while done < count {
                let n = try rows(count - done), present = try present(n, &validity)
                let start = out + done
                if present > 0 { try values(start, present) }
                if present < n { spread(start, n, present, empty) }
                page?.left -= n
                done += n
            }
        }
        spares.keep(array, batch: batch)
        return array
    }

    private func spread<T>(_ out: UnsafeMutablePointer<T>, _ count: Int, _ present: Int, _ empty: T) {
        guard let levels = levels.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        var from = present, row = count
        while row > 0 {
            row -= 1
            if levels[row] != 0 {
                from -= 1
                out[row] = out[from]
            } else {
                out[row] = empty
            }
        }
    }
}
