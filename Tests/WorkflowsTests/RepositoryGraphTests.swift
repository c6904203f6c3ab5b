import Basics
import DataVersioning
import Foundation
import Pipelines
import Testing
import Workflows

/// All pipelines and pointers of a workspace are one graph.
@Suite struct RepositoryGraphTests {
    /// `prep` makes `prep/c` from `raw`, and a stage of the root makes `r` from it.
    private func made() throws -> VersionedProject {
        let project = try VersionedProject()
        try project.write("stages:\n  c: {cmd: cp ../raw c, deps: [../raw], outs: [c]}\n", to: "prep/dvc.yaml")
        try project.write(
            "stages:\n  r: {cmd: cp prep/c r, deps: [prep/c], outs: [r]}\n  s: {cmd: echo 1 > s, outs: [s]}\n",
            to: "dvc.yaml")
        try project.write("1", to: "raw")
        return project
    }

    private func run(
        _ project: VersionedProject, _ typed: [String] = ["."],
        _ change: (inout ReproducePipelines.Request) -> Void = { _ in }
    ) throws -> ReproducePipelines.Outcome {
        var request = ReproducePipelines.Request(
            typed.map { .init(typed: $0, path: $0 == "." ? project.root : project.file($0)) },
            environment: project.environment)
        change(&request)
        return try ReproducePipelines.run(request) { _ in }
    }

    private func ran(_ outcome: ReproducePipelines.Outcome) -> [String] {
        outcome.pipelines.flatMap { part in part.ran.map { "\(part.pipeline) \($0.stage)" } }
    }

    @Test(
        "what another file makes is made first, in a fresh checkout and after a change, in whatever order it is typed")
    func upstream() throws {
        let project = try made()
        #expect(try Set(ran(run(project))) == [". r", ". s", "prep/dvc.yaml c"] && (project.read("r")) == "1")
        try project.write("2", to: "raw")
        #expect(try Set(ran(run(project))) == [". r", "prep/dvc.yaml c"] && (project.read("r")) == "2")
        try project.write("3", to: "raw")
        #expect(try ran(run(project, [".", "prep"])) == [". r", "prep c"] && (project.read("r")) == "3")
        #expect(try run(project).pipelines.allSatisfy { $0.ran.isEmpty && !$0.current.isEmpty })
    }

    @Test(
        "a stage runs with what it needs, by its name, its file, what it makes or its directory; or alone",
        arguments: [
            ("r", [". r", "prep/dvc.yaml c"]), ("dvc.yaml:r", [". r", "prep/dvc.yaml c"]), ("dvc.yaml:s", [". s"]),
            ("prep/c", ["prep/dvc.yaml c"]), ("prep:c", ["prep/dvc.yaml c"]), ("prep", ["prep/dvc.yaml c"]),
            ("prep/dvc.yaml:c", ["prep/dvc.yaml c"]), ("s", [". s"]),
        ])
    func targets(_ typed: String, _ expected: [String]) throws {
        let names = ran(try run(try made(), [typed])).map {
            $0.replacing("dvc.yaml r", with: ". r").replacing("dvc.yaml s", with: ". s")
        }.map { $0.hasPrefix("prep c") ? "prep/dvc.yaml c" : $0 }
        #expect(Set(names) == Set(expected), "\(names)")
        let project = try made()
        _ = try run(project)
        try project.write("2", to: "raw")
        #expect(try run(project, ["r"]) { $0.isSingle = true }.pipelines.flatMap(\.current) == ["r"])
        #expect(ran(try run(project, ["r"])).count == 2)
    }

    @Test("an unknown target is named with the nearest stage; data is no target")
    func unknown() throws {
        let project = try made()
        _ = try AddData.run([project.file("raw")], in: try project.session().workspace)
        let stage = try #require(throws: Failure.self) { try run(project, ["rr"]) }
        #expect(stage.code == "pipeline.missing" && stage.hint == "did you mean 'r'?")
        let named = try #require(throws: Failure.self) { try run(project, ["prep:d"]) }
        #expect(named.code == "pipeline.no-stage" && named.hint == "did you mean 'c'?")
        let data = try #require(throws: Failure.self) { try run(project, ["raw.dvc"]) }
        #expect(data.code == "pipeline.missing" && data.hint == "bring it here with: hftml checkout 'raw.dvc'")
    }

