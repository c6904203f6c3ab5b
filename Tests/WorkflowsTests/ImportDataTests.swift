import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct ImportDataTests {
    @Test("a path outside: the bytes, the source relative to the pointer, and an update of both")
    func fromPath() throws {
        let project = try VersionedProject(), feed = project.directory.file("feed.csv")
        try project.directory.write("one\n", to: "feed.csv")
        let made = try ImportData.fromURL(feed, to: project.file("Data"), in: try project.session().workspace)
        #expect(made.pointer == project.file("Data/feed.csv.dvc") && made.md5 == Digest.md5(Array("one\n".utf8)))
        #expect(made.source?[key: "path"]?.stringValue == feed)
        #expect(try project.read("Data/feed.csv") == "one\n" && project.read("Data/.gitignore") == "/feed.csv\n")
        try project.directory.write("two, and longer\n", to: "feed.csv")
        let target = [project.file("Data/feed.csv.dvc")]
        let new = try UpdateData.run(target, in: try project.session().workspace)
        #expect(new.map(\.bytes) == [16])
        #expect(try project.read("Data/feed.csv") == "two, and longer\n")
        try project.write("edited here\n", to: "Data/feed.csv")
        let error = try #require(throws: Failure.self) {
            try UpdateData.run(target, in: try project.session().workspace)
        }
        #expect(error.code == "data.would-lose")
    }

    @Test("a source may be noted without fetching; something in the place is never replaced")
    func noted() throws {
        let project = try VersionedProject()
        let made = try ImportData.fromURL(
            "https://example.com/prices.csv", to: project.file("prices.csv"), downloads: false,
            in: try project.session().workspace)
        #expect(made.md5 == "" && !project.exists("prices.csv") && project.exists("prices.csv.dvc"))
        #expect(throws: Failure.self) {
            try ImportData.fromURL(
                "https://example.com/other.csv", to: project.file("prices.csv"), downloads: false,
                in: try project.session().workspace)
        }
    }

    @Test("an empty file of a web server is a file")
    func emptyFromServer() throws {
        let project = try VersionedProject()
        try project.directory.write("", to: "www/empty.csv")
        let server = try LocalServer.files(project.directory.file("www"), in: project.directory)
        let made = try ImportData.fromURL(
            "http://127.0.0.1:\(server.port)/empty.csv", to: project.file("empty.csv"),
            in: try project.session().workspace)
        #expect(try project.read("empty.csv").isEmpty && made.md5 == "d41d8cd98f00b204e9800998ecf8427e")
        withExtendedLifetime(server) {}
    }

    @Test("another repository at a revision, brought forward by an update")
    func repository() throws {
        let other = try VersionedProject(named: "other")
        try other.write("one\n", to: "prices.csv")
        _ = try AddData.run([other.file("prices.csv")], in: try other.session().workspace)
        try other.commit("one")
        try other.git("tag", "v1")
        try other.write("two, and longer\n", to: "prices.csv")
        _ = try CommitData.run(in: try other.session().workspace)
        try other.commit("two")
        let project = try VersionedProject(in: other.directory)
        let made = try ImportData.fromRepository(
            other.root, path: "prices.csv", revision: "v1", to: project.file("theirs.csv"),
            in: try project.session().workspace)
        #expect(try project.read("theirs.csv") == "one\n")
        let locked = try other.git("rev-parse", "v1").trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(made.source?[path: "repo.rev_lock"]?.stringValue == locked)
        _ = try UpdateData.run(
            [project.file("theirs.csv")], revision: "main", in: try project.session().workspace)
        #expect(try project.read("theirs.csv") == "two, and longer\n")
    }

    @Test("an old version at a path of its own; nothing there is overwritten")
    func get() throws {
        let project = try VersionedProject(), output = project.directory.file("old.csv")
        try project.write("one\n", to: "a.csv")
        _ = try AddData.run([project.file("a.csv")], in: try project.session().workspace)
        try project.commit("one")
        try project.write("two\n", to: "a.csv")
        let reference = project.file("a.csv") + "@HEAD"
        let made = try GetData.run(reference, to: output, in: try project.session().workspace)
        #expect(made.path == output && made.md5 == Digest.md5(Array("one\n".utf8)))
        #expect(try FileChunks.text(output) == "one\n")
        let taken = try #require(throws: Failure.self) {
            try GetData.run(reference, to: output, in: try project.session().workspace)
        }
        #expect(taken.code == "data.exists")
        let malformed = try #require(throws: Failure.self) {
            try GetData.run("a.csv", to: output, in: try project.session().workspace)
        }
        #expect(malformed.code == "data.reference")
    }
}
