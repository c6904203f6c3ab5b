/// Compression of blocks whose raw size is known, as table files hold them.
///
/// Libraries are loaded when they are first used; zlib is always there.
package enum Codec: String, CaseIterable, Sendable {
    case none, snappy, gzip, brotli, zstd
    /// Bare LZ4 blocks, as Parquet has them.
    case lz4Raw = "lz4_raw"
    /// LZ4 frames, as Arrow has them.
    case lz4Frame = "lz4"
}
