import Basics
import DataVersioning
import Foundation
import Pipelines
import TestSupport
import Testing

@Suite struct PipelineTests {
    static func project(_ yaml: String, _ files: [String: String] = [:]) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try Workspace.create(directory.path, environment: [:])
        try directory.write(yaml, to: "p/pipeline.yaml")
        for (name, text) in files { try directory.write(text, to: "p/\(name)") }
        return directory
    }

    @discardableResult
    static func repro(
        _ directory: TemporaryDirectory, dryRun: Bool = false, types: Kinds<StageType> = StageType.kinds([])
    ) throws -> PipelineRunner.Summary {
        let pipeline = try Pipeline(directory.file("p"), types: types)
        var options = PipelineRunner.Options()
        options.isDryRun = dryRun
        return try PipelineRunner(
            pipeline, workspace: Workspace(root: directory.path, environment: [:]), options: options,
            makeData: { _, _, _ in false },
            report: { _ in }
        ).run()
    }

    static let chain = """
        schemaVersion: 1
        stages:
          last: {run: cat b > c, deps: [b], outs: [c]}
          first: {run: "sed s/1/2/ in > a", deps: [in], outs: [a]}
          middle: {run: cat a a > b, deps: [a], outs: [b]}
        """

    @Test("a pipeline has one path whatever links lead to it: locks of its stages meet")
    func link() throws {
        let directory = try PipelineTests.project(PipelineTests.chain), real = Paths.resolved(directory.path)
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("link"), withDestinationPath: directory.file("p"))
        for typed in ["p", "link", "link/pipeline.yaml"] {
            #expect(try Pipeline.file(at: directory.file(typed)) == "\(real)/p/pipeline.yaml", "\(typed)")
        }
    }

    @Test("stages run in the order of their files, once; then only what changed and what follows from it")
    func order() throws {
        let directory = try PipelineTests.project(PipelineTests.chain, ["in": "1\n"])
        #expect(try PipelineTests.repro(directory).ran.map(\.name) == ["first", "middle", "last"])
        #expect(try FileChunks.text(directory.file("p/c")) == "2\n2\n")
        #expect(try PipelineTests.repro(directory).current.count == 3)
        try directory.write("3\n", to: "p/in")
        #expect(try PipelineTests.repro(directory).ran.count == 3)
        // A change without effect stops where the content is the same.
        try directory.write("1\n", to: "p/in")
        try PipelineTests.repro(directory)
        try directory.write("2\n", to: "p/in")
        #expect(try PipelineTests.repro(directory).ran.map(\.name) == ["first"])
    }

    @Test("outputs that were deleted or altered come back from the cache without running anything")
    func restore() throws {
        let directory = try PipelineTests.project(PipelineTests.chain, ["in": "1\n"])
        try PipelineTests.repro(directory)
        try FileManager.default.removeItem(atPath: directory.file("p/c"))
        #expect(try PipelineTests.repro(directory).restored == ["last"])
        try directory.write("spoilt", to: "p/b")
        let summary = try PipelineTests.repro(directory)
        #expect(summary.restored.contains("middle") && summary.ran.isEmpty)
        #expect(try FileChunks.text(directory.file("p/c")) == "2\n2\n")
    }

    @Test("a failing stage stops what needs it and nothing else; what finished is kept; a verdict of no is told apart")
    func failure() throws {
        let yaml = """
            schemaVersion: 1
            stages:
              bad: {run: "exit STATUS", deps: [in], outs: [x]}
              after: {run: cat x > y, deps: [x], outs: [y]}
              other: {run: cat in > z, deps: [in], outs: [z]}
            """
        // Only a typed check or gate says no with 2; of any other command it is a failure, such as wrong usage.
        let typed = StageType.kinds([
            StageType(
                "ask", "says no", program: "sh", command: ["-c"], saysVerdict: true, keys: [.init("text", .value)])
        ])
        for (run, exit) in [
            ("run: exit 3", ExitStatus.failed), ("run: exit 2", .failed), ("ask: {text: exit 2}", .refused),
        ] {
            let directory = try PipelineTests.project(
                yaml.replacing("run: \"exit STATUS\"", with: run), ["in": "1"])
            let error = #expect(throws: PipelineRunner.StageError.self) {
                try PipelineTests.repro(directory, types: typed)
            }
            #expect(error?.stage == "bad" && error?.exitStatus == exit)
            #expect(Paths.exists(directory.file("p/z")) && !Paths.exists(directory.file("p/y")))
            #expect(try LockFile(directory.file("p/dvc.lock")).stages.map(\.name) == ["other"])
        }
    }

    @Test("a dry run names what would run and changes nothing")
    func dryRun() throws {
        let directory = try PipelineTests.project(PipelineTests.chain, ["in": "1\n"])
        _ = try PipelineTests.repro(directory, dryRun: true)
        #expect(try Paths.entries(directory.file("p")) == ["in", "pipeline.yaml"])
    }

    @Test(
        "mistakes are found before anything runs, with their place",
        arguments: [
            ("stages: {a: {rnu: x}}", "run"),
            ("stages: {a: {run: x, outs: [o]}, b: {run: y, outs: [o/p]}}", "output of both"),
            ("stages: {a: {run: x, outs: [o], metrics: [o/p]}}", "twice among the outputs of 'a'"),
            ("stages: {a: {run: x, deps: [q], outs: [p]}, b: {run: y, deps: [p], outs: [q]}}", "wait for each other"),
            ("stages: {}", "no stages"), ("stages: {a: {}}", "kinds"),
            ("stages: {a: {run: '${nothing}'}}", "unknown parameter"), ("stages: {a b: {run: x}}", "stage name"),
            ("schemaVersion: 2\nstages: {a: {run: x}}", "schemaVersion"),
            ("stages: [", "malformed"), ("stages: {a: {run: x, outs: [.]}}", "which holds"),
            ("stages: {a: {run: x, outs: [../..]}}", "which holds"),
            ("stages: {a: {run: x, deps: [d/f], outs: [d]}}", "which holds"),
        ])
    func mistakes(yaml: String, word: String) throws {
        let directory = try PipelineTests.project(yaml)
        let error = #expect(throws: ConfigError.self) { try Pipeline(directory.file("p"), types: StageType.kinds([])) }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
        #expect(error?.mark != nil)
    }

    @Test("parameters fill templates, keep their type, and can be overridden")
    func templates() throws {
        let directory = try PipelineTests.project(
            "stages: {a: {run: 'echo ${x.y} ${n}', outs: ['${out}']}}", ["params.yaml": "x: {y: text}\nn: 3\nout: o\n"])
        #expect(try Pipeline(directory.file("p"), types: StageType.kinds([])).stages[0].commands == ["echo text 3"])
        #expect(
            try Pipeline(directory.file("p"), types: StageType.kinds([]), overrides: [("x.y", .string("new"))]).stages[
                0
            ].commands == [
                "echo new 3"
            ])
        #expect(throws: Failure.self) {
            try Pipeline(directory.file("p"), types: StageType.kinds([]), overrides: [("x.z", .int(1))])
        }
    }

    @Test(
        "commands run in the caller's shell where there is one, each line by itself, and know their stage",
        arguments: [
            ([:], "/bin/sh"), (["SHELL": "/bin/bash"], "/bin/bash"), (["SHELL": ""], "/bin/sh"),
            (["SHELL": "/nowhere"], "/bin/sh"),
        ])
    func shell(_ environment: [String: String], _ shell: String) throws {
        let directory = try PipelineTests.project(
            "stages: {a: {run: \"x=1; echo $0 > a\\necho $DVC_STAGE $DVC_ROOT $x >> a\", outs: [a]}}")
        _ = try PipelineRunner(
            try Pipeline(directory.file("p"), types: StageType.kinds([])),
            workspace: Workspace(root: directory.path, environment: environment), makeData: { _, _, _ in false },
            report: { _ in }
        ).run()
        #expect(try FileChunks.text(directory.file("p/a")) == "\(shell)\na \(directory.path)\n")
    }

    @Test("an output that Git tracks is not deleted")
    func trackedOutput() throws {
        let directory = try PipelineTests.project(
            "stages: {a: {run: touch precious, outs: [precious]}}", ["precious": "mine"])
        for arguments in [["init", "-q"], ["add", "p/precious"]] {
            #expect(try RunProgram.run("/usr/bin/env", ["git"] + arguments, in: directory.path).status == 0)
        }
        #expect(throws: PipelineRunner.StageError.self) { try PipelineTests.repro(directory) }
        #expect(try FileChunks.text(directory.file("p/precious")) == "mine")
    }

    @Test(
        "words with spaces and quotes reach the shell whole",
        arguments: ["plain", "two words", "it's", "$HOME", "", "a;b", "é"])
    func quoting(word: String) throws {
        let directory = try TemporaryDirectory()
        let result = try RunProgram.run("/bin/sh", ["-c", "printf '%s' \(Shell.quoted(word))"], in: directory.path)
        #expect(result.output == word)
    }

    @Test("plots and metrics of a pipeline.yaml are stated as in a dvc.yaml, and exported")
    func nativePlots() throws {
        let directory = try PipelineTests.project(
            """
            stages:
              a:
                run: x
                plots: [loss.csv: {cache: false, x: epoch, y: loss, title: Loss}, other.json]
            metrics: [m.json]
            plots:
            - both: {x: epoch, y: {loss.csv: [loss, val_loss]}}

            """, ["loss.csv": "epoch,loss,val_loss\n1,0.5,0.75\n", "m.json": "{\"n\": 1}"])
        let pipeline = try Pipeline(directory.file("p"), types: StageType.kinds([]))
        #expect(pipeline.stages[0].outputs.map(\.kind) == [.plot, .plot])
        #expect(pipeline.stages[0].outputs.map(\.isCached) == [false, true])
        #expect(pipeline.metrics == ["m.json"] && pipeline.plots.map(\.id) == ["both"])
        let values = RevisionValues(
            workspace: try Workspace(root: directory.path, environment: [:]), pipelines: [pipeline])
        let plots = try values.plots(at: [nil]).plots
        #expect(plots.map(\.title).contains("Loss") && plots.contains { $0.file == "both" && $0.points.count == 2 })
        #expect(try values.metrics(at: nil).map(\.file) == ["p/m.json"])
        // What is written for dvc is read as the same.
        let text = pipeline.dvcText()
        try directory.write(text, to: "q/dvc.yaml")
        let exported = try Pipeline(directory.file("q"), types: StageType.kinds([]))
        #expect(exported.metrics == ["m.json"] && exported.plots.map(\.id) == ["both"])
        #expect(exported.stages[0].outputs.map(\.plot) == pipeline.stages[0].outputs.map(\.plot))
    }
}
