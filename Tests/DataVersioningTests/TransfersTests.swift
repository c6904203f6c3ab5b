import Basics
import DataVersioning
import Foundation
import Synchronization
import TestSupport
import Testing

/// A remote in memory that notes what it is asked for.
private final class MemoryRemote: RemoteStorage {
    let url = "memory://"
    let parallelTransfers = 1
    let objects = Mutex<[String: [UInt8]]>([:])
    let log = Mutex<[String]>([])

    var keys: [String] { objects.withLock { $0.keys.sorted() } }
    func take() -> [String] {
        log.withLock { log in
            defer { log = [] }; return log
        }
    }
    func set(_ key: String, _ bytes: [UInt8]?) { objects.withLock { $0[key] = bytes } }

    func missing(_ keys: [String]) throws -> [Int] {
        objects.withLock { objects in keys.indices.filter { objects[keys[$0]] == nil } }
    }
    func list(_ prefix: String) throws -> [(key: String, size: Int, modified: Int)] {
        objects.withLock { $0.filter { $0.key.hasPrefix(prefix + "/") }.map { ($0.key, $0.value.count, 0) } }
    }
    func upload(_ file: String, to key: String, progress: TransferProgress?) throws {
        log.withLock { $0.append("put \(key)") }
        let bytes = try FileChunks.bytes(file)
        set(key, bytes)
        progress?.add(bytes: bytes.count)
    }
    func download(_ key: String, to file: String, progress: TransferProgress?) throws {
        let have = Paths.size(file) ?? 0
        log.withLock { $0.append("get \(key) from \(have)") }
        guard let bytes = objects.withLock({ $0[key] }) else { throw Failure("test.missing", key) }
        let old = have > 0 ? try FileChunks.bytes(file) : []
        try AtomicFile.write(old + bytes.dropFirst(have), to: file)
        progress?.add(bytes: bytes.count - have)
    }
    func remove(_ key: String) throws { set(key, nil) }
}

/// What is sent and fetched, in which order, and what is done about bytes that are not what their name says.
@Suite struct TransfersTests {
    let directory: TemporaryDirectory
    let workspace: Workspace
    private let remote = MemoryRemote()

    private static func md5(_ text: String) -> String { Digest.md5(Array(text.utf8)) }
    private static func key(_ md5: String) -> String { "files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))" }
    private var transfers: Transfers { Transfers(store: workspace.store, remote: remote) }

    /// A directory with `one`, `two`, and `one` again; and a file.
    init() throws {
        directory = try TemporaryDirectory()
        workspace = try Workspace.create(directory.path, environment: [:])
        for (name, text) in [("d/a", "one"), ("d/b", "two"), ("d/c", "one"), ("f", "file")] {
            try directory.write(text, to: name)
        }
        _ = try workspace.add(directory.file("d"))
        _ = try workspace.add(directory.file("f"))
    }

    private func objects() throws -> [Transfers.Object] { try workspace.objects(of: try workspace.trackedData()) }

    @Test("the objects of data: each once, files before the listing that names them")
    func objectsOfData() throws {
        let objects = try objects(), listing = try PointerFile.read(directory.file("d.dvc")).entry.md5
        #expect(objects.map(\.md5) == [Self.md5("one"), Self.md5("two"), listing, Self.md5("file")])
        #expect(objects.map(\.name) == ["d/a", "d/b", "d", "f"] && objects.allSatisfy { !$0.isLegacy })
        try Paths.remove(workspace.store.path(listing))
        #expect(try self.objects().map(\.md5) == [listing, Self.md5("file")], "an absent listing names only itself")
    }

