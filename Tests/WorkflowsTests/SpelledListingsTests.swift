import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing
import Workflows

/// Directories whose files a pointer or lock spells out, as DVC writes them for remotes that keep versions.
@Suite struct SpelledListingsTests {
    /// `d` with `a` and `s/b`, pushed; then its pointer as DVC writes it for a cloud-versioned remote, and no listing
    /// in the cache.
    private func made() throws -> (project: VersionedProject, listing: String) {
        let project = try VersionedProject()
        _ = try ConfigureRemote.add(
            "store", url: project.directory.file("store"), isDefault: true, in: try project.session().workspace)
        try project.write("1\n", to: "d/a")
        try project.write("2\n", to: "d/s/b")
        let listing = try AddData.run([project.file("d")], in: try project.session().workspace)[0].md5
        try project.write(
            """
            outs:
            - hash: md5
              path: d
              files:
              - relpath: a
                md5: b026324c6904b2a9cb4b88d6d61c81d1
                size: 2
                cloud:
                  s3:
                    etag: x
                    version_id: y
              - relpath: s/b
                md5: 26ab0db90d72e28ad0ba1e22ee510510
                size: 2
                isexec: true

            """, to: "d.dvc")
        try project.commit("one")
        try project.remove(object(listing))
        return (project, listing)
    }

    private func object(_ md5: String) -> String { ".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))" }

    private func collect(_ project: VersionedProject, remote: Bool = false) throws -> CollectGarbage.Outcome {
        var request = CollectGarbage.Request()
        (request.workspace, request.graceDays, request.includesRemote) = (true, 0, remote)
        return try CollectGarbage(try project.session()).run(request, isConfirmed: true)
    }

    @Test("nothing that a spelled-out directory names is collected, here or at the remote")
    func collection() throws {
        let (project, listing) = try made()
        var request = TransferData.Request()
        #expect(try TransferData.push(request, in: try project.session().workspace).count == 3)
        #expect(project.exists("../store/files/md5/\(listing.prefix(2))/\(listing.dropFirst(2))"))
        let plan = try collect(project, remote: true).plan
        #expect(plan.objects.isEmpty && plan.remoteObjects.isEmpty)
        request.allCommits = true
        #expect(try TransferData.push(request, in: try project.session().workspace).count == 0)
    }

    @Test("status, checkout, fetch, commit and verify work on it, and what did not change is not rewritten")
    func commands() throws {
        let (project, listing) = try made()
        func workspace() throws -> Workspace { try project.session().workspace }
        let text = try project.read("d.dvc")
        #expect(try WorkspaceStatus.run([], in: try workspace()).json.text(.compact) == "{}")
        #expect(try VerifyData.run(in: try workspace()).problems.isEmpty)
        _ = try TransferData.push(TransferData.Request(), in: try workspace())
        try project.remove("d")
        try project.emptyCache()
        #expect(try TransferData.pull(TransferData.Request(), in: try workspace()).checkout.problems.isEmpty)
        #expect(try project.read("d/a") == "1\n" && project.read("d/s/b") == "2\n")
        var info = stat()
        #expect(stat(project.file("d/s/b"), &info) == 0 && info.st_mode & S_IXUSR != 0, "isexec")
        #expect(try CommitData.run(in: try workspace()).isEmpty && project.read("d.dvc") == text)
        try project.write("3\n", to: "d/a")
        #expect(
            try WorkspaceStatus.run([], in: try workspace()).json.text(.compact).contains(#""d":"modified""#))
        _ = try CommitData.run(in: try workspace())
        let pointer = try PointerFile.read(project.file("d.dvc"))
        #expect(pointer.entry.md5 != listing && pointer.entry.md5.hasSuffix(".dir"))
        #expect(try !project.read("d.dvc").contains("  files:") && pointer.entry.size == 4)
    }

    @Test("the listing of a lock's output is made out in the same way")
    func locks() throws {
        let (project, listing) = try made()
        try project.remove("d.dvc")
        try project.write(
            """
            schema: '2.0'
            stages:
              s:
                cmd: make
                outs:
                - path: d
                  hash: md5
                  files:
                  - relpath: a
                    md5: b026324c6904b2a9cb4b88d6d61c81d1
                  - relpath: s/b
                    md5: 26ab0db90d72e28ad0ba1e22ee510510

            """, to: "dvc.lock")
        #expect(try project.session().workspace.trackedData().map(\.entry.md5) == [listing])
        #expect(try collect(project).plan.objects.isEmpty)
    }

    @Test("a file without its digest stops the collection, which names the pointer")
    func unknown() throws {
        let (project, _) = try made()
        let text = try project.read("d.dvc")
        try project.write(text.replacing("    md5: 26ab0db90d72e28ad0ba1e22ee510510\n", with: ""), to: "d.dvc")
        let error = try #require(throws: Failure.self) { try collect(project) }
        #expect(error.code == "gc.unreadable" && error.message.contains("d.dvc") && error.message.contains("s/b"))
        #expect(project.exists(object("26ab0db90d72e28ad0ba1e22ee510510")))
    }
}
