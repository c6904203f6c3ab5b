import Basics
import DataVersioning
import Foundation
import Synchronization
import TestSupport
import Testing

/// DVC's table of who reads and writes what.
@Suite struct ReadWriteLockTests {
    private static let own = Int(getpid())

    private static func table(_ directory: TemporaryDirectory) throws -> JSONValue {
        try JSONParser.parse(try FileChunks.bytes(directory.file("rwlock")), file: "rwlock")
    }

    /// Another process that lives until it is ended.
    private static func other() throws -> ChildProcess {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        return try ChildProcess(["sleep", "600"], environment: [:], input: null, output: null, errors: null)
    }

    @Test("paths stand in the table while they are held, in DVC's form, and not afterwards")
    func registers() throws {
        let directory = try TemporaryDirectory()
        let lock = ReadWriteLock(directory: directory.path, command: "hftml add")
        let owner = JSONValue.map(["pid": .int(Self.own), "cmd": .string("hftml add")])
        let result = try lock.holding(read: ["/w/in"], write: ["/w/a", "/w/b"]) {
            #expect(
                try Self.table(directory)
                    == .map([
                        "write": .map([("/w/a", owner), ("/w/b", owner)]), "read": .map([("/w/in", .list([owner]))]),
                    ]))
            // The same process may read once more, and stays registered until both are done.
            let nested = try lock.holding(read: ["/w/in"]) { try Self.table(directory) }
            #expect(nested[key: "read"]?[key: "/w/in"]?.listValue?.count == 2)
            #expect(try Self.table(directory)[key: "read"]?[key: "/w/in"]?.listValue?.count == 1)
            return 7
        }
        #expect(result == 7)
        let empty = JSONValue.map([(String, JSONValue)]())
        #expect(try Self.table(directory) == .map(["write": empty, "read": empty]))
        // A failure gives the paths back too.
        #expect(throws: CancellationError.self) {
            try lock.holding(write: ["/w/a"]) { throw CancellationError() }
        }
        #expect(try Self.table(directory)[key: "write"] == empty)
        try Paths.remove(directory.file("rwlock"))
        try lock.holding {}
        #expect(!Paths.exists(directory.file("rwlock")), "nothing to hold, nothing to write")
    }

    @Test(
        "a living process is waited for where paths overlap, and told about once",
        arguments: [
            ("write", "/w/d", ["/w/d"], []), ("write", "/w/d", ["/w/d/x"], []), ("write", "/w/d/x", ["/w/d"], []),
            ("write", "/w/d", [], ["/w/d"]), ("write", "/w/d", ["/w/d/\u{301}x"], []), ("read", "/w/d", [], ["/w/d/x"]),
        ] as [(String, String, [String], [String])])
    func waits(_ kind: String, _ path: String, _ read: [String], _ write: [String]) throws {
        let directory = try TemporaryDirectory(), other = try Self.other()
        let owner = JSONValue.map(["pid": .int(Int(other.processID)), "cmd": .string("dvc add")])
        let entry = JSONValue.map([(path, kind == "read" ? .list([owner]) : owner)])
        try directory.write(JSONValue.map([(kind, entry)]).text(.compact), to: "rwlock")
        var told: [ReadWriteLock.Holder] = []
        let table = try ReadWriteLock(directory: directory.path, command: "c").holding(read: read, write: write) {
            told.append($0)
            other.signal(SIGKILL)
            other.wait()
        } _: {
            try Self.table(directory)
        }
        #expect(!table.text(.compact).contains("dvc add"), "a dead process holds nothing")
        #expect(
            told.map { "\($0.processID) \($0.command) \($0.path)" } == [
                "\(other.processID) dvc add \((read + write)[0])"
            ])
    }

    @Test("who waited for a lock whose file went has the lock that the next one sees")
    func removedLock() throws {
        let directory = try TemporaryDirectory(), path = directory.file("lock")
        let first = Mutex<FileLock?>(try FileLock(path)), isThere = Mutex<Bool?>(nil)
        let waits = DispatchSemaphore(value: 0), ended = DispatchSemaphore(value: 0)
        // A thread of its own: the pool's may all be waiting.
        let thread = Thread {
            do {
                let lock = try FileLock(path) { waits.signal() }
                defer { withExtendedLifetime(lock) {} }
                isThere.withLock { $0 = Paths.exists(path) }
            } catch {}
            ended.signal()
        }
        thread.start()
        waits.wait()
        unlink(path)
        first.withLock { $0 = nil }
        ended.wait()
        #expect(isThere.withLock { $0 } == true, "it holds the file that stands there")
    }

    @Test("a damaged dvc.lock is told of in its time while DVC holds the repository")
    func damagedLockFile() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        let path = try directory.write("stages: [", to: "dvc.lock")
        let lock = try FileLock(directory.file(".dvc/tmp/lock")), start = Clock.monotonic()
        #expect(throws: (any Error).self) { try workspace.lockFile(path, patience: 0.2) }
        withExtendedLifetime(lock) {}
        // Twenty looks of 0.2 s each would be 4 s.
        #expect(Clock.monotonic() - start < 2_000_000_000)
    }

    @Test("readers do not wait for readers, nor for paths beside theirs; a damaged table holds nobody up")
    func free() throws {
        let directory = try TemporaryDirectory(), other = try Self.other()
        defer {
            other.signal(SIGKILL)
            other.wait()
        }
        let owner = JSONValue.map(["pid": .int(Int(other.processID)), "cmd": .string("dvc")])
        let table = JSONValue.map([
            "write": .map([("/w/day", owner)]), "read": .map([("/w/d", .list([owner]))]),
        ]).text(.compact)
        let lock = ReadWriteLock(directory: directory.path, command: "c")
        try directory.write(table, to: "rwlock")
        try lock.holding(read: ["/w/d", "/w/da"], write: ["/w/e", "/w/days"], onWait: { _ in Issue.record("waits") }) {}
        // What the living one holds stays.
        #expect(try Self.table(directory) == JSONParser.parse(table))
        // 0 and -1 mean groups of processes, and what a process number cannot hold would be cut to another's.
        let numbers = [0, -1, Int(other.processID) + 1 << 32].map {
            "{\"write\": {\"/w/d\": {\"pid\": \($0), \"cmd\": \"dvc\"}}}"
        }
        for damaged in ["", "{", "[]", "{\"write\": {\"/w/d\": {\"pid\": \"x\"}}}"] + numbers {
            try directory.write(damaged, to: "rwlock")
            try lock.holding(write: ["/w/d"], onWait: { _ in Issue.record("waits") }) {}
        }
    }
}
