import Basics
import Tables

/// Files that have to be held to be read.
enum WholeFile {
    /// All bytes, decompressed.
    ///
    /// - Throws: ``FileError``; ``Failure`` with code `data.format` for more than `most` bytes.
    static func bytes(_ path: String, atMost most: Int) throws -> [UInt8] {
        let source = try ByteSource(path),
            block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { block.deallocate() }
        var bytes: [UInt8] = []
        while true {
            let count = try source.read(into: block)
            if count == 0 { return bytes }
            bytes += UnsafeRawBufferPointer(rebasing: block[..<count])
            guard bytes.count <= most else {
                throw Failure(
                    "data.format", "found more than \(most) bytes in '\(path)', which is read as a whole",
                    hint: "split the file, or convert it to CSV or Parquet")
            }
        }
    }
}
