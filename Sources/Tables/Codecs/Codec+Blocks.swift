import Basics
import CCodecs

/// Compressing and decompressing one block.
extension Codec {
    /// The raw bytes of a block.
    ///
    /// - Parameter rawCount: bytes of the block when raw; check it against what the file can hold before asking, for
    ///   so many are allocated.
    /// - Throws: ``Failure`` with code `file.compressed` if the block is damaged, followed by something, or has another
    ///   raw size; `file.no-library`.
    package func decompress(_ stored: UnsafeRawBufferPointer, rawCount: Int) throws -> [UInt8] {
        guard rawCount >= 0 else { throw damage(stored.count, rawCount) }
        return try [UInt8](unsafeUninitializedCapacity: rawCount) { buffer, count in
            try decompress(
                stored, into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: rawCount))
            count = rawCount
        }
    }

    /// Decompresses a block that fills `raw` exactly.
    ///
    /// - Throws: as ``decompress(_:rawCount:)``; then what `raw` holds is not said.
    package func decompress(_ stored: UnsafeRawBufferPointer, into raw: UnsafeMutableRawBufferPointer) throws {
        switch self {
        case .none:
            guard stored.count == raw.count else { throw damage(stored.count, raw.count) }
            raw.copyMemory(from: stored)
        case .gzip:
            guard GzipBlock.decompress(stored, into: raw) else { throw damage(stored.count, raw.count) }
        case .snappy:
            guard SnappyBlock.decompress(stored, into: raw) else { throw damage(stored.count, raw.count) }
        case .brotli, .zstd, .lz4Raw, .lz4Frame:
            try load()
            let status = hftml_codec_decompress(
                number, stored.baseAddress, stored.count, raw.baseAddress, raw.count)
            guard status == 0 else { throw damage(stored.count, raw.count) }
        }
    }

    /// The block compressed, at the level that its library takes by itself (brotli: 5 of 11).
    ///
    /// - Throws: ``Failure`` with code `file.no-library`, or `file.compressed` for blocks of 2 GiB and more.
    package func compress(_ raw: UnsafeRawBufferPointer) throws -> [UInt8] {
        switch self {
        case .none: return [UInt8](raw)
        case .gzip:
            guard let stored = GzipBlock.compress(raw) else { throw tooLarge(raw.count) }
            return stored
        case .snappy, .brotli, .zstd, .lz4Raw, .lz4Frame:
            try load()
            let bound = hftml_codec_bound(number, raw.count)
            guard bound > 0 else { throw tooLarge(raw.count) }
            let stored = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
                count = hftml_codec_compress(number, raw.baseAddress, raw.count, buffer.baseAddress, bound)
            }
            guard !stored.isEmpty else { throw tooLarge(raw.count) }
            return stored
        }
    }

    /// What the C module calls it; none of `none` and `gzip`.
    private var number: Int32 {
        switch self {
        case .none, .gzip: -1
        case .snappy: Int32(hftml_codec_snappy)
        case .brotli: Int32(hftml_codec_brotli)
        case .zstd: Int32(hftml_codec_zstd)
        case .lz4Raw: Int32(hftml_codec_lz4)
        case .lz4Frame: Int32(hftml_codec_lz4_frame)
        }
    }

    private func load() throws {
        guard hftml_codec_load(number) != 0 else { return }
        let package =
            switch self {
            case .snappy: "libsnappy1v5"
            case .brotli: "libbrotli1"
            case .zstd: "libzstd1"
            default: "liblz4-1"
            }
        throw Codec.missingLibrary(of: rawValue, package: package)
    }

    /// What is said where a library cannot be loaded.
    static func missingLibrary(of codec: String, package: String) -> Failure {
        Failure(
            "file.no-library", "cannot load the library that decompresses \(codec)",
            hint: "install it with: apt-get install \(package)")
    }

    private func damage(_ stored: Int, _ raw: Int) -> Failure {
        Failure(
            "file.compressed", "found \(stored) bytes of \(rawValue) that do not decompress to exactly \(raw)",
            hint: "the file is damaged; fetch it again")
    }

    private func tooLarge(_ count: Int) -> Failure {
        Failure(
            "file.compressed", "cannot compress a block of \(count) bytes with \(rawValue)",
            hint: "write fewer rows a block, or choose another compression")
    }
}
