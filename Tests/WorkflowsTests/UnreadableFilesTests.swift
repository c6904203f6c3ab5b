import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// What cannot be read never decides that something goes, and never hides what can be read.
@Suite struct UnreadableFilesTests {
    private func made() throws -> VersionedProject {
        let project = try VersionedProject()
        try project.write("old\n", to: "x")
        _ = try AddData.run([project.file("x")], in: try project.session().workspace)
        return project
    }

    private func object(_ text: String, _ project: VersionedProject) -> String {
        let md5 = Digest.md5(Array(text.utf8))
        return project.file(".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
    }

    private func collect(_ project: VersionedProject) throws {
        var request = CollectGarbage.Request()
        (request.workspace, request.allCommits) = (true, true)
        _ = try CollectGarbage(try project.session()).run(request, isConfirmed: true)
    }

    @Test(
        "gc stops at a file of a commit that cannot be read, and names both",
        arguments: ["outs: [", "outs:\n- md5: nonsense\n  path: x\n", "surprise: 1\nouts: []\n"])
    func gcStops(_ broken: String) throws {
        let project = try made()
        try project.commit("one")
        try project.write(broken, to: "x.dvc")
        try project.commit("two")
        let commit = try project.git("rev-parse", "HEAD").prefix(12)
        try project.write("new\n", to: "x")
        try project.remove("x.dvc")
        _ = try AddData.run([project.file("x")], in: try project.session().workspace)
        try project.commit("three")
        let error = try #require(throws: Failure.self) { try collect(project) }
        #expect(error.code == "gc.unreadable" && error.message.contains("'x.dvc' of commit \(commit)"))
        #expect(Paths.exists(object("old\n", project)) && Paths.exists(object("new\n", project)))
    }

    @Test("gc keeps what a pointer names whose wdir leads upwards, in the workspace and in history")
    func upwards() throws {
        let project = try made()
        try project.write(
            "wdir: ..\nouts:\n- md5: \(Digest.md5(Array("old\n".utf8)))\n  size: 4\n  hash: md5\n  path: x\n",
            to: "meta/x.dvc")
        try project.remove("x.dvc")
        #expect(try WorkspaceStatus.run(in: try project.session().workspace).isClean)
        try project.commit("one")
        try project.remove("meta")
        try project.write("new\n", to: "x")
        _ = try AddData.run([project.file("x")], in: try project.session().workspace)
        try project.commit("two")
        try collect(project)
        #expect(Paths.exists(object("old\n", project)))
    }

    @Test("in a shallow clone gc does not take what is here for all there is")
    func shallow() throws {
        let project = try made()
        try project.commit("one")
        try project.write("1", to: "other")
        try project.commit("two")
        let clone = project.directory.file("clone")
        try project.git("clone", "-q", "--depth", "1", "file://\(project.root)", clone)
        var request = CollectGarbage.Request()
        request.allCommits = true
        let session = try Session(Caller(actor: "ann@desk", environment: project.environment, directory: clone))
        let error = try #require(throws: Failure.self) { try CollectGarbage(session).plan(request) }
        #expect(error.code == "gc.unreadable" && error.hint?.contains("--unshallow") == true)
    }

    @Test("a broken pointer is named and the others are used; what Git ignores is not looked at")
    func others() throws {
        let project = try made()
        try project.write("outs: [", to: "broken.dvc")
        try project.write("outs: [", to: ".venv/lib/broken.dvc")
        try project.write("stages: [", to: ".venv/lib/dvc.yaml")
        try project.write("/.venv\n", to: ".gitignore")
        try project.write("edited", to: "x")
        let status = try WorkspaceStatus.run(in: try project.session().workspace)
        #expect(status.problems.map(\.path) == ["broken.dvc"])
        #expect(status.json.text(.compact) == #"{"x.dvc":[{"changed outs":{"x":"modified"}}]}"#)
        try project.remove("x")
        let outcome = try CheckoutData.run(in: try project.session().workspace)
        #expect(outcome.changes.map(\.path) == ["x"] && outcome.problems.map(\.path) == ["broken.dvc"])
    }

    @Test("a name that is not UTF-8 is of no concern, unless it would be read")
    func names() throws {
        let project = try made()
        func make(_ name: [UInt8]) {
            let path = (Array("\(project.root)/".utf8) + name + [0]).map { CChar(bitPattern: $0) }
            close(open(path, O_CREAT | O_WRONLY, 0o644))
        }
        make([0x63, 0xE9, 0x2E, 0x63, 0x73, 0x76])
        let status = try WorkspaceStatus.run(in: try project.session().workspace)
        #expect(status.isClean && status.problems.isEmpty)
        make([0xE9, 0x2E, 0x64, 0x76, 0x63])
        #expect(
            try WorkspaceStatus.run(in: try project.session().workspace).problems.map(\.error.code) == ["file.name"])
    }

