import Basics

/// Memory that grows and stays where it is between two calls.
final class Scratch {
    private(set) var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    deinit { bytes.deallocate() }

    /// Room for so many bytes; what was in it stays.
    func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if bytes.count < count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 2 * bytes.count), alignment: 64)
            if bytes.count > 0 { larger.copyMemory(from: UnsafeRawBufferPointer(bytes)) }
            bytes.deallocate()
            bytes = larger
        }
        return UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
    }
}

/// What all columns of a file may take for pages and dictionaries together: a few stored bytes can say that they are
/// many, column by column.
final class PageBudget: Sendable {
    private let left: Guarded<Int>

    init(_ bytes: Int) { left = Guarded(bytes) }

    /// - Throws: ``ParquetDamage`` where there is no more.
    func take(_ bytes: Int) throws {
        let isThere = left.update { left in
            guard bytes <= left else { return false }
            left -= bytes
            return true
        }
        guard isThere else { throw ParquetDamage("pages that unfold to more than their file can mean") }
    }
}

/// Values that are bytes, one after another, in any encoding but a dictionary.
struct ByteValues {
    enum Form { case plain, fixed, split, lengths, prefixes }

    private let form: Form
    private let data: UnsafeRawBufferPointer
    /// The next byte, or of ``Form/split`` the next value.
    private var at = 0
    private let width: Int
    private var lengths: DeltaDecoder?, prefixes: DeltaDecoder?
    /// The value before, of which the next one repeats a part.
    private let scratch: Scratch
    private var previous = 0
    /// Bytes that repeated parts made; bounded, for a few bytes of a file can ask for many.
    private var expanded = 0
    private static let mostExpanded = 64 << 20

    /// - Throws: ``ParquetDamage``.
    init(_ form: Form, _ bytes: UnsafeRawBufferPointer, width: Int, scratch: Scratch) throws {
        (self.form, self.width, self.scratch) = (form, width, scratch)
        switch form {
        case .plain, .fixed: data = bytes
        case .split:
            guard width > 0, bytes.count % width == 0 else { throw ParquetDamage("streams of different lengths") }
            data = bytes
        case .lengths:
            let lengths = try DeltaDecoder(bytes)
            data = UnsafeRawBufferPointer(rebasing: bytes[try lengths.endOfValues()...])
            self.lengths = lengths
        case .prefixes:
            let prefixes = try DeltaDecoder(bytes)
            let rest = UnsafeRawBufferPointer(rebasing: bytes[try prefixes.endOfValues()...])
            let lengths = try DeltaDecoder(rest)
            data = UnsafeRawBufferPointer(rebasing: rest[try lengths.endOfValues()...])
            (self.prefixes, self.lengths) = (prefixes, lengths)
        }
    }

    /// The next value; valid until the one after it is asked for.
    ///
    /// - Throws: ``ParquetDamage``.
    mutating func next() throws -> UnsafeRawBufferPointer {
        switch form {
        case .plain:
            guard data.count - at >= 4 else { throw ParquetDamage("fewer values than the page says") }
            let length = Int(data.loadUnaligned(fromByteOffset: at, as: UInt32.self))
            at += 4
            return try take(length)
        case .fixed: return try take(width)
        case .split:
            let count = data.count / width
            guard at < count else { throw ParquetDamage("fewer values than the page says") }
            let out = scratch.room(width)
            for k in 0..<width { out[k] = data[k * count + at] }
            at += 1
            return UnsafeRawBufferPointer(out)
        case .lengths: return try take(try length(&lengths))
        case .prefixes: return try nextPrefixed()
        }
    }

    private func length(_ decoder: inout DeltaDecoder?) throws -> Int {
        guard let value = try decoder?.next(), let length = Int(exactly: Int64(bitPattern: value)), length >= 0 else {
            throw ParquetDamage("a value of negative length")
        }
        return length
    }

    private mutating func take(_ length: Int) throws -> UnsafeRawBufferPointer {
        guard length <= data.count - at else { throw ParquetDamage("a value beyond the end of its page") }
        defer { at += length }
        return UnsafeRawBufferPointer(rebasing: data[at..<at + length])
    }

    private mutating func nextPrefixed() throws -> UnsafeRawBufferPointer {
        let prefix = try length(&prefixes), suffix = try take(try length(&lengths))
        guard prefix <= previous else { throw ParquetDamage("a value that repeats more than there was") }
        expanded += prefix
        guard expanded <= ByteValues.mostExpanded else {
            throw ParquetDamage("a page that unfolds to more than 64 MiB")
        }
        let out = scratch.room(prefix + suffix.count)
        if !suffix.isEmpty { UnsafeMutableRawBufferPointer(rebasing: out[prefix...]).copyMemory(from: suffix) }
        previous = out.count
        return UnsafeRawBufferPointer(out)
    }
}
