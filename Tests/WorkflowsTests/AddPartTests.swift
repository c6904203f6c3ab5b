import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing
import Workflows

/// A file or directory inside a tracked directory is recorded alone; what else the directory has on record stays.
@Suite struct AddPartTests {
    /// `d` with `a/x`, `b/y` (executable) and an empty `e`; `d/b` stands neither in the workspace nor in the cache.
    private func made() throws -> VersionedProject {
        let project = try VersionedProject()
        try project.write("1\n", to: "d/a/x")
        chmod(try project.write("2\n", to: "d/b/y"), 0o755)
        try Paths.makeDirectory(project.file("d/e"))
        _ = try AddData.run([project.file("d")], in: try project.session().workspace)
        try project.commit("one")
        try project.remove("d/b")
        try project.remove(".dvc/cache/files/md5/26/ab0db90d72e28ad0ba1e22ee510510")
        return project
    }

    private func add(_ project: VersionedProject, _ path: String) throws -> RecordedData {
        try AddData.run([project.file(path)], in: try project.session().workspace)[0]
    }

    private func listed(_ project: VersionedProject) throws -> [String] {
        let workspace = try project.session().workspace, entry = try PointerFile.read(project.file("d.dvc")).entry
        return try workspace.store.tree(entry.md5, for: "d").files.map { "\($0.path) \($0.md5.prefix(4))" }
    }

    @Test("a directory inside: new, changed and removed files of it, and nothing else")
    func directories() throws {
        let project = try made()
        try project.write("m\n", to: "d/a/x2")
        try project.remove("d/a/x")
        try project.write("unrecorded\n", to: "d/other")
        let done = try add(project, "d/a")
        #expect(done.pointer == project.file("d.dvc") && done.files == 2)
        #expect(try listed(project) == ["a/x2 69b6", "b/y 26ab"])
        // As DVC 3 records it: `dvc add d/a` of the same directory.
        #expect(done.md5 == "8bec2dbf40a720d74b29232c189be21c.dir")
        let pointer = try PointerFile.read(project.file("d.dvc"))
        #expect(pointer.entry.size == 4, "the part that went is in the cache")
        let tree = try #require(pointer.entry.meta?[path: "hftml.tree"])
        #expect(tree[key: "executable"] == .strings(["b/y"]) && tree[key: "empty"] == .strings(["e"]))
        #expect(tree[key: "md5"]?.stringValue == done.md5)
        #expect(
            !project.exists(".dvc/cache/files/md5/f9/e6eedc7ee78a015a963034a8a29cae"), "d/other is not in the cache")
    }

    @Test("a single file, new or changed; one that is not there is an error")
    func files() throws {
        let project = try made()
        try project.write("m\n", to: "d/n/new")
        chmod(project.file("d/n/new"), 0o755)
        _ = try add(project, "d/n/new")
        try project.write("m\n", to: "d/a/x")
        _ = try add(project, "d/a/x")
        #expect(try listed(project) == ["a/x 69b6", "b/y 26ab", "n/new 69b6"])
        let tree = try #require(try PointerFile.read(project.file("d.dvc")).entry.meta?[path: "hftml.tree"])
        #expect(tree[key: "executable"] == .strings(["b/y", "n/new"]))
        #expect(throws: FileError.self) { try add(project, "d/b") }
        // A directory takes the place of a file.
        try project.remove("d/a/x")
        try project.write("1\n", to: "d/a/x/deep")
        _ = try add(project, "d/a/x")
        #expect(try listed(project) == ["a/x/deep b026", "b/y 26ab", "n/new 69b6"])
    }

    @Test("a size that nobody can know is left out, and is no fault")
    func size() throws {
        let project = try made()
        try project.write("22\n", to: "d/b/y")
        _ = try add(project, "d/b")
        #expect(try PointerFile.read(project.file("d.dvc")).entry.size == 5, "all of it is in the cache")
        try project.remove(".dvc/cache/files/md5/b0/26324c6904b2a9cb4b88d6d61c81d1")
        try project.remove("d/a")
        try project.write("333\n", to: "d/a/x")
        try project.remove(".dvc/cache/files/md5/2f")
        _ = try add(project, "d/a")
        #expect(try !project.read("d.dvc").contains("size:"))
        let problems = try VerifyData.run(in: try project.session().workspace).problems
        #expect(problems.allSatisfy { !"\($0)".contains("states") }, "\(problems)")
        #expect(try listed(project).count == 2)
    }

    @Test("closed days of a part need a reason as those of the whole do")
    func closed() throws {
        let project = try VersionedProject()
        try project.write("1\n", to: "p/2024-01-01.csv")
        _ = try AddData.run(
            [project.file("p")], partitions: .init(each: "{date:%Y-%m-%d}.csv", closedBefore: "2024-02-01"),
            in: try project.session().workspace)
        try project.write("2\n", to: "p/2024-01-01.csv")
        let error = try #require(throws: Failure.self) { try add(project, "p/2024-01-01.csv") }
        #expect(error.code == "partition.closed")
        try project.write("1\n", to: "p/2024-03-01.csv")
        #expect(try add(project, "p/2024-03-01.csv").files == 2)
        try project.write("1\n", to: "p/nonsense")
        #expect(try #require(throws: Failure.self) { try add(project, "p/nonsense") }.code == "partition.name")
    }

    @Test("adding or committing the whole says how many recorded files went")
    func dropped() throws {
        let project = try made()
        try project.write("m\n", to: "d/a/x2")
        let whole = try add(project, "d")
        #expect(whole.droppedFiles == 1 && whole.droppedNotInCache == 1)
        try project.remove("d/a/x")
        let done = try CommitData.run(in: try project.session().workspace)
        #expect(done.first?.droppedFiles == 1 && done.first?.droppedNotInCache == 0)
        #expect(try add(project, "d").droppedFiles == 0)
    }
}