    @Test("a remote is hashed again, and what is damaged there is replaced from the cache or another remote")
    func remote() throws {
        let project = try made()
        for name in ["one", "two"] {
            _ = try ConfigureRemote.add(
                name, url: project.directory.file(name), isDefault: name == "one", in: try project.session().workspace)
            _ = try TransferData.push(.init(remote: name), in: try project.session().workspace)
        }
        let md5 = Digest.md5(Array("old\n".utf8))
        let there = project.directory.file("one/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
        func verify(_ repairs: Bool) throws -> VerifyData.Outcome {
            try VerifyData.run(remote: nil, repairs: repairs, in: try project.session().workspace)
        }
        #expect(try verify(false).isIntact)
        for isCached in [true, false] {
            try Paths.remove(there)
            try AtomicFile.write("OLD\n", to: there)
            if !isCached { try project.emptyCache() }
            let found = try verify(false)
            #expect(!found.isIntact && found.problems.map(\.md5) == [md5] && found.problems[0].usedBy == ["x"])
            let repaired = try verify(true)
            #expect(repaired.isIntact)
            #expect(repaired.problems.map(\.repairedFrom) == [isCached ? "the cache" : "remote 'two'"])
            #expect(try FileChunks.text(there) == "old\n" && verify(false).problems.isEmpty)
        }
        // A repair that cannot be sent leaves what was there.
        try Paths.remove(there)
        try AtomicFile.write("OLD\n", to: there)
        let partial = project.directory.file("one/.hftml-partial")
        try Paths.remove(partial)
        try AtomicFile.write("in the way", to: partial)
        #expect(throws: (any Error).self) { try verify(true) }
        #expect(try FileChunks.text(there) == "OLD\n")
        try Paths.remove(partial)
        #expect(try verify(true).isIntact)
        // A damaged object of the cache is fetched again by a pull, and nobody else is held up.
        try project.write("y\n", to: "y")
        _ = try AddData.run([project.file("y")], in: try project.session().workspace)
        for name in ["x", "y"] { try project.remove(name) }
        try Paths.remove(object("old\n", project))
        try AtomicFile.write("BAD\n", to: object("old\n", project))
        let checkout = try CheckoutData.run(in: try project.session().workspace)
        #expect(checkout.changes.map(\.path) == ["y"] && checkout.problems.map(\.path) == ["x"])
        let pulled = try TransferData.pull(.init(), in: try project.session().workspace)
        #expect(pulled.checkout.problems.isEmpty && project.exists("x"))
    }

    @Test("an import that no remote has comes again from its source at the recorded commit; a changed source is told")
    func imports() throws {
        let source = try VersionedProject(named: "source")
        try source.write("v1\n", to: "t.csv")
        try source.commit("one")
        let project = try VersionedProject(in: source.directory)
        try project.write("u1\n", to: "../u.csv")
        let workspace = try project.session().workspace
        _ = try ImportData.fromRepository(source.root, path: "t.csv", to: project.file("i.csv"), in: workspace)
        _ = try ImportData.fromURL(
            project.directory.file("u.csv"), to: project.file("u.csv"), in: workspace)
        try source.write("v2\n", to: "t.csv")
        try source.commit("two")
        try project.write("u2\n", to: "../u.csv")
        try project.emptyCache()
        for name in ["i.csv", "u.csv"] { try project.remove(name) }
        let pulled = try TransferData.pull(.init(), in: try project.session().workspace)
        #expect(try project.read("i.csv") == "v1\n")
        #expect(pulled.checkout.problems.map(\.error.code) == ["data.source-changed"])
        #expect(pulled.checkout.problems.map(\.path) == ["u.csv"])
    }

    @Test("objects of DVC 2 are judged by their own rule: CRLF standing as recorded is no change, damage is found")
    func legacy() throws {
        let project = try VersionedProject()
        let bytes = "a\r\nb\r\n", md5 = Digest.md5(Array("a\nb\n".utf8))
        try project.write(bytes, to: "d/x")
        let listing = #"[{"md5": "\#(md5)", "relpath": "x"}]"#, tree = Digest.md5(Array(listing.utf8)) + ".dir"
        func cached(_ md5: String) -> String { ".dvc/cache/\(md5.prefix(2))/\(md5.dropFirst(2))" }
        try project.write(bytes, to: cached(md5))
        try project.write(listing, to: cached(tree))
        try project.write("outs:\n- md5: \(tree)\n  size: 6\n  nfiles: 1\n  path: d\n", to: "d.dvc")
        try project.write("/d\n", to: ".gitignore")
        try project.commit("one")
        #expect(try DiffData.run(in: try project.session().workspace).isEmpty)
        #expect(try CheckoutData.run(in: try project.session().workspace).problems.isEmpty)
        #expect(try VerifyData.run(in: try project.session().workspace).problems.isEmpty)
        try project.write("damaged", to: cached(md5))
        let found = try VerifyData.run(in: try project.session().workspace)
        #expect(found.objects == 2 && found.problems.map(\.md5) == [md5])
    }

    @Test("the output of a stage gets no second owner")
    func stageOutput() throws {
        let project = try VersionedProject()
        try project.write("stages:\n  s: {cmd: echo 1 > out, outs: [out]}\n", to: "dvc.yaml")
        try project.write("1\n", to: "out")
        let error = try #require(throws: Failure.self) {
            try AddData.run([project.file("out")], in: try project.session().workspace)
        }
        #expect(error.code == "data.stage-output" && !project.exists("out.dvc"))
    }
}
