package import Foundation

/// Writes files so that their final name shows either the old content or all of the new, whatever happens in between.
///
/// The bytes go to a temporary name in the same directory, are synchronised to the disk and renamed. A process that is
/// killed leaves at most a file named `.NAME.tmp-…`, which nothing reads.
package enum AtomicFile {
    package static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    package static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws {
        try write(to: path, mode: mode) { writer in try bytes.withUnsafeBytes { try writer.append($0) } }
    }

    /// Streams content through `body`. The directory is made if it is missing.
    ///
    /// - Parameter isDurable: whether to wait for the disk, so that the new content survives a power cut too. Not for
    ///   caches.
    /// - Throws: ``FileError``, and whatever `body` throws; in both cases the final name is untouched.
    package static func write(
        to path: String, mode: mode_t = 0o644, isDurable: Bool = true, _ body: (inout Writer) throws -> Void
    ) throws {
        let directory = Paths.parent(path)
        try Paths.makeDirectory(directory)
        // A name may be as long as a file system allows; with more behind it, it would not be.
        let name = String(decoding: Paths.name(path).utf8.prefix(200), as: UTF8.self)
        let temporary = "\(directory)/.\(name).tmp-\(getpid())-\(UInt32.random(in: .min ... .max))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", temporary) }
        var isDone = false
        defer {
            close(descriptor)
            if !isDone { unlink(temporary) }
        }
        var writer = Writer(descriptor: descriptor, path: path)
        try body(&writer)
        try writer.flush()
        let final = SharedDirectory.mode(mode, in: directory)
        guard fchmod(descriptor, final) == 0 else { throw FileError("set the mode of", temporary) }
        guard !isDurable || fsync(descriptor) == 0 else { throw FileError("write", path) }
        guard rename(temporary, path) == 0 else { throw FileError("rename to", path) }
        isDone = true
        guard isDurable else { return }
        let directoryDescriptor = open(directory, O_RDONLY | O_CLOEXEC)
        if directoryDescriptor >= 0 {
            fsync(directoryDescriptor)
            close(directoryDescriptor)
        }
    }

    /// A buffered writer on the temporary file.
    package struct Writer {
        private let descriptor: Int32
        private let path: String
        private var buffer: [UInt8] = []
        /// Bytes given so far.
        package private(set) var count = 0

        fileprivate init(descriptor: Int32, path: String) {
            self.descriptor = descriptor
            self.path = path
        }

        package mutating func append(_ text: String) throws {
            var text = text
            try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
        }

        package mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
            count += bytes.count
            if buffer.count + bytes.count > 1 << 16 {
                try flush()
                if bytes.count > 1 << 16 { return try writeAll(bytes) }
            }
            buffer.append(contentsOf: bytes)
        }

        fileprivate mutating func flush() throws {
            try buffer.withUnsafeBytes { try writeAll($0) }
            buffer.removeAll(keepingCapacity: true)
        }

        private func writeAll(_ bytes: UnsafeRawBufferPointer) throws {
            guard DescriptorWriting.all(bytes, to: descriptor) else { throw FileError("write", path) }
        }
    }
}
