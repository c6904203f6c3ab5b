import CCodecs

/// Decompresses streams with a library that is loaded now: zstd, bzip2 or LZ4 frames.
final class LibraryDecompression: Decompression {
    private let state: UnsafeMutableRawPointer

    private init(_ codec: Int, _ name: String, package: String) throws {
        guard let state = hftml_stream_open(Int32(codec)) else {
            throw Codec.missingLibrary(of: name, package: package)
        }
        self.state = state
    }

    deinit { hftml_stream_close(state) }

    /// Frames that need a window of more than 128 MiB are taken for damaged, as the library does by itself.
    static func zstd() throws -> LibraryDecompression {
        try .init(hftml_codec_zstd, "zstd", package: "libzstd1")
    }

    static func bzip2() throws -> LibraryDecompression {
        try .init(hftml_codec_bzip2, "bzip2", package: "libbz2-1.0")
    }

    static func lz4() throws -> LibraryDecompression {
        try .init(hftml_codec_lz4_frame, "lz4", package: "liblz4-1")
    }

    func step(_ input: inout Slice<UnsafeRawBufferPointer>, _ output: inout Slice<UnsafeMutableRawBufferPointer>)
        -> DecompressionStatus
    {
        let source = UnsafeRawBufferPointer(rebasing: input), target = UnsafeMutableRawBufferPointer(rebasing: output)
        var from = source.baseAddress, fromCount = source.count
        var to = target.baseAddress, toCount = target.count
        let status = hftml_stream_step(state, &from, &fromCount, &to, &toCount)
        input = input.dropFirst(source.count - fromCount)
        output = output.dropFirst(target.count - toCount)
        switch status {
        case 0: return .goesOn
        case 1: return .ended
        default: return .damaged
        }
    }
}
