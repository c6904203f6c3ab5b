import Basics
import Foundation

/// Reads one column from the front, page by page.
///
/// One thread at a time uses it; memory is a page, a dictionary and the rows that are asked for.
final class ParquetColumnReader: @unchecked Sendable {
    let column: ParquetColumn
    private let file: UnsafeRawBufferPointer
    private let footerStart: Int
    private let memory = Scratch(), dictionaryMemory = Scratch(), prefixes = Scratch(), levels = Scratch()
    private let positions = UnsafeMutablePointer<UInt32>.allocate(capacity: positionsCount)
    private static let positionsCount = 1024

    private var pages: ParquetPages?
    private var page: ParquetPages.Open?
    private var hasDictionary = false
    /// The dictionary: as cells, or as where its values lie in their memory.
    private var cells: [UInt64] = []
    private var entries: [(start: Int, count: Int)] = []
    /// Of each entry its code among the texts, once it occurred.
    private var codes: [UInt32] = []
    private var texts = TextInterner()
    private var binaries: [[UInt8]] = []

    /// Distinct texts that are carried from one chunk to the next.
    private static let mostTexts = 1 << 17

    init(_ column: ParquetColumn, file: UnsafeRawBufferPointer, footerStart: Int) {
        (self.column, self.file, self.footerStart) = (column, file, footerStart)
    }

    deinit { positions.deallocate() }

