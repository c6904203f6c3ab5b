import Basics
import Foundation

extension SFTPConnection {
    /// Bytes of a file; nil where there is none.
    func size(_ path: String) throws -> Int? {
        var answer = try ask(.stat, SFTPPacket.text(path))
        if answer.kind == .attributes { return answer.attributes().size }
        var status = answer
        if status.uint32() == 2 { return nil }
        try check(answer, "look for '\(path)'")
        return nil
    }

    func list(_ path: String) throws -> [(name: String, size: Int, modified: Int, isDirectory: Bool)] {
        var opened = try ask(.openDirectory, SFTPPacket.text(path))
        if opened.kind == .status {
            var status = opened
            if status.uint32() == 2 { return [] }
            try check(opened, "list '\(path)'")
        }
        let handle = opened.string()
        var out: [(String, Int, Int, Bool)] = []
        while true {
            var answer = try ask(.readDirectory, SFTPPacket.text(handle))
            if answer.kind == .status {
                var status = answer
                // Only "end of file" is the end: a listing that broke off would make objects look missing.
                if status.uint32() == SFTPPacket.endOfFile { break }
                try check(answer, "list '\(path)'")
                throw lost()
            }
            for _ in 0..<answer.uint32() where !answer.isAtEnd {
                let name = answer.string()
                _ = answer.string()
                let attributes = answer.attributes()
                if name != ".", name != ".." {
                    out.append((name, attributes.size, attributes.modified, attributes.isDirectory))
                }
            }
        }
        _ = try ask(.close, SFTPPacket.text(handle))
        return out
    }

    func makeDirectories(_ path: String) throws {
        guard path != "/", path != ".", !known.contains(path) else { return }
        if try size(path) == nil {
            try makeDirectories(Paths.parent(path))
            let answer = try ask(.makeDirectory, SFTPPacket.text(path) + SFTPPacket.number(UInt32(0)))
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
                    SFTPPacket.text("posix-rename@openssh.com") + SFTPPacket.text(path)
                        + SFTPPacket.text(target)), "rename to '\(target)'")
        }
        func move() throws {
            try check(ask(.rename, SFTPPacket.text(path) + SFTPPacket.text(target)), "rename to '\(target)'")
        }
        // The plain request refuses to replace. What is there has the same content, unless it is damaged.
        do { try move() } catch {
            guard try size(target) != nil else { throw error }
            try remove(target)
            try move()
        }
    }

    /// A file that is not there is gone already.
    func remove(_ path: String) throws {
        do { try check(try ask(.remove, SFTPPacket.text(path)), "remove '\(path)'") } catch let error as RemoteError {
            guard error.code == "remote.missing" else { throw error }
        }
    }

    private func open(_ path: String, flags: UInt32) throws -> String {
        var answer = try ask(
            .open, SFTPPacket.text(path) + SFTPPacket.number(flags) + SFTPPacket.number(UInt32(0)))
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
                SFTPPacket.text(handle) + SFTPPacket.number(UInt64(offset))
                    + SFTPPacket.number(UInt32(count)) + buffer[..<count])
            offset += count
            pending += 1
            progress?.add(bytes: count)
            if pending == SFTPConnection.window { try confirm(&pending, path) }
        }
        while pending > 0 { try confirm(&pending, path) }
        try check(try ask(.close, SFTPPacket.text(handle)), "close '\(path)'")
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
        let descriptor = try OwnFile.open(file, O_WRONLY | O_APPEND, mode: 0o600)
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw FileError("read", file) }
        let start = Int(info.st_size)
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
                            SFTPPacket.text(handle) + SFTPPacket.number(UInt64(asked))
                                + SFTPPacket.number(UInt32(count))), count
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
        try check(try ask(.close, SFTPPacket.text(handle)), "close '\(path)'")
    }
}
