import CZlib

/// Decompresses gzip members or bare deflate streams with zlib. Checksums of gzip are zlib's to check.
final class Inflater: Decompression {
    /// What stands around the deflated bytes.
    enum Frame: Int32 {
        /// 16 + 15: gzip with the largest window.
        case gzip = 31
        /// Nothing, as in zip archives.
        case none = -15
    }

    /// zlib remembers the address of its state, so it must not move.
    private let state: UnsafeMutablePointer<z_stream>
    /// Whether zlib waits for a new member.
    private var isFresh = true

    /// Nil without memory.
    init?(_ frame: Frame) {
        state = .allocate(capacity: 1)
        state.initialize(to: z_stream())
        let status = inflateInit2_(state, frame.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            state.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(state)
        state.deallocate()
    }

    func step(_ input: inout Slice<UnsafeRawBufferPointer>, _ output: inout Slice<UnsafeMutableRawBufferPointer>)
        -> DecompressionStatus
    {
        if !isFresh {
            guard inflateReset(state) == Z_OK else { return .damaged }
            isFresh = true
        }
        let from = UnsafeRawBufferPointer(rebasing: input), to = UnsafeMutableRawBufferPointer(rebasing: output)
        let taken = UInt32(clamping: from.count), room = UInt32(clamping: to.count)
        state.pointee.next_in = UnsafeMutablePointer(
            mutating: from.baseAddress?.assumingMemoryBound(to: UInt8.self))
        state.pointee.avail_in = taken
        state.pointee.next_out = to.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_out = room
        let status = inflate(state, Z_NO_FLUSH)
        input = input.dropFirst(Int(taken - state.pointee.avail_in))
        output = output.dropFirst(Int(room - state.pointee.avail_out))
        switch status {
        case Z_OK, Z_BUF_ERROR: return .goesOn
        case Z_STREAM_END:
            isFresh = false
            return .ended
        default: return .damaged
        }
    }
}
