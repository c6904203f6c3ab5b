import Basics

/// Bytes of a column's buffer: in memory, or in the file, where only what is needed is read.
enum ArrowBuffer {
    case memory(ArraySlice<UInt8>)
    case file(OpenFile, Range<Int>)

    var count: Int {
        switch self {
        case .memory(let bytes): bytes.count
        case .file(_, let range): range.count
        }
    }

    /// So many bytes, or nil where the buffer has fewer.
    func bytes(_ offset: Int, _ count: Int) throws -> ArraySlice<UInt8>? {
        guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
        switch self {
        case .memory(let bytes):
            let start = bytes.startIndex + offset
            return bytes[start..<(start + count)]
        case .file(let file, let range):
            let bytes = try file.bytes(at: range.lowerBound + offset, count: count)
            return bytes.count == count ? bytes[...] : nil
        }
    }
}

/// The body of a batch.
struct ArrowBody {
    let bytes: ArrowBuffer
    let problems: ArrowProblems

    /// Raw bytes of all buffers of a batch at most: few stored bytes can say that they are many.
    var mostRaw: Int { max(256 << 20, bytes.count.saturatingTimes(64)) }
    /// What zstd can make of a byte at most: a block of 128 KiB of one value takes 4 bytes.
    private static let mostExpansion = Int64(1) << 16

    /// A buffer, decompressed.
    ///
    /// - Parameter left: raw bytes that the batch may still take.
    func buffer(_ range: Range<Int>, _ compression: Codec, left: inout Int) throws -> ArrowBuffer {
        if compression == .none || range.isEmpty { return try part(range.lowerBound, range.count) }
        guard range.count >= 8, let head = try bytes.bytes(range.lowerBound, 8) else {
            throw problems.damage("a compressed buffer of \(range.count) bytes", expected: "8 or more")
        }
        let size = head.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
        // −1: compression would have made it longer.
        if size == -1 { return try part(range.lowerBound + 8, range.count - 8) }
        let stored = range.count - 8
        guard size >= 0, size <= Int64(left), size / ArrowBody.mostExpansion <= Int64(stored) else {
            throw problems.damage(
                "\(size) bytes compressed to \(stored)",
                expected: "at most \(mostRaw) bytes in a batch of \(bytes.count)")
        }
        left -= Int(size)
        if size == 0 { return .memory([]) }
        guard let data = try bytes.bytes(range.lowerBound + 8, stored) else {
            throw problems.damage("the end of the file", expected: "a buffer of \(stored) bytes")
        }
        do {
            return .memory(try data.withUnsafeBytes { try compression.decompress($0, rawCount: Int(size))[...] })
        } catch let failure as Failure where failure.code == "file.compressed" {
            throw problems.damage(
                "\(stored) bytes that are no \(compression.rawValue) of \(size) bytes", expected: "compressed values")
        }
    }

    private func part(_ offset: Int, _ count: Int) throws -> ArrowBuffer {
        switch bytes {
        case .memory(let all): return .memory(all.dropFirst(offset).prefix(count))
        case .file(let file, let range):
            let start = range.lowerBound + offset
            return .file(file, start..<(start + count))
        }
    }
}
