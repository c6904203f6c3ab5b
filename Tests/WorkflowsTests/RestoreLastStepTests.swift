import Basics
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// The last step of a restore into a clone: all of it, or the clone as it was.
@Suite struct RestoreLastStepTests {
    /// A project with a backup, and a clone of it whose settings lead to a registry that others use.
    private struct Restoring {
        let project: TestProject
        let place: TemporaryDirectory
        let settings: String

        init() throws {
            project = try TestProject()
            place = try TemporaryDirectory()
            _ = try CreateBackup.run(project.file("backups"), key: nil, session: project.session)
            settings = "schemaVersion: 1\nregistry: \(place.file("srv/registry.sqlite"))\n"
            try place.write(settings, to: "clone/Registry/hftml.yaml")
        }

        var target: String { place.file("clone") }
        var registry: String { "\(target)/Registry/registry.sqlite" }

        @discardableResult func restore() throws -> RestoreBackup.Outcome {
            var request = RestoreBackup.Request(directory: project.file("backups"), target: target)
            request.keepsFiles = true
            return try RestoreBackup.run(request, caller: Caller(actor: "ann@new"))
        }
    }

    @Test("a restore that is refused at its last step leaves the clone its settings and nothing of the backup")
    func refused() throws {
        let restoring = try Restoring()
        // No file can come to where a link leads nowhere, and what is sorted after it has not come yet.
        let names = try #require(try VerifyBackup.run(restoring.project.file("backups"), at: 0).newest).files
            .filter { $0.kind != .registry }.map(\.path)
            .filter { $0 != "Registry/hftml.yaml" }
        let last = try #require(names.last), path = "\(restoring.target)/\(last)"
        #expect(names.count > 1)
        try Paths.makeDirectory(Paths.parent(path))
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "nowhere")
        let error = #expect(throws: Failure.self) { try restoring.restore() }
        #expect(
            error?.code == "backup.not-empty" && error?.message.contains(path) == true, "\(String(describing: error))")
        #expect(error?.hint?.contains("mv '\(path)' '\(path).aside'") == true)
        #expect(try FileChunks.text("\(restoring.target)/Registry/hftml.yaml") == restoring.settings)
        for name in names.dropLast() + [".dvc", "Registry/registry.sqlite"] {
            #expect(!Paths.exists("\(restoring.target)/\(name)"), "\(name)")
        }
        #expect(!Paths.exists("\(restoring.target)/.hftml-restore"))
        try Paths.remove(path)
        let outcome = try restoring.restore()
        #expect(outcome.changed.count == 1 && outcome.problems == [])
        #expect(try !FileChunks.text("\(restoring.target)/Registry/hftml.yaml").hasPrefix(restoring.settings))
    }

    @Test("a registry that was written in after it was found blank goes back to its place, with what it holds")
    func written() throws {
        let restoring = try Restoring(), aside = restoring.place.file("aside.sqlite")
        let writer = try RegistryDatabase(restoring.registry, actor: "cron@desk")
        var moves = LastMoves()
        try BlankRegistry.takeAway(restoring.registry, to: aside, &moves)
        #expect(Paths.exists(aside) && !Paths.exists(restoring.registry))
        #expect(moves.takeBack() == [])
        // Somebody who had it open writes on in it.
        try writer.audit(action: "test.cron", subject: .tool("cron"))
        let error = #expect(throws: Failure.self) {
            try BlankRegistry.takeAway(restoring.registry, to: aside, &moves)
        }
        #expect(error?.code == "backup.not-empty")
        #expect(moves.takeBack() == [])
        let found = try RegistryDatabase(restoring.registry, actor: "ann@new").auditEntries()
        #expect(found.map(\.action) == ["test.cron"])
    }

    @Test("what came to the place meanwhile is not written over, and what was moved before it goes back")
    func meanwhile() throws {
        let place = try TemporaryDirectory()
        for name in ["stage/a", "stage/b"] { try place.write("ours\n", to: name) }
        try place.write("theirs\n", to: "clone/b")
        var moves = LastMoves()
        try moves.move(place.file("stage/a"), to: place.file("clone/a"))
        let error = #expect(throws: Failure.self) {
            try moves.move(place.file("stage/b"), to: place.file("clone/b"))
        }
        #expect(error?.code == "backup.not-empty")
        #expect(try FileChunks.text(place.file("clone/b")) == "theirs\n")
        #expect(moves.takeBack() == [])
        #expect(!Paths.exists(place.file("clone/a")) && Paths.exists(place.file("stage/a")))
    }

    /// What another database leaves that is cut off amid its work, by `sqlite3`: its log, or a journal, as a restored
    /// registry would play it over itself.
    private static func leave(_ suffix: String, in place: TemporaryDirectory, as path: String) throws {
        let begin =
            suffix == "-wal"
            ? ["PRAGMA journal_mode = WAL", "CREATE TABLE evil (x)"]
            : [
                "CREATE TABLE evil (x)", "PRAGMA synchronous = OFF", "PRAGMA cache_size = 1", "BEGIN",
                "CREATE TABLE more (y)",
                "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000) "
                    + "INSERT INTO more SELECT randomblob(100) FROM c",
            ]
        try Paths.makeDirectory(Paths.parent(path))
        let result = try RunProgram.run(
            "/usr/bin/env", ["sqlite3", "evil.sqlite"] + begin + [".shell cp evil.sqlite\(suffix) '\(path)'"],
            in: place.path)
        #expect(result.status == 0 && Paths.exists(path), "\(result.errors)")
    }

    @Test(
        "the log and the journal of a registry that is gone are not taken for those of the one that is brought",
        arguments: ["-wal", "-journal"])
    func orphan(suffix: String) throws {
        let restoring = try Restoring(), place = try TemporaryDirectory()
        try Self.leave(suffix, in: place, as: restoring.registry + suffix)
        try restoring.restore()
        #expect(try Paths.entries(Paths.parent(restoring.registry)).filter { $0.contains(".aside-") } == [])
        let session = try Session(Caller(actor: "ann@new", directory: restoring.target))
        #expect(
            try session.registry().versions().count == restoring.project.session.registry().versions().count)
        #expect(try VerifyRecord.run(session: session) == [])
    }

    @Test("nothing is restored through a link that Git has in the place of a directory; one's own leads where it leads")
    func committedLink() throws {
        let restoring = try Restoring(), target = restoring.target
        let files = try #require(try VerifyBackup.run(restoring.project.file("backups"), at: 0).newest).files
        let deep = try #require(files.map(\.path).first { $0.split(separator: "/").count > 2 })
        let folder = Paths.parent(deep), link = "\(target)/\(folder)"
        func git(_ arguments: String...) throws {
            #expect(try RunProgram.run("/usr/bin/git", arguments, in: target).status == 0, "\(arguments)")
        }
        try Paths.makeDirectory(restoring.place.file("elsewhere"))
        try Paths.makeDirectory(Paths.parent(link))
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: restoring.place.file("elsewhere"))
        try git("init", "-q")
        try git("add", "-f", folder)
        let error = #expect(throws: Failure.self) { try restoring.restore() }
        #expect(error?.code == "data.symbolic-link" && error?.message.contains(folder) == true)
        #expect(try Paths.entries(restoring.place.file("elsewhere")) == [])
        try git("rm", "-q", "--cached", folder)
        try restoring.restore()
        #expect(try Paths.entries(restoring.place.file("elsewhere")) != [])
    }

    @Test(
        "what was pushed beside a registry is not played over it by the look whether that one is blank",
        arguments: ["-wal", "-journal"])
    func pushedBeside(suffix: String) throws {
        let restoring = try Restoring(), place = try TemporaryDirectory(), pushed = restoring.registry + suffix
        func begin() throws {
            let registry = try RegistryDatabase(restoring.registry, actor: "cron@desk")
            try registry.audit(action: "test.cron", subject: .tool("cron"))
        }
        func git(_ arguments: String...) throws {
            #expect(try RunProgram.run("/usr/bin/git", arguments, in: restoring.target).status == 0, "\(arguments)")
        }
        try begin()
        try Self.leave(suffix, in: place, as: pushed)
        let bytes = try FileChunks.bytes(pushed)
        try git("init", "-q")
        try git("add", "-f", "Registry/registry.sqlite\(suffix)")
        let error = #expect(throws: Failure.self) { try restoring.restore() }
        #expect(error?.code == "runtime.tracked" && error?.message.contains("it was not opened") == true)
        #expect(try FileChunks.bytes(pushed) == bytes, "SQLite took nothing of it")
        try Paths.remove(pushed)
        try git("rm", "-q", "-f", "--cached", "Registry/registry.sqlite\(suffix)")
        let kept = try RegistryDatabase(restoring.registry, actor: "ann@new").auditEntries().map(\.action)
        #expect(kept == ["test.cron"])
    }
}
