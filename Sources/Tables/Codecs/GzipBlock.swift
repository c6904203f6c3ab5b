import Basics
import CZlib

/// Blocks of gzip (RFC 1952), as table files have them: usually one member, several are legal.
enum GzipBlock {
    /// Decompresses a block; whether it fills `raw` exactly and nothing is left of it.
    static func decompress(_ stored: UnsafeRawBufferPointer, into raw: UnsafeMutableRawBufferPointer) -> Bool {
        guard let inflater = Inflater(.gzip) else { return false }
        var input = stored[...], output = raw[...]
        // A place to write to, so that a block that is too long is seen, and an empty one can end.
        var more: UInt8 = 0
        while !input.isEmpty {
            let before = (input.count, output.count)
            let status: DecompressionStatus
            if output.isEmpty {
                status = withUnsafeMutableBytes(of: &more) { spare in
                    var room = spare[...]
                    let status = inflater.step(&input, &room)
                    return room.isEmpty ? .damaged : status
                }
            } else {
                status = inflater.step(&input, &output)
            }
            switch status {
            case .damaged: return false
            case .ended: if input.isEmpty { return output.isEmpty }
            case .goesOn: if before == (input.count, output.count) { return false }
            }
        }
        return false
    }

    /// One member; nil if zlib cannot count the bytes.
    static func compress(_ raw: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let count = UInt32(exactly: raw.count) else { return nil }
        var state = z_stream()
        // 16 + 15: gzip with the largest window; memory level 8 is zlib's own.
        let isReady = deflateInit2_(
            &state, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard isReady == Z_OK else { return nil }
        defer { deflateEnd(&state) }
        // What stored blocks and the frame of gzip take at most, beyond zlib's own bound.
        guard let bound = UInt32(exactly: deflateBound(&state, UInt(raw.count)) + 32) else { return nil }
        var isWhole = false
        let stored = [UInt8](unsafeUninitializedCapacity: Int(bound)) { buffer, written in
            state.next_in = UnsafeMutablePointer(mutating: raw.baseAddress?.assumingMemoryBound(to: UInt8.self))
            state.avail_in = count
            state.next_out = buffer.baseAddress
            state.avail_out = bound
            isWhole = deflate(&state, Z_FINISH) == Z_STREAM_END
            written = Int(bound - state.avail_out)
        }
        return isWhole ? stored : nil
    }
}
