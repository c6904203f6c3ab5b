import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct DiffDataTests {
    @Test("added, changed, removed and renamed files between a revision and the workspace")
    func difference() throws {
        let project = try VersionedProject()
        for name in ["keep", "change", "rename", "remove"] { try project.write("\(name)\n", to: "d/\(name)") }
        _ = try AddData.run([project.file("d")], in: try project.session().workspace)
        try project.commit("one")
        #expect(try DiffData.run(in: try project.session().workspace).isEmpty)
        try project.write("changed now\n", to: "d/change")
        try project.write("new\n", to: "d/new")
        try project.remove("d/remove")
        try project.remove("d/rename")
        try project.write("rename\n", to: "d/renamed")
        let found = try DiffData.run(in: try project.session().workspace)
        #expect(found.added == ["d/new"] && found.deleted == ["d/remove"])
        #expect(found.modified == ["d/", "d/change"])
        #expect(found.renamed.map(\.from) == ["d/rename"] && found.renamed.map(\.to) == ["d/renamed"])
        #expect(!found.isEmpty && found.notInCache == [])
        _ = try CommitData.run(in: try project.session().workspace)
        try project.commit("two")
        let between = try DiffData.run(from: "HEAD~1", to: "HEAD", in: try project.session().workspace)
        #expect(between == found)
        let none = try DiffData.run(
            from: "HEAD~1", to: "HEAD", targets: [project.file("other")], in: try project.session().workspace)
        #expect(none.isEmpty)
    }

    @Test("an unknown revision is refused")
    func unknown() throws {
        let project = try VersionedProject()
        try project.commit("one")
        let error = try #require(throws: Failure.self) {
            try DiffData.run(from: "nowhere", in: try project.session().workspace)
        }
        #expect(error.code == "git.revision")
    }
}
