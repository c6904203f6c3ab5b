import Foundation

/// A file's bytes as memory, read when they are touched and dropped when memory is short: what makes a table larger
/// than memory usable.
///
/// The file must not shrink while it is mapped; our writers replace files instead of changing them.
package final class MappedFile: Sendable {
    package let path: String
    package let count: Int
    nonisolated(unsafe) private let base: UnsafeMutableRawPointer?

    /// - Throws: ``FileError``.
    package init(_ path: String) throws {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("stat", path) }
        count = Int(status.st_size)
        guard count > 0 else {
            base = nil
            return
        }
        guard let address = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), address != MAP_FAILED else {
            throw FileError("map", path)
        }
        base = address
    }

    deinit { if let base { munmap(base, count) } }

    /// Valid while the object lives.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Says that bytes will be read here and there, so that reading ahead would be wasted.
    package func expectRandomAccess() { if let base { madvise(base, count, MADV_RANDOM) } }
}
