import CProcess

/// How the memory of chunks is given back.
package enum ChunkMemory {
    /// Keeps freed blocks of up to 32 MiB, at most 128 MiB of them at the end of a heap, for the chunks that come next.
    ///
    /// A chunk's columns are allocated anew for every chunk. Left alone, the C library gives each of them back to the
    /// system and takes it again, zeroed page by page: measured on Parquet, five times as long as decoding takes. Holds
    /// for the whole process, from the first call on.
    package static func keep() { _ = isKept }

    private static let isKept = cs_keep_freed_memory(32 << 20, 128 << 20) != 0
}