    /// Goes to a row group.
    ///
    /// - Throws: ``ParquetDamage``.
    func start(_ group: ParquetFooter.Group) throws {
        pages = try ParquetPages(
            column, group.chunks[column.leaf], rows: group.rows, file: file, footerStart: footerStart,
            memory: memory, prefixes: prefixes)
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
    /// - Throws: ``ParquetDamage``; what ``Codec/decompress(_:into:)`` throws.
    func read(_ count: Int) throws -> ColumnVector {
        var validity = Validity()
        let values: ColumnVector.Values
        switch column.kind {
        case .bool:
            values = .bool(try fill(count, empty: false, &validity) { try self.bools($0, $1) })
        case .cells(let cell):
            switch column.field.type {
            case .uint64:
                values = .uint64(try fill(count, empty: 0, &validity) { try self.cells(cell, $0, $1) })
            case .float32, .float64:
                values = .float64(
                    try fill(count, empty: .nan, &validity) { out, n in
                        try out.withMemoryRebound(to: UInt64.self, capacity: n) { try self.cells(cell, $0, n) }
                    })
            default:
                values = .int64(
                    try fill(count, empty: 0, &validity) { out, n in
                        try out.withMemoryRebound(to: UInt64.self, capacity: n) { try self.cells(cell, $0, n) }
                    })
            }
        case .text:
            if texts.values.count > ParquetColumnReader.mostTexts {
                texts = TextInterner()
                codes = [UInt32](repeating: .max, count: codes.count)
            }
            let rows = try fill(count, empty: 0, &validity) { try self.textCodes($0, $1) }
            values = .text(DictionaryText(values: texts.values, codes: rows))
        case .binary: values = .binary(try byteRows(count, &validity))
        case .null:
            _ = try fill(count, empty: UInt8(0), &validity) { _, n in
                guard n == 0 else { throw ParquetDamage("values in a column that has none") }
            }
            values = .null(count: count)
        }
        return ColumnVector(values, validity: validity)
    }

    /// Sees to it that a page with rows is open, and tells how many of those wanted it has.
    private func rows(_ wanted: Int) throws -> Int {
        while (page?.left ?? 0) == 0 {
            page = nil
            page = try pages?.next(
                dictionary: { bytes, count in try self.take(bytes, count) }, hasDictionary: { self.hasDictionary })
            if pages == nil { throw ParquetDamage("no row group") }
        }
        return min(page?.left ?? 0, wanted)
    }

    /// Reads which of the next rows have a value; how many have. Where not all have, ``levels`` tells which.
    private func present(_ count: Int, _ validity: inout Validity) throws -> Int {
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
    private func fill<T>(
        _ count: Int, empty: T, _ validity: inout Validity, _ values: (UnsafeMutablePointer<T>, Int) throws -> Void
    ) throws -> [T] {
        try [T](unsafeUninitializedCapacity: count) { buffer, initialized in
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
            initialized = count
        }
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

/// Values of the page that is open.
extension ParquetColumnReader {
    private func bools(_ out: UnsafeMutablePointer<Bool>, _ count: Int) throws {
        guard var page else { return }
        self.page = nil
        switch page.form {
        case .bits:
            guard count <= page.data.count * 8 - page.next else {
                throw ParquetDamage("fewer values than the page says")
            }
            for i in 0..<count {
                let bit = page.next + i
                out[i] = page.data[bit >> 3] >> UInt8(bit & 7) & 1 == 1
            }
            page.next += count
        case .runs(var runs):
            try out.withMemoryRebound(to: UInt8.self, capacity: count) { try runs.read($0, count) }
            page.form = .runs(runs)
        default: throw ParquetDamage("truth values in an encoding that has none")
        }
        self.page = page
    }

    private func cells(_ cell: ParquetCell, _ out: UnsafeMutablePointer<UInt64>, _ count: Int) throws {
        guard var page else { return }
        self.page = nil
        let width = column.width
        switch page.form {
        case .plain:
            guard count <= (page.data.count - page.next) / width, let base = page.data.baseAddress else {
                throw ParquetDamage("fewer values than the page says")
            }
            try cell.convert(base + page.next, width: width, out, count)
            page.next += count * width
        case .split:
            let all = page.data.count / width
            guard count <= all - page.next, let base = page.data.baseAddress else {
                throw ParquetDamage("fewer values than the page says")
            }
            try split(cell, base.assumingMemoryBound(to: UInt8.self) + page.next, all, out, count)
            page.next += count
        case .dictionary(var indices):
            try eachPosition(&indices, count, below: cells.count) { start, n in
                self.cells.withUnsafeBufferPointer { cells in
                    for i in 0..<n { out[start + i] = cells[Int(self.positions[i])] }
                }
            }
            page.form = .dictionary(indices)
        case .delta(var delta):
            try delta.read(out, count)
            page.form = .delta(delta)
            switch cell {
            case .signed: for i in 0..<count { out[i] = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: out[i]))) }
            case .unsigned: for i in 0..<count { out[i] = UInt64(UInt32(truncatingIfNeeded: out[i])) }
            default: break
            }
        case .bytes(var bytes):
            for i in 0..<count { out[i] = try cell.one(try bytes.next()) }
            page.form = .bytes(bytes)
        default: throw ParquetDamage("numbers in an encoding that has none")
        }
        self.page = page
    }

    /// Puts values together whose bytes lie `all` apart.
    private func split(
        _ cell: ParquetCell, _ base: UnsafePointer<UInt8>, _ all: Int, _ out: UnsafeMutablePointer<UInt64>,
        _ count: Int
    ) throws {
        if column.width == 8 {
            for i in 0..<count {
                var word = UInt64(base[i])
                for k in 1..<8 { word |= UInt64(base[k * all + i]) << UInt64(8 * k) }
                out[i] = word
            }
            return
        }
        for i in 0..<count {
            var word = UInt32(base[i])
            for k in 1..<4 { word |= UInt32(base[k * all + i]) << UInt32(8 * k) }
            switch cell {
            case .float: out[i] = Double(Float(bitPattern: word)).bitPattern
            case .unsigned: out[i] = UInt64(word)
            default: out[i] = UInt64(bitPattern: Int64(Int32(bitPattern: word)))
            }
        }
    }

    /// Reads positions in the dictionary in parts, each of which has been checked.
    private func eachPosition(
        _ indices: inout HybridDecoder, _ count: Int, below limit: Int, _ body: (Int, Int) throws -> Void
    ) throws {
        var done = 0
        while done < count {
            let n = min(count - done, ParquetColumnReader.positionsCount)
            try indices.read(positions, n)
            var most: UInt32 = 0
            for i in 0..<n { most = max(most, positions[i]) }
            guard Int(most) < limit else { throw ParquetDamage("position \(most) in a dictionary of \(limit)") }
            try body(done, n)
            done += n
        }
    }

    private func textCodes(_ out: UnsafeMutablePointer<UInt32>, _ count: Int) throws {
        guard var page else { return }
        self.page = nil
        switch page.form {
        case .dictionary(var indices):
            try eachPosition(&indices, count, below: entries.count) { start, n in
                for i in 0..<n {
                    let position = Int(self.positions[i])
                    if self.codes[position] == .max {
                        self.codes[position] = try self.texts.code(self.entry(position))
                    }
                    out[start + i] = self.codes[position]
                }
            }
            page.form = .dictionary(indices)
        case .bytes(var bytes):
            for i in 0..<count { out[i] = try texts.code(try bytes.next()) }
            page.form = .bytes(bytes)
        default: throw ParquetDamage("text in an encoding that has none")
        }
        self.page = page
    }

    private func entry(_ position: Int) -> UnsafeRawBufferPointer {
        let (start, count) = entries[position]
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(dictionaryMemory.bytes)[start..<start + count])
    }

