import Basics
import Foundation

/// DVC's `.dvc/tmp/rwlock`: which process reads or writes which path just now, so that both tools can work in one
/// repository at once.
///
/// A JSON file guarded by `rwlock.lock`. Entries of processes that no longer live are passed over, and removed when we
/// write.
package struct ReadWriteLock {
    private let directory: String
    private let command: String
    private var path: String { "\(directory)/rwlock" }

    /// - Parameter directory: `.dvc/tmp`.
    package init(directory: String, command: String) {
        self.directory = directory
        self.command = command
    }

    /// Who holds a path that we need.
    package struct Holder: Equatable, Sendable {
        package var processID: Int
        package var command: String
        package var path: String
    }

    /// Runs `body` while these paths are registered; waits for other processes that write them, or read what we write.
    package func holding<T>(
        read: [String] = [], write: [String] = [], onWait: (Holder) -> Void = { _ in }, _ body: () throws -> T
    ) throws -> T {
        let release = try hold(read: read, write: write, onWait: onWait)
        defer { release() }
        return try body()
    }

    /// Registers the paths, and returns what takes them out again.
    package func hold(read: [String] = [], write: [String] = [], onWait: (Holder) -> Void = { _ in }) throws -> () ->
        Void
    {
        if read.isEmpty, write.isEmpty { return {} }
        var told: Holder?
        while let holder = try acquire(read: read, write: write) {
            if told != holder { onWait(holder) }
            told = holder
            usleep(100_000)
        }
        return { try? release(read: read, write: write) }
    }

    private typealias Table = (write: [(path: String, owners: [Owner])], read: [(path: String, owners: [Owner])])

    private struct Owner: Equatable {
        var processID: Int
        var command: String
        /// 0, -1 and what is no process number would mean groups of processes, or another process.
        var isAlive: Bool {
            guard processID > 0, let number = pid_t(exactly: processID) else { return false }
            return kill(number, 0) == 0 || errno == EPERM
        }
        var node: JSONValue { .map(["pid": .int(processID), "cmd": .string(command)]) }

        init?(_ node: JSONValue) {
            guard let processID = node[key: "pid"]?.intValue, let command = node[key: "cmd"]?.stringValue else {
                return nil
            }
            (self.processID, self.command) = (processID, command)
        }

        init(processID: Int, command: String) { (self.processID, self.command) = (processID, command) }
    }

    /// Registers the paths, or says who is in the way.
    private func acquire(read: [String], write: [String]) throws -> Holder? {
        try edit { table in
            let own = Int(getpid())
            func overlap(_ a: String, _ b: String) -> Bool { a.isAtOrBelow(b) || b.isBelow(a) }
            func holder(_ entries: [(path: String, owners: [Owner])], _ paths: [String]) -> Holder? {
                for entry in entries {
                    guard let path = paths.first(where: { overlap($0, entry.path) }) else { continue }
                    if let owner = entry.owners.first(where: { $0.processID != own && $0.isAlive }) {
                        return Holder(processID: owner.processID, command: owner.command, path: path)
                    }
                }
                return nil
            }
            if let blocking = holder(table.write, read + write) ?? holder(table.read, write) { return blocking }
            let owner = Owner(processID: own, command: command)
            for path in write { table.write.removeAll { $0.path.isExactly(path) } }
            table.write += write.map { ($0, [owner]) }
            for path in read {
                if let index = table.read.firstIndex(where: { $0.path.isExactly(path) }) {
                    table.read[index].owners.append(owner)
                } else {
                    table.read.append((path, [owner]))
                }
            }
            return nil
        }
    }

    private func release(read: [String], write: [String]) throws {
        _ = try edit { table -> Holder? in
            let own = Int(getpid())
            let paths = ExactSet(write), readers = ExactSet(read)
            table.write.removeAll { entry in paths.contains(entry.path) && entry.owners.contains { $0.processID == own }
            }
            for index in table.read.indices where readers.contains(table.read[index].path) {
                if let mine = table.read[index].owners.firstIndex(where: { $0.processID == own }) {
                    table.read[index].owners.remove(at: mine)
                }
            }
            return nil
        }
    }

    private func edit(_ body: (inout Table) -> Holder?) throws -> Holder? {
        let lock = try FileLock("\(directory)/rwlock.lock")
        defer { withExtendedLifetime(lock) {} }
        var table: Table = ([], [])
        // A damaged register holds nobody's claim any more; it is only ever a few milliseconds old.
        if Paths.exists(path), let node = try? JSONParser.parse(try FileChunks.bytes(path), file: path) {
            for entry in node[key: "write"]?.mapValue ?? [] {
                table.write.append((entry.key, [Owner(entry.value)].compactMap { $0 }))
            }
            for entry in node[key: "read"]?.mapValue ?? [] {
                table.read.append((entry.key, (entry.value.listValue ?? []).compactMap(Owner.init)))
            }
        }
        let result = body(&table)
        table.write = table.write.map { ($0.path, $0.owners.filter(\.isAlive)) }.filter { !$0.owners.isEmpty }
        table.read = table.read.map { ($0.path, $0.owners.filter(\.isAlive)) }.filter { !$0.owners.isEmpty }
        let node = JSONValue.map([
            "write": .map(table.write.map { ($0.path, $0.owners[0].node) }),
            "read": .map(table.read.map { ($0.path, .list($0.owners.map(\.node))) }),
        ])
        let text = Array(node.text(.compact).utf8)
        try AtomicFile.write(to: path, isDurable: false) { writer in try text.withUnsafeBytes { try writer.append($0) }
        }
        return result
    }
}
