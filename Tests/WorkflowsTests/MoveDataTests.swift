import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct MoveDataTests {
    @Test("data and pointer move together, into a directory too")
    func move() throws {
        let project = try VersionedProject(), workspace = try project.session().workspace
        try project.write("one\n", to: "a.csv")
        let added = try AddData.run([project.file("a.csv")], in: workspace)
        try Paths.makeDirectory(project.file("sub"))
        let moved = try MoveData.run(project.file("a.csv"), to: project.file("sub"), in: workspace)
        #expect(moved.pointer == project.file("sub/a.csv.dvc") && moved.md5 == added[0].md5)
        #expect(try project.read("sub/a.csv") == "one\n" && project.read("sub/.gitignore") == "/a.csv\n")
        #expect(!project.exists("a.csv") && !project.exists("a.csv.dvc"))
    }

    @Test("nothing is overwritten")
    func taken() throws {
        let project = try VersionedProject(), workspace = try project.session().workspace
        try project.write("one\n", to: "a.csv")
        try project.write("two\n", to: "b.csv")
        _ = try AddData.run([project.file("a.csv")], in: workspace)
        #expect(throws: Failure.self) {
            try MoveData.run(project.file("a.csv"), to: project.file("b.csv"), in: workspace)
        }
        #expect(try project.read("b.csv") == "two\n" && project.read("a.csv") == "one\n")
    }
}
