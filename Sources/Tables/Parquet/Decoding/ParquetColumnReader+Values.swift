import Basics

/// Values of the page that is open.
extension ParquetColumnReader {
    func bools(_ out: UnsafeMutablePointer<Bool>, _ count: Int) throws {
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

    func cells(_ cell: ParquetCell, _ out: UnsafeMutablePointer<UInt64>, _ count: Int) throws {
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

    func textCodes(_ out: UnsafeMutablePointer<UInt32>, _ count: Int) throws {
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

    func byteRows(_ count: Int, _ validity: inout Validity) throws -> [[UInt8]] {
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
    func take(_ bytes: UnsafeRawBufferPointer, _ count: Int) throws {
        guard !hasDictionary else { throw ParquetDamage("a second dictionary") }
        hasDictionary = true
        let width = column.width
        try reserve(entries: min(count, bytes.count))
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
        let copy = try room(dictionaryMemory, bytes.count)
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
