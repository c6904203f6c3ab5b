import Basics
import Foundation

/// One SFTP session (draft-ietf-secsh-filexfer-02, version 3, which every server speaks) over a child `ssh`. For one
/// thread at a time.
final class SFTPConnection: @unchecked Sendable {
    private enum Kind: UInt8 {
        case start = 1, version = 2, open = 3, close = 4, read = 5, write = 6, openDirectory = 11, readDirectory = 12,
            remove = 13, makeDirectory = 14, stat = 17, rename = 18
        case status = 101, handle = 102, data = 103, names = 104, attributes = 105, extended = 200
    }

    /// Bytes that every server takes in one packet.
    private static let block = 32 << 10
    /// Requests under way at once: 2 MiB, enough for a long fast line.
    private static let window = 64

    private let process: ChildProcess
    /// Our ends of the child's standard streams.
    private let input: Int32, output: Int32, errors: Int32
    private let url: String
    private var nextID: UInt32 = 0
    private var hasPosixRename = false
    private var known: Set<String> = []

    init(_ arguments: [String], url: String) throws {
        self.url = url
        // A server that goes away must be an error, not the end of this process.
        signal(SIGPIPE, SIG_IGN)
        let toChild = try ChildProcess.pipe(), fromChild = try ChildProcess.pipe(), said = try ChildProcess.pipe()
        (input, output, errors) = (toChild.write, fromChild.read, said.read)
        do {
            // Closed before the first answer is awaited: as long as our own copies were open, a child that dies would
            // not be noticed.
            defer { for descriptor in [toChild.read, fromChild.write, said.write] { close(descriptor) } }
            process = try ChildProcess(arguments, input: toChild.read, output: fromChild.write, errors: said.write)
        } catch {
            for descriptor in [toChild.write, fromChild.read, said.read] { close(descriptor) }
            throw RemoteError(
                "remote.ssh", "cannot start '\(arguments[0])': \(error)", hint: "install the OpenSSH client")
        }
        try send(.start, [0, 0, 0, 3], withID: false)
        var answer = try receive()
        guard answer.kind == Kind.version.rawValue, answer.uint32() >= 3 else {
            throw RemoteError("remote.no-sftp", "found no SFTP version 3 at '\(url)'")
        }
        while !answer.isAtEnd {
            let name = answer.string()
            _ = answer.string()
            if name == "posix-rename@openssh.com" { hasPosixRename = true }
        }
    }

    deinit {
        close(input)
        process.signal(SIGTERM)
        process.wait()
        close(output)
        close(errors)
    }

    // MARK: Packets

    private struct Reader {
        let kind: UInt8
        let bytes: [UInt8]
        var at = 0
        var isAtEnd: Bool { at >= bytes.count }

        mutating func uint32() -> UInt32 {
            guard at + 4 <= bytes.count else { at = bytes.count; return 0 }
            defer { at += 4 }
            return bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }

        mutating func uint64() -> UInt64 { UInt64(uint32()) << 32 | UInt64(uint32()) }

        mutating func data() -> ArraySlice<UInt8> {
            let count = Int(uint32())
            guard count <= bytes.count - at else { at = bytes.count; return [] }
            defer { at += count }
            return bytes[at..<at + count]
        }

        mutating func string() -> String { String(decoding: data(), as: UTF8.self) }

        /// Size, time and whether it is a directory, as far as the server says.
        mutating func attributes() -> (size: Int, modified: Int, isDirectory: Bool) {
            let flags = uint32()
            var size = 0, modified = 0, mode: UInt32 = 0
            if flags & 1 != 0 { size = Int(truncatingIfNeeded: uint64()) }
            if flags & 2 != 0 { _ = uint64() }
            if flags & 4 != 0 { mode = uint32() }
            if flags & 8 != 0 {
                _ = uint32()
                modified = Int(uint32())
            }
            if flags & 0x8000_0000 != 0 {
                for _ in 0..<uint32() where !isAtEnd {
                    _ = data()
                    _ = data()
                }
            }
            return (size, modified, mode & 0o170000 == 0o040000)
        }
    }

