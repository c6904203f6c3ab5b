import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct RemoveDataTests {
    private func added() throws -> VersionedProject {
        let project = try VersionedProject()
        try project.write("one\n", to: "a.csv")
        _ = try AddData.run([project.file("a.csv")], in: try project.session().workspace)
        return project
    }

    @Test("the pointer and its line go, the data stays unless it is asked for")
    func remove() throws {
        let project = try added(), workspace = try project.session().workspace
        let removed = try RemoveData.run([project.file("a.csv")], in: workspace)
        #expect(removed.map(\.pointer) == [project.file("a.csv.dvc")] && removed[0].isDataRemoved == false)
        #expect(removed[0].data == [project.file("a.csv")])
        #expect(project.exists("a.csv") && !project.exists("a.csv.dvc") && !project.exists(".gitignore"))
        let again = try added()
        _ = try RemoveData.run([again.file("a.csv.dvc")], removesData: true, in: try again.session().workspace)
        #expect(!again.exists("a.csv") && !again.exists("a.csv.dvc"))
    }

    @Test("changes that the cache lacks are never removed", arguments: [true, false])
    func wouldLose(isDryRun: Bool) throws {
        let project = try added()
        try project.write("edited\n", to: "a.csv")
        let error = try #require(throws: Failure.self) {
            try RemoveData.run(
                [project.file("a.csv")], removesData: true, isDryRun: isDryRun, in: try project.session().workspace)
        }
        #expect(error.code == "data.would-lose" && error.hint?.contains("hftml add 'a.csv'") == true)
        #expect(project.exists("a.csv") && project.exists("a.csv.dvc"))
    }

    @Test("data whose object is gone from the cache stands nowhere else")
    func onlyHere() throws {
        let project = try added()
        try project.emptyCache()
        let error = try #require(throws: Failure.self) {
            try RemoveData.run([project.file("a.csv")], removesData: true, in: try project.session().workspace)
        }
        #expect(error.code == "data.would-lose" && project.exists("a.csv"))
    }

    @Test("a dry run removes nothing; an unknown target is wrong usage")
    func dryRun() throws {
        let project = try added(), workspace = try project.session().workspace
        #expect(try RemoveData.run([project.file("a.csv")], isDryRun: true, in: workspace).count == 1)
        #expect(project.exists("a.csv.dvc"))
        let error = try #require(throws: Failure.self) { try RemoveData.run([project.file("b")], in: workspace) }
        #expect(error.code == "data.unknown-target" && error.exitStatus == .usage)
    }
}
