import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct InitializeWorkspaceTests {
    @Test("directories, attributes and the merge driver; a second time changes nothing")
    func initialize() throws {
        let project = try VersionedProject()
        for name in [".dvc", "Pipelines", "Registry", "Data"] { #expect(Paths.isDirectory(project.file(name))) }
        let attributes = "*.dvc merge=hftml\ndvc.lock merge=hftml\npartitions.lock merge=hftml\n"
        #expect(try project.read(".gitattributes") == attributes)
        #expect(try project.git("config", "merge.hftml.driver") == "'/opt/hftml' git-merge %O %A %B %P\n")
        try project.write("*.png binary", to: ".gitattributes")
        let again = try InitializeWorkspace.run(
            project.root, program: "/it's/hftml", environment: project.environment)
        #expect(again.hasMergeDriver && again.root == project.root)
        #expect(again.directories == [".dvc", "Pipelines", "Registry", "Data"])
        #expect(try project.read(".gitattributes") == "*.png binary\n" + attributes)
        #expect(try project.git("config", "merge.hftml.driver") == "'/it'\\''s/hftml' git-merge %O %A %B %P\n")
    }

    @Test("outside Git only when that is asked for")
    func withoutGit() throws {
        let directory = try TemporaryDirectory()
        let error = try #require(throws: Failure.self) {
            try InitializeWorkspace.run(directory.path, environment: [:])
        }
        #expect(error.code == "init.no-git" && !Paths.exists(directory.file(".dvc")))
        let made = try InitializeWorkspace.run(directory.path, requiresGit: false, environment: [:])
        #expect(!made.hasMergeDriver && !Paths.exists(directory.file(".gitattributes")))
        #expect(try FileChunks.text(directory.file(".dvc/config")).contains("no_scm = True"))
    }

    @Test("files that both sides added to a directory are there after the merge of its pointer")
    func merge() throws {
        let project = try VersionedProject()
        func pointer(_ files: [String]) throws -> String {
            try project.remove("d")
            for name in files { try project.write("\(name)\n", to: "d/\(name)") }
            _ = try AddData.run([project.file("d")], in: try project.session().workspace)
            return try project.read("d.dvc")
        }
        let base = try project.write(try pointer(["a"]), to: "base")
        let ours = try project.write(try pointer(["a", "b"]), to: "ours")
        let theirs = try project.write(try pointer(["a", "c"]), to: "theirs")
        let expected = try pointer(["a", "b", "c"])
        let notes = try MergeVersionedFiles.run(
            base: base, ours: ours, theirs: theirs, path: "d.dvc", in: try project.session().workspace)
        #expect(try project.read("ours") == expected)
        #expect(notes.count == 1 && notes[0].contains("files of both sides (3)"), "\(notes)")
    }
}
