import Basics
import Foundation
import Testing
import Workflows

/// What changed since it was recorded, in the words of `dvc status --json`.
@Suite struct WorkspaceStatusTests {
    private func made() throws -> VersionedProject {
        let project = try VersionedProject()
        try project.write(
            """
            stages:
              copy:
                cmd: cp source.txt copied.txt
                deps: [source.txt]
                params: [lr, gone.later]
                outs: [copied.txt]

            """, to: "dvc.yaml")
        try project.write("lr: 1\ngone: {later: 2}\n", to: "params.yaml")
        try project.write("four", to: "source.txt")
        return project
    }

    private func status(_ project: VersionedProject, _ targets: [String] = []) throws -> String {
        let status = try WorkspaceStatus.run(targets.map(project.file), in: try project.session().workspace)
        #expect(status.isClean == (status.json.mapValue?.isEmpty ?? true))
        return status.json.text(.compact)
    }

    private func reproduce(_ project: VersionedProject) throws {
        let request = ReproducePipelines.Request(
            [.init(typed: ".", path: project.root)], environment: project.environment)
        let outcome = try ReproducePipelines.run(request) { _ in }
        #expect(outcome.failure == nil && outcome.pipelines.count == 1)
    }

    @Test("a stage that never ran is modified where something is there, as DVC says it; one that ran is silent")
    func newStage() throws {
        let project = try made()
        #expect(
            try status(project)
                == #"{"copy":[{"changed deps":{"source.txt":"modified","params.yaml":"new"}},"#
                + #"{"changed outs":{"copied.txt":"deleted"}}]}"#)
        try project.write("four", to: "copied.txt")
        #expect(try status(project).contains(#"{"changed outs":{"copied.txt":"modified"}}"#))
        try project.remove("source.txt")
        #expect(try status(project).contains(#"{"changed deps":{"source.txt":"deleted","params.yaml":"new"}}"#))
        try project.write("four", to: "source.txt")
        try reproduce(project)
        #expect(try status(project) == "{}")
    }

    @Test("changed dependencies, parameters, outputs and commands, each by its name")
    func changedStage() throws {
        let project = try made()
        try reproduce(project)
        try project.write("eleven", to: "source.txt")
        try project.write("lr: 2\nnew: 1\n", to: "params.yaml")
        let deps =
            #"{"changed deps":{"source.txt":"modified","params.yaml":{"lr":"modified","gone.later":"deleted"}}}"#
        #expect(try status(project) == #"{"copy":["# + deps + "]}")
        try project.write("other", to: "copied.txt")
        #expect(try status(project) == #"{"copy":["# + deps + #",{"changed outs":{"copied.txt":"modified"}}]}"#)
        try project.write(try project.read("dvc.yaml").replacing("cp source", with: "cp -f source"), to: "dvc.yaml")
        try project.remove("copied.txt")
        #expect(
            try status(project)
                == #"{"copy":["# + deps + #",{"changed outs":{"copied.txt":"deleted"}},"changed command"]}"#)
        let text = try WorkspaceStatus.run(in: try project.session().workspace).text
        #expect(
            text == """
                copy:
                    changed deps:
                        modified:  source.txt
                        params.yaml:
                            modified:  lr
                            deleted:  gone.later
                    changed outs:
                        deleted:  copied.txt
                    changed command

                """)
    }

    @Test("a native pipeline that never ran is shown to those who ask for it alone")
    func native() throws {
        let project = try VersionedProject()
        try project.write("schemaVersion: 1\nstages:\n  a: {run: touch a.txt, outs: [a.txt]}\n", to: "n/pipeline.yaml")
        #expect(try status(project) == "{}")
        let asked = #"{"n/pipeline.yaml:a":[{"changed outs":{"n/a.txt":"deleted"}}]}"#
        #expect(try status(project, ["n"]) == asked && status(project, ["n/pipeline.yaml"]) == asked)
        #expect(try PipelineFiles.all(in: try project.session().workspace) == [project.file("n/pipeline.yaml")])
        // Its export is no pipeline of its own.
        _ = try ExportPipeline.run(project.file("n"))
        #expect(try PipelineFiles.all(in: try project.session().workspace) == [project.file("n/pipeline.yaml")])
    }

    @Test("data that changed, is gone, or is not in the cache; all, or what was asked for")
    func pointers() throws {
        let project = try VersionedProject()
        try project.write("data", to: "d.txt")
        try project.write("x", to: "dir/x")
        try project.write("x", to: "other/dir/y")
        _ = try AddData.run(
            ["d.txt", "dir", "other/dir"].map(project.file), in: try project.session().workspace)
        #expect(try status(project) == "{}")
        try project.write("changed", to: "d.txt")
        try project.remove("dir")
        #expect(
            try status(project)
                == #"{"d.txt.dvc":[{"changed outs":{"d.txt":"modified"}}],"#
                + #""dir.dvc":[{"changed outs":{"dir":"deleted"}}]}"#)
        for target in ["d.txt", "d.txt.dvc"] {
            #expect(try status(project, [target]) == #"{"d.txt.dvc":[{"changed outs":{"d.txt":"modified"}}]}"#)
        }
        try project.emptyCache()
        #expect(try status(project, ["other"]).contains(#""other/dir":"not in cache""#))
        let error = try #require(throws: Failure.self) { try status(project, ["nothing"]) }
        #expect(error.code == "data.unknown-target" && error.exitStatus == .usage)
    }

    @Test("an output that stands in the workspace and in no cache is lost to others")
    func lostOutput() throws {
        let project = try made()
        try reproduce(project)
        try project.emptyCache()
        #expect(try status(project) == #"{"copy":[{"changed outs":{"copied.txt":"not in cache"}}]}"#)
    }
}