    @Test("push sends what is not there, listings last, and counts it")
    func push() throws {
        let objects = try objects(), listing = objects[2].md5, progress = TransferProgress()
        remote.set(Self.key(Self.md5("two")), Array("two".utf8))
        #expect(try transfers.missingAtRemote(objects).map(\.name) == ["d/a", "d", "f"])
        #expect(try transfers.push(objects, progress: progress) == 3)
        let sent = remote.take()
        #expect(sent.count == 3 && sent.last == "put \(Self.key(listing))")
        #expect(Set(remote.keys) == Set(objects.map { Self.key($0.md5) }))
        #expect(remote.objects.withLock { $0[Self.key(Self.md5("one"))] } == Array("one".utf8))
        let bytes = 7 + (Paths.size(workspace.store.path(listing)) ?? 0)
        #expect(
            progress.files == 3 && progress.expectedFiles == 3 && progress.bytes == bytes
                && progress.expectedBytes == bytes)
        #expect(try transfers.push(objects) == 0 && remote.take() == [])
    }

    @Test("nothing is sent where an object is nowhere, or is damaged here")
    func pushRefused() throws {
        let objects = try objects()
        let path = workspace.store.path(Self.md5("two"))
        chmod(path, 0o644)
        try Data("twi".utf8).write(to: URL(fileURLWithPath: path))
        let damaged = try #require(throws: ObjectStore.StoreError.self) { try transfers.push(objects) }
        #expect(damaged == .damaged(md5: Self.md5("two"), object: path))
        #expect(!remote.keys.contains(Self.key(objects[2].md5)), "no listing without its files")
        for text in ["one", "two"] { try Paths.remove(workspace.store.path(Self.md5(text))) }
        remote.objects.withLock { $0 = [:] }
        _ = remote.take()
        let missing = try #require(throws: ObjectStore.StoreError.self) { try transfers.push(objects) }
        #expect(missing == .missing(md5: Self.md5("one"), path: "d/a and 1 more") && remote.take() == [])
    }

    @Test("fetch brings what is not here, read-only under its name, and continues what was begun")
    func fetch() throws {
        let objects = try objects()
        _ = try transfers.push(objects)
        _ = remote.take()
        #expect(try transfers.fetch(objects).count == 0 && remote.take() == [])
        for text in ["one", "file"] { try Paths.remove(workspace.store.path(Self.md5(text))) }
        #expect(transfers.missingInCache(objects).map(\.name) == ["d/a", "f"])
        let partial = workspace.store.partial, one = Self.md5("one"), file = Self.md5("file")
        // The beginning of one, and something else as the beginning of the other.
        try AtomicFile.write("on", to: "\(partial)/resume-\(one)")
        try AtomicFile.write("FI", to: "\(partial)/resume-\(file)")
        #expect(try transfers.fetch(objects).count == 2)
        #expect(
            remote.take() == [
                "get \(Self.key(one)) from 2", "get \(Self.key(file)) from 2", "get \(Self.key(file)) from 0",
            ])
        for text in ["one", "file"] {
            let path = workspace.store.path(Self.md5(text))
            var info = stat()
            #expect(try FileChunks.text(path) == text && stat(path, &info) == 0 && info.st_mode & 0o777 == 0o444)
        }
        #expect(try Paths.entries(partial) == [])
    }

    @Test("other content than the name says is refused, and leaves nothing behind")
    func fetchDamaged() throws {
        let objects = try objects(), one = Self.md5("one")
        _ = try transfers.push(objects)
        remote.set(Self.key(one), Array("eno".utf8))
        try Paths.remove(workspace.store.path(one))
        let failures = try transfers.fetch(objects).failures
        #expect(failures.map(\.object.md5) == [one] && failures.map(\.error.code) == ["remote.damaged"])
        #expect(failures.first?.error.message.contains(Self.key(one)) == true)
        #expect(!workspace.store.contains(one) && !Paths.exists("\(workspace.store.partial)/resume-\(one)"))
    }

    @Test("between directories the same holds; a workspace sends, fetches and compares by its remotes")
    func workspaceRemotes() throws {
        let store = directory.file("store")
        try directory.write(
            "[core]\n    remote = s\n['remote \"s\"']\n    url = \(store)\n"
                + "['remote \"t\"']\n    url = \(directory.file("t"))\n",
            to: ".dvc/config")
        let workspace = try Workspace(root: directory.path, environment: [:])
        let data = try workspace.trackedData()
        #expect(try workspace.cloudStatus(data).map { "\($0.path) \($0.state)" } == ["d new", "f new"])
        #expect(try workspace.push(data).count == 4 && workspace.push(data).count == 0)
        #expect(try workspace.cloudStatus(data).isEmpty)
        #expect(try workspace.cloudStatus(data, remote: "t").count == 2)
        try Paths.remove(workspace.store.path(Self.md5("two")))
        #expect(try workspace.cloudStatus(data).map { "\($0.path) \($0.state)" } == ["d deleted"])
        #expect(
            try workspace.cloudStatus(data, remote: "t").map { "\($0.path) \($0.state)" } == ["d missing", "f new"])
        #expect(try workspace.fetch(data) == 1 && workspace.fetch(data) == 0)
        #expect(try FileChunks.text(workspace.store.path(Self.md5("two"))) == "two")
        // Everything anew, listings first.
        try Paths.remove(workspace.store.directory)
        #expect(try workspace.fetch(data) == 4)
        #expect(try workspace.fetch(data, remote: "s") == 0)
        // A damaged object there is not taken over.
        let object = "\(store)/\(Self.key(Self.md5("two")))"
        chmod(object, 0o644)
        try Data("twi".utf8).write(to: URL(fileURLWithPath: object))
        try Paths.remove(workspace.store.path(Self.md5("two")))
        #expect(try #require(throws: Failure.self) { try workspace.fetch(data) }.code == "remote.damaged")
        #expect(!workspace.store.contains(Self.md5("two")))
        // One that is not there is named.
        try Paths.remove(object)
        let missing = try #require(throws: Failure.self) { try workspace.fetch(data) }
        #expect(missing.code == "remote.missing-object" && missing.message.contains("d/b"))
        let unknown = try #require(throws: Failure.self) { try workspace.push(data, remote: "u") }
        #expect(unknown.code == "remote.unknown")
    }

    @Test("recorded runs travel when they are asked for; data that is not to be pushed stays")
    func runsAndUnpushed() throws {
        try directory.write(
            "[core]\n    remote = s\n['remote \"s\"']\n    url = \(directory.file("store"))\n", to: ".dvc/config")
        let workspace = try Workspace(root: directory.path, environment: [:])
        let run = "\(workspace.store.runs)/ab/\(String(repeating: "a", count: 64))/\(String(repeating: "b", count: 64))"
        try AtomicFile.write("cmd: x\n", to: run)
        var data = try workspace.trackedData()
        data[1].entry.isPushed = false
        #expect(try workspace.push(data).count == 3)
        #expect(
            try workspace.push(data, isRunCache: true).count == 1 && workspace.push(data, isRunCache: true).count == 0)
        #expect(!Paths.exists("\(directory.file("store"))/\(Self.key(Self.md5("file")))"))
        try Paths.remove(workspace.store.runs)
        #expect(try workspace.fetch([data[0]]) == 0 && !Paths.exists(run))
        #expect(try workspace.fetch([data[0]], isRunCache: true) == 1)
        #expect(try FileChunks.text(run) == "cmd: x\n")
        #expect(try workspace.fetch([data[0]], isRunCache: true) == 0)
    }
}
