import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct AddDataTests {
    @Test("files and directories get pointers, cache objects and lines in .gitignore")
    func add() throws {
        let project = try VersionedProject(), session = try project.session()
        try project.write("one\n", to: "a.csv")
        try project.write("two\n", to: "d/b.csv")
        let paths = [project.file("a.csv"), project.file("d")]
        let planned = try AddData.plan(paths, in: session.workspace)
        #expect(planned.map(\.bytes) == [4, 4] && planned.map(\.files) == [nil, 1])
        #expect(!project.exists("a.csv.dvc"), "a plan writes nothing")
        let added = try AddData.run(paths, in: session.workspace)
        #expect(added.map(\.md5) == planned.map(\.md5))
        #expect(added[0].md5 == Digest.md5(Array("one\n".utf8)) && added[1].md5.hasSuffix(".dir"))
        #expect(added.map(\.pointer) == [project.file("a.csv.dvc"), project.file("d.dvc")])
        #expect(try project.read(".gitignore").contains("/a.csv\n"))
        #expect(project.exists(".dvc/cache/files/md5/\(added[0].md5.prefix(2))/\(added[0].md5.dropFirst(2))"))
    }

    @Test("files may carry any date, also one past the year 2262, and one date is not another")
    func dates() throws {
        let project = try VersionedProject()
        func date(_ seconds: Double) throws {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: project.file("d/a.csv"))
        }
        try project.write("one\n", to: "d/a.csv")
        try date(13_569_465_600)
        _ = try AddData.run([project.file("d")], in: try project.session().workspace)
        #expect(try WorkspaceStatus.run(in: project.session().workspace).isClean)
        try project.write("two\n", to: "d/a.csv")
        try date(13_569_552_000)
        #expect(try !WorkspaceStatus.run(in: project.session().workspace).isClean)
    }

    @Test("a recipe is kept in the pointer; autostage puts pointers into Git's index")
    func recipe() throws {
        let project = try VersionedProject()
        try project.write("[core]\n    autostage = true\n", to: ".dvc/config")
        try project.write("one\n", to: "a.csv")
        _ = try AddData.run(
            [project.file("a.csv")], simulation: "market.yaml", in: try project.session().workspace)
        #expect(try project.read("a.csv.dvc").contains("simulate: market.yaml"))
        let staged = try project.git("diff", "--cached", "--name-only")
        #expect(staged.contains("a.csv.dvc") && staged.contains(".gitignore") && !staged.contains("a.csv\n"))
    }

    @Test("what Git tracks, lies outside or is not there is refused, and nothing is written")
    func refused() throws {
        let project = try VersionedProject()
        try project.write("one\n", to: "tracked.csv")
        try project.commit("start")
        let workspace = try project.session().workspace
        for (path, code) in [
            ("tracked.csv", "data.in-git"), ("../outside", "data.outside"), ("nowhere", "file.missing"),
        ] {
            let path = Paths.normalized(project.file(path))
            let error = #expect(throws: (any Error).self) { try AddData.run([path], in: workspace) }
            #expect((error as? any UserFacingError)?.code == code, "\(path)")
            #expect(!Paths.exists(path + ".dvc"))
        }
    }
}
