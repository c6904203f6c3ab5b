import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct VerifyDataTests {
    @Test("a corrupt object is named with the data that needs it, and removed when that is asked for")
    func corrupt() throws {
        let project = try VersionedProject()
        for name in ["a", "b"] { try project.write("\(name) content\n", to: name) }
        let added = try AddData.run(["a", "b"].map { project.file($0) }, in: try project.session().workspace)
        let intact = try VerifyData.run(in: try project.session().workspace)
        #expect(intact.isIntact && intact.objects == 2 && intact.bytes == 20)
        let md5 = added[0].md5, object = ".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))"
        try project.write("x content\n", to: object)
        let found = try VerifyData.run(in: try project.session().workspace)
        #expect(!found.isIntact && found.problems.map(\.md5) == [md5])
        #expect(found.problems[0].usedBy == ["a"] && found.problems[0].object == project.file(object))
        #expect(project.exists(object))
        // Its other length is no second problem.
        try project.write("a longer content\n", to: object)
        #expect(try VerifyData.run(in: try project.session().workspace).problems.map(\.md5) == [md5])
        _ = try VerifyData.run(removesCorrupt: true, in: try project.session().workspace)
        #expect(!project.exists(object))
    }

    @Test("one corrupt object of a directory is one problem, whoever lists it")
    func ofDirectory() throws {
        let project = try VersionedProject()
        for name in ["d/a", "d/b", "e/a"] { try project.write("\(name.suffix(1)) content\n", to: name) }
        _ = try AddData.run(["d", "e"].map { project.file($0) }, in: try project.session().workspace)
        let md5 = Digest.md5(Array("a content\n".utf8))
        try project.write("cut", to: ".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
        let found = try VerifyData.run(in: try project.session().workspace)
        #expect(found.problems.map(\.md5) == [md5], "\(found.problems)")
        #expect(found.problems.first?.usedBy.sorted() == ["d/a", "e/a"])
    }
}
