import Basics
import Foundation
import Tables

/// Where some whole lines stand in a file.
struct CSVPlace: Sendable {
    var offset: Int
    var count: Int
    /// Of the first line, from 1.
    var line: Int
}

/// A file in blocks of whole lines, some of which are read at once on all cores.
///
/// Memory is a round of blocks, each ``most`` bytes at most, and what they hold.
final class CSVBlocks: @unchecked Sendable {
    /// Lines of one block, and what was read of them where all are plain. Valid until the next round.
    struct Block {
        var place: CSVPlace
        var bytes: UnsafeMutableRawBufferPointer
        var rows: CSVPlainRows?

        /// Line ends.
        var lines: Int { rows?.count ?? bytes.reduce(0) { $0 + ($1 == 10 ? 1 : 0) } }
        var hasQuote: Bool { rows == nil && bytes.contains(34) }
    }

    /// Bytes of a block.
    static let most = 1 << 22, least = 1 << 20
    private static let blocks = 8

    private let path: String
    private let ranges: ByteRanges
    private let size: Int
    /// Guards everything below.
    private let lock = NSLock()
    private var buffers: [UnsafeMutableRawBufferPointer] = []
    private var found: [Block?] = []
    private var taken = 0
    private var problem: (any Error)?
    /// Blocks that are known, or where the next one starts.
    private var places: ArraySlice<CSVPlace>?
    private var next = 0
    private var isAtEnd = false

    /// - Parameter size: bytes of a block.
    init(_ path: String, size: Int) throws {
        self.path = path
        ranges = try ByteRanges(path)
        self.size = max(1, min(size, ranges.size.map { $0 + 1 } ?? size))
    }

    deinit { for buffer in buffers { buffer.deallocate() } }

    /// Takes a file that is read from its end into memory, where it cannot be read at any place.
    ///
    /// - Returns: false for one of more than `limit` bytes.
    func hold(atMost limit: Int) throws -> Bool { try ranges.isDirect || ranges.hold(atMost: limit) }

    /// The next blocks from `offset`; none at the end.
    ///
    /// - Throws: what the file throws.
    /// - Returns: blocks; a line that is longer than one is a block of its own without bytes, and the last one.
    func round(from offset: Int, _ parser: CSVPlainParser?) throws -> [Block] {
        (next, places, isAtEnd) = (offset, nil, false)
        return try run(parser == nil ? 1 : CSVBlocks.blocks, parser)
    }

    /// Blocks that are known, in any order.
    func round(_ places: ArraySlice<CSVPlace>, _ parser: CSVPlainParser?) throws -> [Block] {
        self.places = places
        return try run(places.count, parser)
    }

    private func run(_ count: Int, _ parser: CSVPlainParser?) throws -> [Block] {
        while buffers.count < count {
            buffers.append(.allocate(byteCount: size + CSVPlainCells.padding, alignment: 64))
        }
        (found, taken, problem) = (Array(repeating: nil, count: count), 0, nil)
        DispatchQueue.concurrentPerform(iterations: min(Parallel.threads, count)) { _ in
            while let (index, block) = take() {
                let rows = parser?.read(UnsafeRawBufferPointer(block.bytes))
                lock.withLock { found[index] = Block(place: block.place, bytes: block.bytes, rows: rows) }
            }
        }
        if let problem { throw problem }
        return found.compactMap { $0 }
    }

    /// Reads the next block, one thread after the other.
    private func take() -> (Int, Block)? {
        lock.withLock {
            guard taken < found.count, problem == nil else { return nil }
            let buffer = UnsafeMutableRawBufferPointer(rebasing: buffers[taken][..<size])
            do {
                guard let place = try places == nil ? follow(buffer) : known(buffer) else { return nil }
                let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<place.count])
                taken += 1
                return (taken - 1, Block(place: place, bytes: bytes, rows: nil))
            } catch {
                problem = error
                return nil
            }
        }
    }

    private func follow(_ buffer: UnsafeMutableRawBufferPointer) throws -> CSVPlace? {
        guard !isAtEnd else { return nil }
        let filled = try ranges.read(at: next, into: buffer)
        var count = filled
        if filled == buffer.count {
            while count > 0, buffer[count - 1] != 10 { count -= 1 }
            ranges.unread(UnsafeRawBufferPointer(rebasing: buffer[count..<filled]))
        }
        isAtEnd = filled < buffer.count || count == 0
        guard filled > 0 else { return nil }
        defer { next += count }
        return CSVPlace(offset: next, count: count, line: 0)
    }

    private func known(_ buffer: UnsafeMutableRawBufferPointer) throws -> CSVPlace? {
        guard let place = places?.popFirst() else { return nil }
        let whole = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(place.count, buffer.count)])
        guard try ranges.read(at: place.offset, into: whole) == place.count else {
            throw Failure(
                "data.cell", "\(path):\(place.line): found the end of the file, which was longer before",
                hint: "the file changed while it was read: read it again")
        }
        return place
    }
}