    private func byteRows(_ count: Int, _ validity: inout Validity) throws -> [[UInt8]] {
        var out: [[UInt8]] = []
        out.reserveCapacity(count)
        while out.count < count {
            let n = try rows(count - out.count), present = try present(n, &validity)
            let first = out.count
            try appendBytes(present, &out)
            if present < n {
                let values = out[first...]
                out.removeSubrange(first...)
                var next = values.startIndex
                for row in 0..<n {
                    if levels.bytes[row] != 0 {
                        out.append(values[next])
                        next += 1
                    } else {
                        out.append([])
                    }
                }
            }
            page?.left -= n
        }
        return out
    }

    private func appendBytes(_ count: Int, _ out: inout [[UInt8]]) throws {
        guard count > 0, var page else { return }
        self.page = nil
        switch page.form {
        case .dictionary(var indices):
            try eachPosition(&indices, count, below: entries.count) { _, n in
                if self.binaries.isEmpty { self.binaries = self.entries.indices.map { [UInt8](self.entry($0)) } }
                for i in 0..<n { out.append(self.binaries[Int(self.positions[i])]) }
            }
            page.form = .dictionary(indices)
        case .bytes(var bytes):
            for _ in 0..<count { out.append([UInt8](try bytes.next())) }
            page.form = .bytes(bytes)
        default: throw ParquetDamage("bytes in an encoding that has none")
        }
        self.page = page
    }

    /// Takes a dictionary in.
    private func take(_ bytes: UnsafeRawBufferPointer, _ count: Int) throws {
        guard !hasDictionary else { throw ParquetDamage("a second dictionary") }
        hasDictionary = true
        let width = column.width
        if case .cells(let cell) = column.kind {
            guard count <= bytes.count / (width > 0 ? width : 4) else {
                throw ParquetDamage("a dictionary that is cut short")
            }
            cells = try [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
                guard count > 0, let out = buffer.baseAddress, let base = bytes.baseAddress else { return }
                if width > 0 {
                    try cell.convert(base, width: width, out, count)
                } else {
                    var values = try ByteValues(.plain, bytes, width: 0, scratch: prefixes)
                    for i in 0..<count { out[i] = try cell.one(try values.next()) }
                }
                initialized = count
            }
            return
        }
        guard column.kind == .text || column.kind == .binary else { return }
        guard count <= bytes.count / (width > 0 ? width : 4) else {
            throw ParquetDamage("a dictionary that is cut short")
        }
        let copy = dictionaryMemory.room(bytes.count)
        copy.copyMemory(from: bytes)
        let kept = UnsafeRawBufferPointer(copy)
        var values = try ByteValues(width > 0 ? .fixed : .plain, kept, width: width, scratch: prefixes)
        entries.reserveCapacity(count)
        var at = 0
        for _ in 0..<count {
            let value = try values.next()
            let start = at + (width > 0 ? 0 : 4)
            entries.append((start, value.count))
            at = start + value.count
        }
        codes = [UInt32](repeating: .max, count: count)
    }
}
