import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// A path inside a tracked directory means that part of it and nothing else.
@Suite struct PartsOfDirectoriesTests {
    /// A project whose directory `d` has `a/x`, `a/y`, `b/z` and `b/z2`, pushed to a directory as its remote.
    private func made() throws -> VersionedProject {
        let project = try VersionedProject()
        _ = try ConfigureRemote.add(
            "store", url: project.directory.file("store"), isDefault: true, in: try project.session().workspace)
        for name in ["a/x", "a/y", "b/z", "b/z2"] { try project.write("\(name)\n", to: "d/\(name)") }
        _ = try AddData.run([project.file("d")], in: try project.session().workspace)
        try project.commit("one")
        return project
    }

    private func objects(_ directory: String) throws -> Int {
        Paths.isDirectory("\(directory)/files/md5") ? try Paths.files(below: "\(directory)/files/md5").count : 0
    }

    @Test("a forced checkout of a part leaves what else was edited, added and removed")
    func checkout() throws {
        let project = try made()
        try project.write("precious", to: "d/b/z")
        try project.write("new", to: "d/b/new")
        try project.remove("d/b/z2")
        try project.remove("d/a/x")
        try project.write("extra", to: "d/a/extra")
        let outcome = try CheckoutData.run(
            [project.file("d/a")], isForced: true, in: try project.session().workspace)
        #expect(outcome.problems.isEmpty && outcome.changes.map(\.path) == ["d/a"])
        #expect(try project.read("d/a/x") == "a/x\n" && !project.exists("d/a/extra"))
        #expect(try project.read("d/b/z") == "precious" && project.exists("d/b/new") && !project.exists("d/b/z2"))
        // Nor is a part held up by changes outside of it, and its own are kept.
        try project.write("mine", to: "d/a/y")
        let kept = try CheckoutData.run([project.file("d/a/y")], in: try project.session().workspace)
        #expect(kept.failure?.code == "data.would-lose" && kept.failure?.message.contains("d/a/y") == true)
        #expect(
            try CheckoutData.run([project.file("d/a/x")], in: try project.session().workspace).failure == nil)
        let file = try CheckoutData.run(
            [project.file("d/b/z2")], in: try project.session().workspace)
        #expect(file.changes.map(\.path) == ["d/b/z2"])
    }

    @Test("status judges the part that it is asked for")
    func status() throws {
        let project = try made()
        try project.write("edited", to: "d/b/z")
        func changes(_ target: String) throws -> String {
            try WorkspaceStatus.run([project.file(target)], in: try project.session().workspace).json.text(.compact)
        }
        #expect(try changes("d/a") == "{}" && changes("d/b/z2") == "{}")
        #expect(try changes("d/b") == #"{"d.dvc":[{"changed outs":{"d/b":"modified"}}]}"#)
        #expect(try changes("d/b/z") == #"{"d.dvc":[{"changed outs":{"d/b/z":"modified"}}]}"#)
    }

    @Test("a pull of a part moves its objects and the listing, and writes its files only")
    func pull() throws {
        let project = try made()
        _ = try TransferData.push(.init(), in: try project.session().workspace)
        try project.emptyCache()
        try project.remove("d")
        let pulled = try TransferData.pull(
            .init(targets: [project.file("d/a/x")]), in: try project.session().workspace)
        #expect(pulled.fetched == 2 && pulled.checkout.problems.isEmpty)
        #expect(try Paths.files(below: project.file("d")) == ["a/x"])
        let fetched = try TransferData.fetch(
            .init(targets: [project.file("d/b")]), in: try project.session().workspace)
        #expect(fetched.count == 2 && fetched.problems.isEmpty)
        #expect(try objects(project.file(".dvc/cache")) == 4)
    }

    @Test("a push of a part keeps the listing back until the remote has all that it lists")
    func push() throws {
        let project = try made()
        let first = try TransferData.push(
            .init(targets: [project.file("d/a")]), in: try project.session().workspace)
        #expect(try first.count == 2 && first.incomplete == ["d"] && objects(project.directory.file("store")) == 2)
        let rest = try TransferData.push(
            .init(targets: [project.file("d/b")]), in: try project.session().workspace)
        #expect(try rest.count == 3 && rest.incomplete == [] && objects(project.directory.file("store")) == 5)
    }

    @Test("get takes a part of a revision, and asks the remote for what the cache lacks")
    func get() throws {
        let project = try made()
        _ = try TransferData.push(.init(), in: try project.session().workspace)
        try project.emptyCache()
        let target = project.directory.file("out")
        _ = try GetData.run(project.file("d/a") + "@HEAD", to: target, in: try project.session().workspace)
        #expect(try Paths.files(below: target) == ["x", "y"])
        #expect(try objects(project.file(".dvc/cache")) == 3)
    }

    @Test("a part that was never recorded is an error that names the nearest")
    func unknown() throws {
        let project = try made()
        let outcome = try CheckoutData.run([project.file("d/a/w")], in: try project.session().workspace)
        #expect(outcome.failure?.code == "data.unknown-target")
        #expect(outcome.failure?.hint == "did you mean 'd/a/x'?")
        _ = try TransferData.push(.init(), in: try project.session().workspace)
        try project.emptyCache()
        let fetched = try TransferData.fetch(
            .init(targets: [project.file("d/c")]), in: try project.session().workspace)
        #expect(fetched.problems.map(\.error.code) == ["data.unknown-target"])
    }
}
