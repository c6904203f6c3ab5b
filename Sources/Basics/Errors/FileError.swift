import Foundation

/// A system call on a file failed.
package struct FileError: UserFacingError, Equatable {
    package let operation: String
    package let path: String
    package let number: Int32

    package init(_ operation: String, _ path: String, number: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.number = number
    }

    package var code: String { number == ENOENT ? "file.missing" : "file.failed" }
    package var message: String { "cannot \(operation) '\(path)': \(String(cString: strerror(number)).lowercased())" }
    package var hint: String? {
        switch number {
        case ENOENT: "check the path; relative paths start at the current directory"
        case EACCES, EPERM: "check the permissions of the file and its directory"
        case ENOSPC, EDQUOT: "free some space and run the same command again"
        default: nil
        }
    }
}

/// Reads files in chunks of bounded size.
package enum FileChunks {
    /// Calls `body` with every chunk in order.
    ///
    /// - Throws: ``FileError``, and whatever `body` throws.
    package static func read(_ path: String, size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        try read(path, descriptor, size: size, body)
    }

    /// The same of what is open already, from where it stands.
    private static func read(
        _ path: String, _ descriptor: Int32, size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = Foundation.read(descriptor, buffer.baseAddress, size)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("read", path)
            }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The whole file; for small ones.
    package static func bytes(_ path: String) throws -> [UInt8] {
        var out: [UInt8] = []
        try read(path, size: 1 << 16) { out += $0 }
        return out
    }

    /// The whole file in one read, when its size is known.
    package static func bytes(_ path: String, size: Int) throws -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(size)
        try read(path, size: max(1, min(size, 1 << 20))) { out += $0 }
        return out
    }

    package static func text(_ path: String) throws -> String { try text(path, of: try bytes(path)) }

    /// The text of a file that is open, to its end.
    static func text(_ path: String, _ descriptor: Int32) throws -> String {
        var bytes: [UInt8] = []
        try read(path, descriptor, size: 1 << 16) { bytes += $0 }
        return try text(path, of: bytes)
    }

    private static func text(_ path: String, of bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(
                "file.encoding", "found bytes in '\(path)' that are not UTF-8", hint: "save the file as UTF-8")
        }
        return text
    }
}