    private static func number(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
    private static func number(_ value: UInt64) -> [UInt8] {
        number(UInt32(value >> 32)) + number(UInt32(value & 0xFFFF_FFFF))
    }
    private static func text(_ text: String) -> [UInt8] { number(UInt32(text.utf8.count)) + Array(text.utf8) }

    @discardableResult
    private func send(_ kind: Kind, _ payload: [UInt8], withID: Bool = true) throws -> UInt32 {
        nextID &+= 1
        let head =
            SFTPConnection.number(UInt32(payload.count + (withID ? 5 : 1))) + [kind.rawValue]
            + (withID ? SFTPConnection.number(nextID) : [])
        let packet = head + payload
        if packet.withUnsafeBytes({ StreamedFile.writeAll($0, input, url) }) != nil { throw lost() }
        return nextID
    }

    private func receive() throws -> Reader {
        let head = try read(5)
        let count = Int(head[0..<4].reduce(0) { $0 << 8 | UInt32($1) })
        guard (1...(1 << 22)).contains(count) else { throw lost() }
        return Reader(kind: head[4], bytes: try read(count - 1))
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                Foundation.read(output, $0.baseAddress.map { $0 + filled }, count - filled)
            }
            if got < 0, errno == EINTR { continue }
            if got <= 0 { throw lost() }
            filled += got
        }
        return bytes
    }

    private func lost() -> RemoteError {
        process.signal(SIGTERM)
        process.wait()
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = max(0, Foundation.read(errors, &bytes, bytes.count))
        let said = String(decoding: bytes[..<count], as: UTF8.self).trimmed
        return RemoteError(
            "remote.unreachable",
            "lost the connection to '\(url)'\(said.isEmpty ? "" : ": \(said.split(separator: "\n").last ?? "")")",
            hint:
                "check that 'ssh HOST true' works without a password, and run the command again; it goes on where it stopped",
            isTransient: true)
    }

    private func ask(_ kind: Kind, _ payload: [UInt8]) throws -> Reader {
        let id = try send(kind, payload)
        var answer = try receive()
        guard answer.uint32() == id else { throw lost() }
        return answer
    }

    /// Status 0 is success, 2 is "no such file".
    private func check(_ answer: Reader, _ what: String) throws {
        var answer = answer
        guard answer.kind == Kind.status.rawValue else { return }
        let code = answer.uint32()
        if code == 0 { return }
        throw RemoteError(
            code == 2 ? "remote.missing" : "remote.refused", "cannot \(what) at '\(url)': \(answer.string())",
            hint: code == 3 ? "check the permissions of the directory there" : nil)
    }

    // MARK: Files

    /// Bytes of a file; nil where there is none.
    func size(_ path: String) throws -> Int? {
        var answer = try ask(.stat, SFTPConnection.text(path))
        if answer.kind == Kind.attributes.rawValue { return answer.attributes().size }
        var status = answer
        if status.uint32() == 2 { return nil }
        try check(answer, "look for '\(path)'")
        return nil
    }

    func list(_ path: String) throws -> [(name: String, size: Int, modified: Int, isDirectory: Bool)] {
        var opened = try ask(.openDirectory, SFTPConnection.text(path))
        if opened.kind == Kind.status.rawValue {
            var status = opened
            if status.uint32() == 2 { return [] }
            try check(opened, "list '\(path)'")
        }
        let handle = opened.string()
        var out: [(String, Int, Int, Bool)] = []
        while true {
            var answer = try ask(.readDirectory, SFTPConnection.text(handle))
            if answer.kind == Kind.status.rawValue { break }
            for _ in 0..<answer.uint32() where !answer.isAtEnd {
                let name = answer.string()
                _ = answer.string()
                let attributes = answer.attributes()
                if name != ".", name != ".." {
                    out.append((name, attributes.size, attributes.modified, attributes.isDirectory))
                }
            }
        }
        _ = try ask(.close, SFTPConnection.text(handle))
        return out
    }

    func makeDirectories(_ path: String) throws {
        guard path != "/", path != ".", !known.contains(path) else { return }
        if try size(path) == nil {
            try makeDirectories(Paths.parent(path))
            let answer = try ask(.makeDirectory, SFTPConnection.text(path) + SFTPConnection.number(UInt32(0)))
            // Another connection may have been faster.
            do { try check(answer, "make the directory '\(path)'") } catch { if try size(path) == nil { throw error } }
        }
        known.insert(path)
    }

    func rename(_ path: String, to target: String) throws {
        if hasPosixRename {
            return try check(
                ask(
                    .extended,
                    SFTPConnection.text("posix-rename@openssh.com") + SFTPConnection.text(path)
                        + SFTPConnection.text(target)), "rename to '\(target)'")
        }
        // The plain request refuses to replace; an object that is there has the same content.
        do {
            try check(ask(.rename, SFTPConnection.text(path) + SFTPConnection.text(target)), "rename to '\(target)'")
        } catch {
            guard try size(target) != nil else { throw error }
            try remove(path)
        }
    }

    func remove(_ path: String) throws { try check(try ask(.remove, SFTPConnection.text(path)), "remove '\(path)'") }

    private func open(_ path: String, flags: UInt32) throws -> String {
        var answer = try ask(
            .open, SFTPConnection.text(path) + SFTPConnection.number(flags) + SFTPConnection.number(UInt32(0)))
        try check(answer, "open '\(path)'")
        return answer.string()
    }

    /// Writes a file; one that holds the beginning already, byte for byte, is continued.
    func upload(_ file: String, to path: String, progress: TransferProgress?) throws {
        let descriptor = Foundation.open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, let total = Paths.size(file) else { throw FileError("open", file) }
        defer { close(descriptor) }
        var offset = 0
        if let there = try size(path), there > 0, there <= total, try holdsBeginning(path, there, descriptor) {
            offset = there
        }
        // Write, create; truncate unless continuing.
        let handle = try open(path, flags: offset > 0 ? 0x0A : 0x1A)
        progress?.add(bytes: offset)
        var pending = 0
        var buffer = [UInt8](repeating: 0, count: SFTPConnection.block)
        while offset < total {
            let count = pread(descriptor, &buffer, buffer.count, offset)
            guard count > 0 else { throw FileError("read", file) }
            try send(
                .write,
                SFTPConnection.text(handle) + SFTPConnection.number(UInt64(offset))
                    + SFTPConnection.number(UInt32(count)) + buffer[..<count])
            offset += count
            pending += 1
            progress?.add(bytes: count)
            if pending == SFTPConnection.window { try confirm(&pending, path) }
        }
        while pending > 0 { try confirm(&pending, path) }
        try check(try ask(.close, SFTPConnection.text(handle)), "close '\(path)'")
        guard try size(path) == total else {
            throw RemoteError(
                "remote.damaged", "found '\(path)' of another size after writing it at '\(url)'",
                hint: "check the space there and run the command again")
        }
    }

    private func confirm(_ pending: inout Int, _ path: String) throws {
        var answer = try receive()
        _ = answer.uint32()
        try check(answer, "write '\(path)'")
        pending -= 1
    }

    private func holdsBeginning(_ path: String, _ count: Int, _ descriptor: Int32) throws -> Bool {
        var mine = [UInt8](repeating: 0, count: SFTPConnection.block)
        var isSame = true
        try read(path, from: 0) { offset, bytes in
            guard isSame else { return }
            isSame =
                pread(descriptor, &mine, bytes.count, offset) == bytes.count
                && mine[..<bytes.count].elementsEqual(bytes)
        }
        return isSame
    }

    /// Appends what a local file lacks of a remote one.
    func download(_ path: String, to file: String, progress: TransferProgress?) throws {
        let descriptor = Foundation.open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", file) }
        defer { close(descriptor) }
        let start = Paths.size(file) ?? 0
        try read(path, from: start) { _, bytes in
            if let error = bytes.withUnsafeBytes({ StreamedFile.writeAll($0, descriptor, file) }) { throw error }
            progress?.add(bytes: bytes.count)
        }
    }

    /// Reads in order, with a window of requests under way.
    private func read(
        _ path: String, from start: Int, _ body: (_ offset: Int, _ bytes: ArraySlice<UInt8>) throws -> Void
    ) throws {
        let total = try size(path) ?? 0
        guard start < total else { return }
        let handle = try open(path, flags: 1)
        var asked = start, got = start, isShort = false
        var pending: [(id: UInt32, count: Int)] = []
        while got < total || !pending.isEmpty {
            while pending.count < SFTPConnection.window, asked < total, !isShort {
                let count = min(SFTPConnection.block, total - asked)
                pending.append(
                    (
                        try send(
                            .read,
                            SFTPConnection.text(handle) + SFTPConnection.number(UInt64(asked))
                                + SFTPConnection.number(UInt32(count))), count
                    ))
                asked += count
            }
            var answer = try receive()
            let id = answer.uint32()
            guard let first = pending.first, first.id == id else { throw lost() }
            pending.removeFirst()
            if isShort { if pending.isEmpty { (isShort, asked) = (false, got) }; continue }
            try check(answer, "read '\(path)'")
            let bytes = answer.data()
            if bytes.isEmpty { throw lost() }
            try body(got, bytes)
            got += bytes.count
            // A short answer: what was asked for after it no longer fits together and is asked for again.
            if bytes.count < first.count {
                if pending.isEmpty { asked = got } else { isShort = true }
            }
        }
        try check(try ask(.close, SFTPConnection.text(handle)), "close '\(path)'")
    }
}
