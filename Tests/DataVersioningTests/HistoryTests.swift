import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

/// Data at Git revisions: what there was, what changed, and what garbage collection must keep.
@Suite struct HistoryTests {
    let repository: TestRepository
    let workspace: Workspace

    /// Three commits: `d` with a, b; then a changed, b moved to c, `f` new; then `d` gone. The workspace is the last.
    init() throws {
        repository = try TestRepository()
        workspace = try Workspace.create(repository.path, environment: [:])
        try repository.write("one", to: "d/a")
        try repository.write("two", to: "d/b")
        _ = try workspace.add(repository.file("d"))
        try repository.commit("first")
        try repository.git("tag", "v1")
        try repository.write("one!", to: "d/a")
        try repository.remove("d/b")
        try repository.write("two", to: "d/c")
        try repository.write("file", to: "f")
        _ = try workspace.add(repository.file("d"))
        _ = try workspace.add(repository.file("f"))
        try repository.commit("second")
        try repository.git("branch", "side")
        try workspace.remove(try PointerFile.read(repository.file("d.dvc")), isRemovingData: true)
        try repository.commit("third")
    }

    private static func md5(_ text: String) -> String { Digest.md5(Array(text.utf8)) }

    @Test("revisions: names of commits, files at them, references, history newest first")
    func revisions() throws {
        let git = try workspace.git()
        let log = try repository.git("log", "--format=%H").output.split(separator: "\n").map(String.init)
        #expect(
            try [git.commit("HEAD"), git.commit("side"), git.commit("v1"), git.commit("HEAD~2")]
                == [log[0], log[1], log[2], log[2]])
        #expect(try git.headCommit == log[0] && git.branch == "main" && git.tags() == ["v1"])
        #expect(try git.references(below: "refs/heads/") == ["refs/heads/main", "refs/heads/side"])
        #expect(try Set(git.history()) == Set(log))
        #expect(try git.history(from: ["HEAD"], limit: 1) == [log[0]])
        #expect(try Set(git.history(from: ["side"])) == Set(log[1...]))
        let time = try #require(
            Int(try repository.git("log", "-1", "--format=%ct").output.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(try git.date(of: "HEAD") == time && fails(with: "git.revision") { _ = try git.date(of: "none") })
        #expect(try git.file("f.dvc", at: "v1") == nil)
        #expect(try git.file("f.dvc", at: "side") == FileChunks.bytes(repository.file("f.dvc")))
        #expect(try git.file("none/x", at: "HEAD") == nil)
        let unknown = try #require(throws: Failure.self) { try git.commit("none") }
        #expect(unknown.code == "git.revision" && unknown.exitStatus == .usage)
        #expect(try git.tracks(repository.file("f.dvc")) && !git.tracks(repository.file("f")))
        #expect(git.ignores(repository.file("f")) && !git.ignores(repository.file("f.dvc")))
        try git.tag("v3", at: "HEAD", message: "third")
        #expect(
            try git.tags() == ["v1", "v3"]
                && fails(with: "git.failed") { try git.tag("v3", at: "v1", message: "moved") })
        #expect(try git.commit("v3") == log[0])
    }

    private func fails(with code: String, _ body: () throws -> Void) -> Bool {
        do { try body() } catch let error as Failure { return error.code == code } catch { return false }
        return false
    }

    @Test("the index knows files and the directories above them")
    func index() throws {
        try repository.write("x", to: "s/t/u.txt")
        try repository.write("x", to: "s-t")
        try repository.write("x", to: "s/tt/v")
        try repository.git("add", "-f", "s/t/u.txt", "s-t")
        let index = try workspace.git().indexedFiles()
        for (path, expected) in [
            ("s", true), ("s/t", true), ("s/t/u.txt", true), ("s-t", true), ("s/tt", false), ("s/t/u", false),
            ("t", false),
            ("f.dvc", true), ("f", false), ("zzz", false), (".gitignore", true),
        ] { #expect(index.contains(repository.file(path)) == expected, "\(path)") }
        #expect(!index.contains("/elsewhere/s"))
        try repository.write("y", to: "new.txt")
        let git = try workspace.git()
        #expect(try git.changedFiles() == ["new.txt", "s-t", "s/t/u.txt", "s/tt/"])
        #expect(try git.changedFiles(limit: 2).count == 2)
        try git.stage([repository.file("new.txt"), "/elsewhere"])
        #expect(try git.tracks(repository.file("new.txt")))
    }

    @Test("a repository that Git cannot open is not the absence of one")
    func broken() throws {
        #expect(
            fails(with: "git.failed") { try damaged(".git/config") { _ = try GitRepository.around(repository.path) } })
        #expect(
            fails(with: "git.failed") {
                try damaged(".git/config") { _ = try workspace.add(repository.file("f")) }
            })
        // An index that cannot be read holds not nothing.
        #expect(fails(with: "git.failed") { try damaged(".git/index") { _ = try workspace.git().indexedFiles() } })
        #expect(
            fails(with: "git.failed") {
                try damaged(".git/index") { _ = try workspace.git().tracks(repository.file("f.dvc")) }
            })
        #expect(fails(with: "git.failed") { try damaged(".git/index") { _ = try workspace.git().changedFiles() } })
        #expect(try workspace.git().changedFiles().isEmpty)
    }

    @Test(
        "of another user's repository the hint trusts its top, from whatever directory",
        .enabled(if: geteuid() == 0, "needs to give files away"))
    func foreignOwner() throws {
        let other = try TestRepository(), inside = other.file("sub")
        try Paths.makeDirectory(inside)
        for path in [other.path, other.file(".git"), inside] { #expect(chown(path, 12345, 12345) == 0) }
        let error = #expect(throws: Failure.self) { try GitRepository.around(inside) }
        #expect(error?.code == "git.failed")
        #expect(
            error?.hint?.hasSuffix("safe.directory '\(Paths.absolute(other.path))'") == true, "\(error?.hint ?? "")")
    }

    /// Runs while a file of Git holds other bytes.
    private func damaged(_ name: String, _ body: () throws -> Void) throws {
        let bytes = try FileChunks.bytes(repository.file(name))
        defer { try? AtomicFile.write(bytes, to: repository.file(name)) }
        try repository.write("[no such thing", to: name)
        try body()
    }

    @Test("the end of a history that cannot be read on, or was left out, is not its beginning")
    func cutHistory() throws {
        let git = try workspace.git(), first = try git.commit("v1"), second = try git.commit("side")
        #expect(try git.firstParents(of: "HEAD").map(\.id) == [git.commit("HEAD"), second, first])
        #expect(try git.holds(commit: first) && !git.holds(commit: String(repeating: "1", count: 40)))
        try repository.write(second + "\n", to: ".git/shallow")
        let error = #expect(throws: Failure.self) { try workspace.git().firstParents(of: "HEAD") }
        #expect(error?.code == "git.shallow" && error?.hint?.contains("--unshallow") == true)
        try repository.remove(".git/shallow")
        let object = repository.file(".git/objects/\(first.prefix(2))/\(first.dropFirst(2))")
        let bytes = try FileChunks.bytes(object)
        try Paths.remove(object)
        #expect(fails(with: "git.failed") { _ = try workspace.git().firstParents(of: "HEAD") })
        try AtomicFile.write(Array(bytes.prefix(5)), to: object)
        #expect(fails(with: "git.failed") { _ = try workspace.git().holds(commit: first) })
    }

    @Test("data at a revision, and what changed between two, down to files; content that moved is a rename")
    func difference() throws {
        let old = try workspace.trackedData(at: "v1")
        #expect(old.map(\.path) == ["d"] && old[0].holder == "d.dvc" && old[0].entry.fileCount == 2)
        #expect(try workspace.trackedData(at: "side").map(\.path) == ["d", "f"])
        #expect(try workspace.trackedData().map(\.path) == ["f"])
        let change = try workspace.difference(from: "v1", to: "side")
        #expect(
            change.added.map(\.path) == ["f"] && change.added[0].new == Self.md5("file") && change.added[0].old == nil)
        #expect(change.deleted.isEmpty && !change.isEmpty && change.notInCache.isEmpty)
        #expect(change.modified.map(\.path) == ["d/", "d/a"])
        #expect(change.modified[1].old == Self.md5("one") && change.modified[1].new == Self.md5("one!"))
        #expect(change.renamed.map { "\($0.from.path) \($0.to.path)" } == ["d/b d/c"])
        let gone = try workspace.difference(from: "side")
        #expect(gone.deleted.map(\.path) == ["d/", "d/a", "d/c"] && gone.added.isEmpty && gone.modified.isEmpty)
        #expect(gone.deleted[1].old == Self.md5("one!") && gone.deleted[1].new == nil)
        #expect(try workspace.difference(from: "HEAD").isEmpty)
        #expect(
            try workspace.difference(from: "v1", to: "side", targets: [repository.file("f")]).added.map(\.path) == ["f"]
        )
        #expect(try workspace.difference(from: "v1", to: "side", targets: [repository.file("d")]).added.isEmpty)
        // The workspace itself, before it is recorded.
        try repository.write("file!", to: "f")
        #expect(
            try workspace.difference(from: "HEAD").modified.map { [$0.path, $0.old, $0.new] } == [
                ["f", Self.md5("file"), Self.md5("file!")]
            ])
        try Paths.remove(workspace.store.path(old[0].entry.md5))
        #expect(try workspace.difference(from: "v1", to: "side").notInCache.map(\.path) == ["d/"])
    }

    @Test("data of a revision is written elsewhere; nothing is written over")
    func extract() throws {
        #expect(try workspace.extract(repository.file("d") + "@v1", to: repository.file("x")).path == "d")
        #expect(try repository.contents(of: "x") == ["a": Data("one".utf8), "b": Data("two".utf8)])
        _ = try workspace.extract(repository.file("d/c") + "@side", to: repository.file("c"))
        #expect(try repository.read("c") == "two")
        for (reference, code) in [
            ("d", "data.reference"), ("@v1", "data.reference"), (repository.file("f") + "@v1", "data.unknown-target"),
            (repository.file("d/none") + "@v1", "data.unknown-target"),
            (repository.file("d") + "@none", "git.revision"),
        ] {
            #expect(
                fails(with: code) { _ = try workspace.extract(reference, to: repository.file("y")) }, "\(reference)")
        }
        #expect(
            fails(with: "data.exists") {
                _ = try workspace.extract(repository.file("d") + "@v1", to: repository.file("f"))
            })
        #expect(!repository.exists("y"))
    }

    @Test("what a scope needs stays; the rest is listed, largest first, with what it once was")
    func garbage() throws {
        let collection = GarbageCollection(workspace)
        func names(_ protected: Set<String> = [], _ change: (inout GarbageCollection.Scope) -> Void) throws -> [String]
        {
            var scope = GarbageCollection.Scope()
            change(&scope)
            return try collection.candidates(scope, protected: protected).map { $0.name ?? "?" }.sorted()
        }
        #expect(fails(with: "gc.scope") { _ = try collection.candidates(.init(), protected: []) })
        // "two" is d/b of the first commit and d/c of the second: one object, with the name found first.
        #expect(try names { $0.workspace = true }.count == 5)
        #expect(try names { $0.allCommits = true } == [])
        #expect(try names { $0.allBranches = true }.count == 2)
        #expect(try names { $0.allTags = true }.count == 2)
        #expect(try names { $0.revisions = ["v1"] }.count == 2)
        #expect(try names { $0.lastCommits = 1 }.count == 5)
        #expect(try names { $0.lastCommits = 2 }.count == 2)
        #expect(try names { $0.since = 0 } == [])
        #expect(try names { $0.since = .max }.count == 5)
        let listing = try workspace.trackedData(at: "v1")[0].entry.md5
        #expect(try names([listing]) { $0.workspace = true }.count == 2, "a protected directory keeps its files")
        var scope = GarbageCollection.Scope()
        scope.workspace = true
        let candidates = try collection.candidates(scope, protected: [])
        #expect(candidates.map(\.size) == candidates.map(\.size).sorted(by: >))
        #expect(
            candidates.first { $0.md5 == Self.md5("one") }?.name == "d/a" && candidates.allSatisfy { $0.name != nil })
        try collection.discard(candidates)
        #expect(try workspace.store.objects().map(\.md5) == [Self.md5("file")])
        #expect(try collection.emptyTrash(olderThan: 3_600).objects == 0)
        #expect(try collection.restore() == 5)
        #expect(try workspace.store.objects().count == 6)
        try collection.discard(candidates)
        let gone = try collection.emptyTrash(olderThan: 0)
        #expect(gone.objects == 5 && gone.bytes == candidates.reduce(0) { $0 + $1.size })
        #expect(try collection.restore() == 0)
        #expect(try collection.emptyTrash(olderThan: 0).objects == 0)
    }

    @Test("at a remote, everything outside the scope is listed; without a listing nothing can be judged")
    func remoteGarbage() throws {
        let remote = DirectoryRemote(repository.directory.file("store"))
        let collection = GarbageCollection(workspace)
        _ = try Transfers(store: workspace.store, remote: remote).push(
            workspace.objects(of: workspace.trackedData(at: "v1") + workspace.trackedData(at: "side")))
        #expect(try remote.list("files/md5").count == 6)
        var scope = GarbageCollection.Scope()
        scope.revisions = ["v1"]
        // Kept: the listing, one, two, and the workspace's file.
        #expect(try collection.candidates(scope, protected: [], remote: remote).count == 2)
        try Paths.remove(workspace.store.path(try workspace.trackedData(at: "v1")[0].entry.md5))
        let error = try #require(throws: ObjectStore.StoreError.self) {
            try collection.candidates(scope, protected: [], remote: remote)
        }
        #expect(error.code == "data.missing-object")
    }
}
