import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct TransferDataTests {
    /// A project with two versions of `d` in Git, a file `a`, and a directory as its remote.
    private func made() throws -> VersionedProject {
        let project = try VersionedProject()
        _ = try ConfigureRemote.add(
            "store", url: project.directory.file("store"), isDefault: true, in: try project.session().workspace)
        try project.write("a\n", to: "a")
        try project.write("old\n", to: "d/x")
        _ = try AddData.run([project.file("a"), project.file("d")], in: try project.session().workspace)
        try project.commit("one")
        try project.git("tag", "v1")
        try project.write("new and longer\n", to: "d/x")
        _ = try CommitData.run(in: try project.session().workspace)
        try project.commit("two")
        return project
    }

    private func objects(_ project: VersionedProject) throws -> Int {
        try Paths.files(below: project.directory.file("store/files/md5")).count
    }

    @Test("a push sends what the remote lacks, once; its plan sends nothing")
    func push() throws {
        let project = try made()
        #expect(try TransferData.planPush(.init(), in: try project.session().workspace).sorted() == ["a", "d"])
        #expect(!Paths.exists(project.directory.file("store/files")))
        // The file, the directory's listing and its file.
        #expect(try TransferData.push(.init(), in: try project.session().workspace).count == 3)
        #expect(try TransferData.push(.init(), in: try project.session().workspace).count == 0)
        #expect(try TransferData.planPush(.init(), in: try project.session().workspace) == [])
        #expect(try objects(project) == 3)
    }

    @Test("what tags, branches and commits name goes along when that is asked for", arguments: 0..<3)
    func revisions(_ scope: Int) throws {
        let project = try made()
        var request = TransferData.Request()
        (request.allTags, request.allBranches, request.allCommits) = (scope == 0, scope == 1, scope == 2)
        // The old listing and the old file, but for branches: the only one is checked out.
        #expect(try TransferData.push(request, in: try project.session().workspace).count == (scope == 1 ? 3 : 5))
    }

    @Test("a target is all that is sent")
    func target() throws {
        let project = try made()
        let request = TransferData.Request(targets: [project.file("a")])
        #expect(try TransferData.push(request, in: try project.session().workspace).count == 1)
    }

    @Test("fetch fills the cache, pull the workspace too; changes are kept unless it is forced")
    func pull() throws {
        let project = try made()
        _ = try TransferData.push(.init(), in: try project.session().workspace)
        try project.emptyCache()
        try project.remove("d")
        #expect(try TransferData.fetch(.init(), in: try project.session().workspace).count == 3)
        #expect(!project.exists("d") && project.exists(".dvc/cache/files/md5"))
        try project.write("precious edit\n", to: "a")
        let pulled = try TransferData.pull(.init(), in: try project.session().workspace)
        #expect(pulled.fetched == 0 && pulled.checkout.changes.map(\.path) == ["d/"])
        #expect(pulled.checkout.failure?.code == "data.would-lose")
        let forced = try TransferData.pull(.init(), isForced: true, in: try project.session().workspace)
        #expect(forced.checkout.failure == nil)
        #expect(try project.read("a") == "a\n" && project.read("d/x") == "new and longer\n")
    }

    @Test("without a remote there is nowhere to go; an unknown one is named")
    func noRemote() throws {
        let project = try VersionedProject()
        try project.write("a\n", to: "a")
        _ = try AddData.run([project.file("a")], in: try project.session().workspace)
        let none = try #require(throws: Failure.self) {
            try TransferData.push(.init(), in: try project.session().workspace)
        }
        #expect(none.code == "remote.none" && none.exitStatus == .usage)
        let unknown = try #require(throws: Failure.self) {
            try TransferData.push(.init(remote: "far"), in: try project.session().workspace)
        }
        #expect(unknown.code == "remote.unknown")
    }

    @Test("cache and remote compared: only here, only there, nowhere")
    func compare() throws {
        let project = try made()
        let before = try CompareRemote.run(in: try project.session().workspace)
        #expect(before.remote == "store" && before.items.map(\.state) == ["new", "new"])
        _ = try TransferData.push(.init(), in: try project.session().workspace)
        #expect(try CompareRemote.run(in: try project.session().workspace).items.isEmpty)
        try project.emptyCache()
        let after = try CompareRemote.run([project.file("a")], in: try project.session().workspace)
        #expect(after.items.map(\.path) == ["a"] && after.items.map(\.state) == ["deleted"])
        try Paths.remove(project.directory.file("store/files"))
        let nowhere = try CompareRemote.run([project.file("a")], in: try project.session().workspace)
        #expect(nowhere.items.map(\.state) == ["missing"])
    }
}