    @Test("outputs that overlap are found when the files are read, between pipelines and with data behind a pointer")
    func overlaps() throws {
        let project = try made()
        try project.write("stages:\n  x: {cmd: touch c/d, outs: [../prep/c/d]}\n", to: "other/dvc.yaml")
        func check(_ words: String) throws {
            let workspace = try project.session().workspace
            for attempt in [
                { _ = try run(project) }, { _ = try run(project) { $0.isDryRun = true } },
                { _ = try LintPipelines.run(around: project.root, environment: project.environment) },
                { _ = try WorkspaceStatus.run(in: workspace) },
            ] as [() throws -> Void] {
                let error = try #require(throws: ConfigError.self) { try attempt() }
                #expect(error.message.contains(words) && error.mark != nil, "\(error)")
            }
        }
        try check("as output of both")
        try project.remove("other/dvc.yaml")
        try project.write("x", to: "data/a/b")
        _ = try AddData.run([project.file("data")], in: try project.session().workspace)
        try project.write("stages:\n  y: {cmd: touch n, outs: [../data/n]}\n", to: "other/dvc.yaml")
        try check("and as data of '../data.dvc'")
    }

    @Test(
        "a pipeline that cannot be read is told and left out, unless it was asked for; ignored ones are not looked at")
    func unread() throws {
        let project = try made()
        try project.write("stages: [", to: "vendor/dvc.yaml")
        let outcome = try run(project)
        #expect(outcome.failure == nil && outcome.unread.map(\.file) == ["vendor/dvc.yaml"])
        #expect(throws: ConfigError.self) { try run(project, ["vendor"]) }
        // A directory with a .dvc of its own is another workspace.
        try Paths.makeDirectory(project.file("vendor/.dvc"))
        #expect(try run(project).unread.isEmpty)
    }

    @Test("parameters that change while a stage runs are told, and neither recorded nor taken from the run cache")
    func unsettledParameters() throws {
        let project = try VersionedProject()
        let yaml = """
            stages:
              a: {cmd: "cp params.yaml o; CHANGE", deps: [d], params: [p], outs: [o]}
              b: {cmd: cp o q, deps: [o], outs: [q]}

            """
        try project.write("p: 1\n", to: "params.yaml")
        try project.write("d", to: "d")
        try project.write(yaml.replacing("CHANGE", with: "test -e done || echo 'p: 2' > params.yaml"), to: "dvc.yaml")
        let first = try run(project)
        #expect(first.failure?.message.contains("'p' in 'params.yaml' changed (1 → 2) while it ran") == true)
        #expect(try first.pipelines[0].blocked == ["b"] && (project.read("o")) == "p: 1\n")
        #expect(!project.exists("dvc.lock"))
        try project.write("", to: "done")
        #expect(try run(project).failure == nil && (project.read("q")) == "p: 2\n")
        try project.write("p: 1\n", to: "params.yaml")
        #expect(try run(project).pipelines[0].ran.map(\.stage) == ["a", "b"] && (project.read("q")) == "p: 1\n")
    }

    @Test("a stage whose input changed while it ran keeps its output and has no record, and what follows goes on")
    func unsettledInput() throws {
        let project = try VersionedProject()
        try project.write("1\n", to: "in")
        try project.write(
            "stages:\n  a: {cmd: 'cp in o; echo 2 >> in', deps: [in], outs: [o]}\n  "
                + "b: {cmd: cp o q, deps: [o], outs: [q]}\n", to: "dvc.yaml")
        let outcome = try run(project)
        #expect(outcome.failure == nil && outcome.pipelines[0].unrecorded.map(\.stage) == ["a"])
        let lock = try LockFile(project.file("dvc.lock"))
        #expect(try lock["a"] == nil && lock["b"] != nil && (project.read("q")) == "1\n")
        // The earlier content again: no record says that its output is there.
        try project.write("1\n", to: "in")
        #expect(try run(project).pipelines[0].ran.map(\.stage).contains("a"))
        let advice = try LintPipelines.run(around: project.root, environment: project.environment)
        #expect(advice.contains { $0.stage == "a" && $0.text.contains("seems to change 'in'") }, "\(advice)")
    }

