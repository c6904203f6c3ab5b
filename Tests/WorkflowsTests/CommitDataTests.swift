import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct CommitDataTests {
    @Test("exactly what changed is recorded; then nothing is left to record")
    func commit() throws {
        let project = try VersionedProject(), workspace = try project.session().workspace
        for name in ["a", "b", "gone"] { try project.write("old \(name)\n", to: name) }
        _ = try AddData.run(["a", "b", "gone"].map { project.file($0) }, in: workspace)
        try project.write("new a, and longer\n", to: "a")
        try project.remove("gone")
        let done = try CommitData.run(in: try project.session().workspace)
        #expect(done.map(\.pointer) == [project.file("a.dvc")])
        #expect(done[0].md5 == Digest.md5(Array("new a, and longer\n".utf8)))
        #expect(try project.read("gone.dvc").contains(Digest.md5(Array("old gone\n".utf8))))
        #expect(try CommitData.run(in: try project.session().workspace).isEmpty)
    }

    @Test("data that the cache lost is taken into it again; only the named targets are looked at")
    func restored() throws {
        let project = try VersionedProject()
        for name in ["a", "b"] { try project.write("\(name)\n", to: name) }
        let added = try AddData.run(
            ["a", "b"].map { project.file($0) }, in: try project.session().workspace)
        try project.emptyCache()
        let done = try CommitData.run([project.file("b")], in: try project.session().workspace)
        #expect(done == [added[1]])
        let md5 = added[1].md5
        #expect(project.exists(".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))"))
    }
}
