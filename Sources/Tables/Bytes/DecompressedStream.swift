import Basics

/// What a compressed stream holds. Memory is one block and the decompressor's window.
final class DecompressedStream: ByteStream {
    /// What follows a whole member, frame or stream.
    enum Ending {
        /// Others of its kind, as `cat a.zst b.zst` makes them.
        case others
        /// Others, and zeros up to the end, as gzip files on tapes have them.
        case othersAndZeros
        /// Nothing.
        case nothing
    }

    private let source: any ByteStream
    private let decompression: any Decompression
    private let ending: Ending
    private let failure: (String) -> Failure
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    /// What of the block was not yet taken.
    private var input: Slice<UnsafeRawBufferPointer>
    private var isSourceAtEnd = false
    /// Whether a member is begun and not ended.
    private var isInside = false
    private var hasEnded = false
    private var isAtEnd = false

    /// - Parameter failure: of a sentence about what was found.
    init(
        _ source: any ByteStream, _ decompression: any Decompression, ending: Ending,
        failure: @escaping (String) -> Failure
    ) {
        (self.source, self.decompression, self.ending, self.failure) = (source, decompression, ending, failure)
        input = UnsafeRawBufferPointer(block)[..<0]
    }

    deinit { block.deallocate() }

    /// Compressed bytes as they are found in files.
    convenience init(_ source: any ByteStream, _ compression: Compression, path: String) throws {
        self.init(
            source, try compression.decompression(), ending: compression == .gzip ? .othersAndZeros : .others
        ) {
            Failure(
                compression.code, "found \($0) in '\(path)', which is compressed with \(compression.rawValue)",
                hint: "check it with \(compression.check) '\(path)', and fetch it again")
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var output = buffer[...]
        while output.count == buffer.count, !buffer.isEmpty, !isAtEnd {
            try refill()
            if input.isEmpty, !isInside {
                isAtEnd = true
            } else {
                try step(&output)
            }
        }
        return buffer.count - output.count
    }

    private func refill() throws {
        guard input.isEmpty, !isSourceAtEnd else { return }
        let count = try source.read(into: block)
        if count == 0 { isSourceAtEnd = true }
        input = UnsafeRawBufferPointer(block)[..<count]
    }

    private func step(_ output: inout Slice<UnsafeMutableRawBufferPointer>) throws {
        if hasEnded, !isInside {
            switch ending {
            case .nothing: throw failure("more bytes behind the end of compressed data")
            case .othersAndZeros where input.first == 0: return try skipZeros()
            case .others, .othersAndZeros: break
            }
        }
        let before = (input.count, output.count), wasInside = isInside
        isInside = true
        switch decompression.step(&input, &output) {
        case .ended:
            isInside = false
            hasEnded = true
        case .goesOn where before == (input.count, output.count):
            throw failure(isSourceAtEnd ? "the end inside compressed data" : "damaged data")
        case .goesOn: break
        case .damaged:
            throw failure(
                hasEnded && !wasInside ? "something else behind the end of compressed data" : "damaged data")
        }
    }

    /// Nothing but zeros may follow now.
    private func skipZeros() throws {
        while true {
            guard input.allSatisfy({ $0 == 0 }) else {
                throw failure("something else behind the end of compressed data")
            }
            input = input.dropFirst(input.count)
            try refill()
            if input.isEmpty { return }
        }
    }
}
