import Basics
import Foundation

/// The lock file of a running stage. Every process of the stage has it as its standard input: as long as one of them
/// lives, even when the one that started it was killed, nobody runs the stage again.
final class StageGuard: @unchecked Sendable {
    let descriptor: Int32

    /// Nil while another process, or what it left behind, runs the stage.
    init?(_ path: String) throws {
        try Paths.makeDirectory(Paths.parent(path))
        let descriptor = try OwnFile.open(path, O_RDONLY, isShared: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// A process that keeps the file open.
    struct Holder: Equatable {
        var processID: Int32
        var group: Int32
        var command: String
    }

    /// Who has the file open, as far as this user may see; Linux tells it in `/proc`.
    static func holders(of path: String) -> [Holder] {
        let wanted = Paths.resolved(path), own = getpid()
        return ((try? Paths.entries("/proc")) ?? []).compactMap { name -> Holder? in
            guard let process = Int32(name), process != own else { return nil }
            let folder = "/proc/\(name)/fd"
            guard
                ((try? Paths.entries(folder)) ?? []).contains(where: { link("\(folder)/\($0)") == wanted })
            else { return nil }
            let words = ((try? FileChunks.bytes("/proc/\(name)/cmdline")) ?? []).split(separator: 0)
            let command = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
            return Holder(processID: process, group: getpgid(process), command: command)
        }.sorted { $0.processID < $1.processID }
    }

    private static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whom a stage waits for, and how to end them.
    static func sentence(_ holders: [Holder], _ stage: String) -> String {
        guard let first = holders.first else { return "a process of another user to finish stage '\(stage)'" }
        let command = first.command.count > 60 ? String(first.command.prefix(58)) + "…" : first.command
        let more = holders.count > 1 ? " and \(holders.count - 1) more" : ""
        let groups = Set(holders.map(\.group)).sorted()
        let end =
            groups.count == 1 && groups[0] == first.processID
            ? "kill -- -\(groups[0])" : "kill " + holders.map { "\($0.processID)" }.joined(separator: " ")
        return "process \(first.processID) (\(command))\(more), which an earlier run started or left behind, to finish "
            + "stage '\(stage)'; end it with: \(end)"
    }
}
