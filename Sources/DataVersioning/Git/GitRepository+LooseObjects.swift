import Basics
import CGit2
import CZlib
import Foundation

/// Objects of Git that were cut short, as a lost power supply leaves them.
///
/// libgit2 reads a loose object for ever whose compressed bytes end too soon (1.5.1, `git_zstream_get_output_chunk`
/// takes the end of the input for a pause), so whoever walks a history looks for such objects first.
extension GitRepository {
    /// Larger ones are content of files, which no walk reads.
    private static let largest = 1 << 20

    /// - Complexity: reads every loose object of at most 1 MiB; Git packs them by the thousand.
    /// - Throws: ``Failure`` with code `git.failed` that names the first one that was cut short.
    func requireWholeObjects() throws {
        guard let directory = objectDirectory else { return }
        for group in try Paths.entries(directory) where group.utf8.count == 2 && group.allSatisfy(\.isHexDigit) {
            try GitRepository.passingOverGone {
                for name in try Paths.entries("\(directory)/\(group)") where name.utf8.count == 38 {
                    try requireWhole(group + name)
                }
            }
        }
    }

    /// Git packs objects and removes the loose ones while others read.
    private static func passingOverGone(_ body: () throws -> Void) throws {
        do { try body() } catch let error as FileError where error.number == ENOENT {}
    }

    /// The same of one object, by its digest; what is packed or is not there is somebody else's question.
    func requireWhole(_ id: String) throws {
        guard id.utf8.count == 40, id.allSatisfy(\.isHexDigit), let directory = objectDirectory else { return }
        let path = "\(directory)/\(id.prefix(2))/\(id.dropFirst(2))"
        guard let size = Paths.size(path), size > 0, size <= GitRepository.largest else { return }
        var isCutShort = false
        try GitRepository.passingOverGone {
            isCutShort = try GitRepository.isCutShort(FileChunks.bytes(path, size: size))
        }
        guard isCutShort else { return }
        throw Failure(
            "git.failed", "found the object \(id.prefix(12)) of Git cut short, in '\(path)'",
            hint: "see what else is damaged with: git fsck; and bring it back from another clone")
    }

    private var objectDirectory: String? {
        git_repository_commondir(handle).map { Paths.join(String(cString: $0), "objects") }
    }

    /// Whether compressed bytes end before their content does. What is damaged otherwise libgit2 says by itself.
    private static func isCutShort(_ bytes: [UInt8]) throws -> Bool {
        var stream = z_stream()
        guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Failure("git.failed", "cannot start decompressing an object of Git")
        }
        defer { inflateEnd(&stream) }
        var input = bytes, output = [UInt8](repeating: 0, count: 1 << 16)
        return input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                while true {
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    let status = inflate(&stream, Z_NO_FLUSH)
                    if status == Z_OK, stream.avail_in > 0 || stream.avail_out == 0 { continue }
                    return status == Z_OK || status == Z_BUF_ERROR
                }
            }
        }
    }
}
