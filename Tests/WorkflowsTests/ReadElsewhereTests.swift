import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// What stages read through links, and what Git was told not to look at.
@Suite struct ReadElsewhereTests {
    private static func link(_ name: String, to target: String, in project: VersionedProject) throws {
        try Paths.makeDirectory(Paths.parent(project.file(name)))
        try Paths.remove(project.file(name))
        try FileManager.default.createSymbolicLink(atPath: project.file(name), withDestinationPath: target)
    }

    private static func changed(_ project: VersionedProject) throws -> [String] {
        try project.session().code().changedFiles
    }

    @Test("what a stage reads through a link that leads out of the repository is a change, wherever the link lies")
    func outOfRepository() throws {
        let project = try VersionedProject()
        for name in ["cfg.yaml", "cfgs/b.yaml", "more/d/e.yaml"] {
            let path = project.directory.file(name)
            try Paths.makeDirectory(Paths.parent(path))
            try AtomicFile.write("seed: 7\n", to: path)
        }
        let pipeline = "stages: {a: {run: 'true', deps: [DEPS], outs: [out/m]}}\n"
        try project.write(pipeline.replacing("DEPS", with: "plain.yaml"), to: "p/pipeline.yaml")
        try project.write("seed: 7\n", to: "p/plain.yaml")
        try Self.link("p/file.yaml", to: "../../cfg.yaml", in: project)
        try Self.link("p/c", to: "../../cfgs", in: project)
        // A link to a link, and a directory with one in it.
        try Self.link("p/again.yaml", to: "file.yaml", in: project)
        try Self.link("p/all/d", to: "../../../more/d", in: project)
        try Self.link("q", to: "p", in: project)
        try project.commit("start")
        // Nobody reads them.
        #expect(try Self.changed(project) == [])
        for (reads, expected) in [
            ("file.yaml", ["p/file.yaml"]), ("c/b.yaml", ["p/c/b.yaml"]), ("again.yaml", ["p/again.yaml"]),
            ("all", ["p/all/d"]), ("../q/file.yaml", ["q/file.yaml"]), ("plain.yaml", []),
            ("plain.yaml, c/b.yaml, file.yaml", ["p/c/b.yaml", "p/file.yaml"]),
        ] {
            try project.write(pipeline.replacing("DEPS", with: reads), to: "p/pipeline.yaml")
            try project.git("commit", "-q", "--allow-empty", "-am", reads)
            #expect(try Self.changed(project) == expected, "\(reads)")
        }
        // Nobody can say what a pipeline reads that cannot be read.
        try project.write("stages: [\n", to: "p/pipeline.yaml")
        try project.commit("broken")
        #expect(try Self.changed(project) == ["p/again.yaml", "p/all/d", "p/c", "p/file.yaml"])
    }

    @Test("a pipeline behind a link that leads out is a change, whether the link is to it or to its directory")
    func pipeline() throws {
        let project = try VersionedProject()
        let path = project.directory.file("flow/pipeline.yaml")
        try Paths.makeDirectory(Paths.parent(path))
        try AtomicFile.write("stages: {a: {run: 'true', outs: [out/m]}}\n", to: path)
        try Self.link("flow", to: "../flow", in: project)
        try Self.link("p/pipeline.yaml", to: "../../flow/pipeline.yaml", in: project)
        try project.commit("start")
        #expect(try Self.changed(project) == ["flow", "p/pipeline.yaml"])
    }

    @Test("a link to a tracked file is no change, one to what Git ignores is, and data may lie in a cache elsewhere")
    func inRepository() throws {
        let project = try VersionedProject()
        try project.write(
            "stages: {a: {run: 'true', deps: [to.yaml, ../Data/x.csv], outs: [out/m]}}\n", to: "p/pipeline.yaml")
        try project.write("seed: 7\n", to: "p/plain.yaml")
        try Self.link("p/to.yaml", to: "plain.yaml", in: project)
        try project.write("a,b\n1,2\n", to: "Data/x.csv")
        _ = try AddData.run([project.file("Data/x.csv")], in: project.session().workspace)
        try project.commit("start")
        let cache = project.directory.file("shared-cache-object")
        try FileManager.default.moveItem(atPath: project.file("Data/x.csv"), toPath: cache)
        try Self.link("Data/x.csv", to: cache, in: project)
        #expect(try Self.changed(project) == [])
        // An ignored file is in no commit either.
        try project.write("/secret.yaml\n", to: "p/.gitignore")
        try project.write("seed: 8\n", to: "p/secret.yaml")
        try Self.link("p/to.yaml", to: "secret.yaml", in: project)
        try project.commit("ignored")
        #expect(try Self.changed(project) == ["p/to.yaml"])
    }

    @Test("a link or a module that Git was told not to look at is compared by where it leads and by its commit")
    func hidden() throws {
        let project = try VersionedProject()
        try project.write("seed: 7\n", to: "a.yaml")
        try project.write("seed: 7\n", to: "b.yaml")
        try project.write("seed: 7\n", to: "file.yaml")
        for name in ["same", "other"] { try Self.link("\(name).yaml", to: "a.yaml", in: project) }
        try Self.link("nowhere.yaml", to: "not-there.yaml", in: project)
        try project.write("one\n", to: "module/x")
        try project.git("-C", "module", "init", "-q", "-b", "main")
        try project.git("-C", "module", "add", "-A")
        try project.git("-C", "module", "commit", "-q", "-m", "one")
        try project.commit("start")
        for (flag, name) in [
            ("--assume-unchanged", "same.yaml"), ("--skip-worktree", "other.yaml"),
            ("--assume-unchanged", "nowhere.yaml"), ("--assume-unchanged", "file.yaml"),
            ("--assume-unchanged", "module"),
        ] { try project.git("update-index", flag, name) }
        #expect(try Self.changed(project) == [])
        try Self.link("other.yaml", to: "b.yaml", in: project)
        // The same content, by another way to it.
        try Self.link("file.yaml", to: "a.yaml", in: project)
        #expect(try Self.changed(project) == ["file.yaml", "other.yaml"])
        try project.write("two\n", to: "module/x")
        #expect(try Self.changed(project) == ["file.yaml", "module", "other.yaml"])
        try project.git("-C", "module", "commit", "-q", "-am", "two")
        #expect(try Self.changed(project) == ["file.yaml", "module", "other.yaml"])
    }
}
