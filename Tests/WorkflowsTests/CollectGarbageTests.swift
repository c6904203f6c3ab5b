import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct CollectGarbageTests {
    /// Two versions of a file, the older one only in Git's history.
    private func made() throws -> (project: VersionedProject, old: String) {
        let project = try VersionedProject()
        try project.write("old\n", to: "a")
        let old = try AddData.run([project.file("a")], in: try project.session().workspace)[0].md5
        try project.commit("one")
        try project.write("new and longer\n", to: "a")
        _ = try CommitData.run(in: try project.session().workspace)
        try project.commit("two")
        return (project, old)
    }

    private func isCached(_ project: VersionedProject, _ md5: String) -> Bool {
        project.exists(".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
    }

    @Test("what the scope does not name goes to the trash, and comes back from there")
    func trash() throws {
        let (project, old) = try made()
        var request = CollectGarbage.Request()
        request.workspace = true
        let plan = try CollectGarbage(try project.session()).plan(request)
        #expect(plan.objects.map(\.md5) == [old] && plan.bytes == 4 && plan.objects[0].path == "a")
        #expect(isCached(project, old), "a plan moves nothing")
        let done = try CollectGarbage(try project.session()).run(request, isConfirmed: false)
        #expect(done.plan.objects == plan.objects && done.emptiedObjects == 0 && !isCached(project, old))
        #expect(try CollectGarbage(try project.session()).restore() == 1)
        #expect(isCached(project, old))
        request.graceDays = 0
        let gone = try CollectGarbage(try project.session()).run(request, isConfirmed: false)
        #expect(gone.emptiedObjects == 1 && gone.emptiedBytes == 4)
        #expect(try CollectGarbage(try project.session()).restore() == 0)
    }

    @Test("commits keep what they name")
    func commits() throws {
        let (project, old) = try made()
        var request = CollectGarbage.Request()
        request.allCommits = true
        #expect(try CollectGarbage(try project.session()).run(request, isConfirmed: true).plan.objects.isEmpty)
        #expect(isCached(project, old))
    }

    @Test("all commits are those of older stashes and of other work trees too")
    func unnamedCommits() throws {
        let (project, _) = try made()
        var digests: [String] = []
        func record(_ text: String) throws {
            try project.write(text, to: "a")
            digests.append(try CommitData.run(in: try project.session().workspace)[0].md5)
        }
        for text in ["stashed first", "stashed second"] {
            try record(text)
            try project.git("stash", "push", "-q")
        }
        try record("of a work tree")
        try project.commit("three")
        try project.git("worktree", "add", "-q", "--detach", project.directory.file("tree"))
        try project.git("reset", "-q", "--hard", "HEAD^")
        var request = CollectGarbage.Request()
        request.allCommits = true
        #expect(try CollectGarbage(try project.session()).run(request, isConfirmed: true).plan.objects.isEmpty)
        #expect(digests.count == 3 && digests.allSatisfy { isCached(project, $0) })
    }

    @Test("nothing goes from a remote that nobody agreed to")
    func remote() throws {
        let (project, old) = try made()
        _ = try ConfigureRemote.add(
            "s", url: project.directory.file("store"), isDefault: true, in: try project.session().workspace)
        var push = TransferData.Request()
        push.allCommits = true
        #expect(try TransferData.push(push, in: try project.session().workspace).count == 2)
        var request = CollectGarbage.Request()
        (request.workspace, request.includesRemote) = (true, true)
        let error = try #require(throws: Failure.self) {
            try CollectGarbage(try project.session()).run(request, isConfirmed: false)
        }
        let there = project.directory.file("store/files/md5/\(old.prefix(2))/\(old.dropFirst(2))")
        #expect(error.code == "gc.confirm" && isCached(project, old) && Paths.exists(there))
        let done = try CollectGarbage(try project.session()).run(request, isConfirmed: true)
        #expect(done.plan.remoteObjects.map(\.bytes) == [4] && !Paths.exists(there))
    }

    @Test("what a version stands on is kept, also while the version is hidden and could be restored")
    func protected() throws {
        let project = try TestProject(), garbage = CollectGarbage(project.session)
        let market = try AddData.plan([project.market], in: project.session.workspace)[0].md5
        #expect(try garbage.protected().contains(market))
        for reference in ["m/1", "m/2"] { try EditModel.delete(reference, session: project.session) }
        #expect(try ListVersions.run(session: project.session).isEmpty)
        #expect(try garbage.protected().contains(market))
    }

    @Test("without a scope, with a negative count or with no date nothing is decided")
    func usage() throws {
        let (project, old) = try made()
        func code(_ change: (inout CollectGarbage.Request) -> Void) throws -> String {
            var request = CollectGarbage.Request()
            change(&request)
            let error = try #require(throws: Failure.self) {
                try CollectGarbage(try project.session()).run(request, isConfirmed: true)
            }
            return error.code
        }
        #expect(try code { _ in } == "gc.scope")
        #expect(try code { ($0.workspace, $0.graceDays) = (true, -1) } == "usage.gc")
        #expect(try code { ($0.workspace, $0.graceDays) = (true, .max) } == "usage.gc")
        #expect(try code { ($0.workspace, $0.lastCommits) = (true, 0) } == "usage.gc")
        #expect(try code { ($0.workspace, $0.since) = (true, "yesterday") } == "usage.date")
        #expect(isCached(project, old))
    }
}