    @Test(
        "a value after --set is what the command sees, or is refused",
        arguments: [
            ("cp params.yaml m", "[lr]", true), ("echo ${lr} > m", "[lr]", false), ("echo 3 > m", "[lr]", true),
            ("echo ${lr} > m; cat params.yaml", "[lr]", true), ("echo ${lr} > m", "[{params.yaml: null}]", true),
            ("cp params.yaml m", "[other]", false),
        ])
    func assignments(_ command: String, _ parameters: String, _ isRefused: Bool) throws {
        let project = try VersionedProject()
        try project.write("lr: 1\nother: 2\n", to: "params.yaml")
        try project.write("d", to: "d")
        try project.write(
            "stages:\n  t: {cmd: \"\(command)\", deps: [d], params: \(parameters), outs: [m]}\n", to: "dvc.yaml")
        if isRefused {
            let error = try #require(throws: Failure.self) { try run(project) { $0.assignments = ["lr=9"] } }
            #expect(error.code == "pipeline.set-unseen" && error.message.contains("'t'") && !project.exists("m"))
        } else {
            #expect(try run(project) { $0.assignments = ["lr=9"] }.failure == nil)
            if command.contains("${lr}") { #expect(try project.read("m") == "9\n") }
        }
    }

    @Test("addresses in stages are told by lint and status, and refused with their place when the stage shall run")
    func addresses() throws {
        let project = try VersionedProject()
        try project.write(
            "stages:\n  t:\n    cmd: touch o\n    deps:\n    - s3://bucket/key\n    outs: [o]\n", to: "dvc.yaml")
        let error = try #require(throws: ConfigError.self) { try run(project) }
        #expect(error.code == "pipeline.foreign" && error.message.contains("'s3://bucket/key'"))
        #expect(error.mark?.line == 5 && !project.exists("o"))
        let advice = try LintPipelines.run(around: project.root, environment: project.environment)
        #expect(advice.map(\.place?.line) == [5])
        let status = try WorkspaceStatus.run(in: try project.session().workspace)
        #expect(status.json.text(.compact).contains(#"{"changed deps":{"s3://bucket/key":"not checked"}}"#))
    }

    @Test("a dry run says what a rerun took last time, and in a fresh clone what is not fetched yet")
    func costs() throws {
        let project = try made()
        let never = try #require(try run(project) { $0.isDryRun = true }.estimate)
        #expect(never.stages == 3 && never.unknown == 3)
        _ = try run(project)
        let forced = try #require(try run(project) { ($0.isDryRun, $0.isForced) = (true, true) }.estimate)
        #expect(forced.stages == 3 && forced.unknown == 0 && forced.seconds > 0 && forced.bytes == 6)
        #expect(try run(project) { $0.isDryRun = true }.estimate == nil)
        _ = try AddData.run([project.file("raw")], in: try project.session().workspace)
        for name in ["raw", "prep/c", "r", "s"] { try project.remove(name) }
        try project.emptyCache()
        let fresh = try run(project) { $0.isDryRun = true }.pipelines.flatMap(\.planned)
        #expect(
            fresh.map(\.reasons).contains([
                "raw is not fetched yet: hftml pull", "prep/c is not fetched yet: hftml pull",
            ]))
    }

    @Test("the graph shows data and other files")
    func graph() throws {
        let project = try made()
        _ = try AddData.run([project.file("raw")], in: try project.session().workspace)
        let outcome = try DescribePipeline.run(project.root)
        #expect(outcome.stages.map(\.name) == ["prep/dvc.yaml:c", "r", "s"])
        #expect(
            outcome.edges.map { "\($0.source) \($0.target)" } == ["raw.dvc prep/dvc.yaml:c", "prep/dvc.yaml:c r"])
        #expect(outcome.pointers.map(\.file) == ["raw.dvc"] && outcome.pointers[0].outputs == ["raw"])
        let all = try DescribePipeline.run(nil, around: project.root)
        #expect(all.stages.count == 3 && all.pointers == outcome.pointers)
    }

    @Test("commit records a stage as it stands, named or because it changed, and nothing runs")
    func commit() throws {
        let project = try made()
        let workspace = try project.session().workspace
        #expect(try CommitData.run(in: workspace).isEmpty)
        try project.write("by hand", to: "prep/c")
        let named = try CommitData.run([project.file("prep:c")], in: workspace)
        #expect(named.map(\.pointer) == [project.file("prep/dvc.lock")] && named[0].bytes == 7)
        #expect(try run(project, ["prep"]).pipelines[0].current == ["c"] && project.read("prep/c") == "by hand")
        try project.write("edited", to: "prep/c")
        #expect(try CommitData.run(in: project.session().workspace).map(\.bytes) == [6])
        #expect(try run(project, ["prep"]).pipelines[0].current == ["c"])
        let missing = try #require(throws: PipelineRunner.StageError.self) {
            try CommitData.run([project.file("r")], in: project.session().workspace)
        }
        #expect(missing.problem == "found no output 'r'")
    }

    @Test("stages are targets of status, by file and by name")
    func status() throws {
        let project = try made()
        func names(_ target: String) throws -> [String] {
            let status = try WorkspaceStatus.run([project.file(target)], in: try project.session().workspace)
            return (status.json.mapValue ?? []).map(\.key)
        }
        #expect(try names("r") == ["r"] && names("dvc.yaml:s") == ["s"] && names("prep:c") == ["prep/dvc.yaml:c"])
        #expect(try names("prep/c") == ["prep/dvc.yaml:c"] && names("prep") == ["prep/dvc.yaml:c"])
    }
}
