import Basics
import Foundation

/// One SFTP session (version 3, which every server speaks; see ``SFTPPacket``) over a child `ssh`. For one thread at a
/// time.
final class SFTPConnection: @unchecked Sendable {
    /// Bytes that every server takes in one packet.
    static let block = 32 << 10
    /// Requests under way at once: 2 MiB, enough for a long fast line.
    static let window = 64
    /// Seconds that an answer may take where the remote's options say nothing.
    static let patience = 60

    private let channel: ProgramChannel
    let url: String
    private var nextID: UInt32 = 0
    private(set) var hasPosixRename = false
    /// Directories that are known to be there.
    var known: Set<String> = []

    /// Starts `ssh` and agrees on the version.
    ///
    /// - Parameter patience: seconds that each answer may take.
    /// - Throws: ``RemoteError`` with code `remote.ssh`, `remote.no-sftp`, `remote.timeout` or `remote.unreachable`.
    init(_ arguments: [String], environment: [String: String], url: String, patience: Int = patience) throws {
        self.url = url
        channel = try ProgramChannel(arguments, environment: environment, url: url, patience: patience)
        try channel.send(SFTPPacket.packet(.start, id: nil, SFTPPacket.number(UInt32(3))))
        var answer = try receive()
        guard answer.kind == .version, answer.uint32() >= 3 else {
            throw RemoteError("remote.no-sftp", "found no SFTP version 3 at '\(url)'")
        }
        while !answer.isAtEnd {
            let name = answer.string()
            _ = answer.string()
            if name == "posix-rename@openssh.com" { hasPosixRename = true }
        }
    }

    // MARK: Requests and answers

    @discardableResult
    func send(_ kind: SFTPPacket.Kind, _ payload: [UInt8]) throws -> UInt32 {
        nextID &+= 1
        try channel.send(SFTPPacket.packet(kind, id: nextID, payload))
        return nextID
    }

    func receive() throws -> SFTPPacket {
        let deadline = channel.deadline
        let head = Array(try channel.receive(5, until: deadline))
        let count = Int(head[0..<4].reduce(0) { $0 << 8 | UInt32($1) })
        guard (1...(1 << 22)).contains(count) else { throw lost() }
        return SFTPPacket(kind: head[4], bytes: try channel.receive(count - 1, until: deadline))
    }

    func lost() -> RemoteError { channel.lost() }

    func ask(_ kind: SFTPPacket.Kind, _ payload: [UInt8]) throws -> SFTPPacket {
        let id = try send(kind, payload)
        var answer = try receive()
        guard answer.uint32() == id else { throw lost() }
        return answer
    }

    /// Status 0 is success, 2 is "no such file".
    func check(_ answer: SFTPPacket, _ what: String) throws {
        var answer = answer
        guard answer.kind == .status else { return }
        let code = answer.uint32()
        if code == 0 { return }
        throw RemoteError(
            code == 2 ? "remote.missing" : "remote.refused", "cannot \(what) at '\(url)': \(answer.string())",
            hint: code == 3 ? "check the permissions of the directory there" : nil)
    }
}
