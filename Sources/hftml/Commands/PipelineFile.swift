import ArgumentParser
import Basics
import Documents
import DataVersioning
import Pipelines
import Workflows

struct PipelineCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Check a pipeline, or write it as DVC's.",
        subcommands: [Lint.self, ExportDVC.self])
    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct Lint: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "lint",
            abstract: "Find mistakes, and what will surprise; exit status 2 with --strict if there is anything.",
            discussion: """
                EXAMPLES
                  hftml pipeline lint Pipelines/demo
                  hftml pipeline lint dvc.yaml --strict
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Pipelines; all by default.", completion: .file()) var pipelines: [String] = []
        @Flag(help: "Advice counts as failure.") var strict = false

        mutating func perform(_ context: CommandContext) throws {
            let workspace = try Workspace.find(
                from: pipelines.first.map { Paths.isDirectory($0) ? $0 : Paths.parent($0) } ?? ".")
            var advice: [(String, Pipeline.Advice)] = []
            for file in try pipelines.isEmpty ? PipelineFiles.all(in: workspace) : pipelines {
                let pipeline = try ReproducePipeline.load(file)
                advice += try pipeline.advice(workspace: workspace).map { (workspace.shown(pipeline.path), $0) }
            }
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "advice": .list(
                            advice.map {
                                .map([
                                    "pipeline": .string($0.0), "stage": .string($0.1.stage),
                                    "place": .string($0.1.mark.map { "\($0)" }), "text": .string($0.1.text),
                                ])
                            }),
                    ]).text(.pretty))
            } else {
                for (file, item) in advice {
                    emit(
                        "\(item.mark.map { "\(workspace.shown($0.file)):\($0.line):\($0.column)" } ?? file): \(item.stage.map { "stage '\($0)': " } ?? "")\(item.text)"
                    )
                }
                if advice.isEmpty { emit("nothing to remark") }
            }
            if strict, !advice.isEmpty { throw refuse() }
        }
    }

    struct ExportDVC: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "export-dvc",
            abstract: "Write the dvc.yaml that says the same; real dvc finds nothing to do after ours.",
            discussion: """
                EXAMPLES
                  hftml pipeline export-dvc Pipelines/demo
                  hftml pipeline export-dvc Pipelines/demo --check
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "A native pipeline.", completion: .file()) var pipeline: String
        @Option(
            name: .shortAndLong, help: "Where it goes; beside the pipeline by default, where it shares the lock.",
            completion: .file()) var output: String?
        @Flag(help: "Write nothing; exit status 2 if the file there says something else.") var check = false

        mutating func perform(_ context: CommandContext) throws {
            let loaded = try ReproducePipeline.load(pipeline)
            guard loaded.isNative else {
                throw Failure("pipeline.export", "found '\(loaded.path)', which is DVC's already", exitStatus: .usage)
            }
            let path = output ?? "\(loaded.directory)/dvc.yaml"
            let text = loaded.dvcText()
            if check {
                let isSame = try Paths.exists(path) && FileChunks.text(path) == text
                if common.json {
                    emit(JSONValue.map(["schemaVersion": .int(1), "current": .bool(isSame)]).text(.pretty))
                } else {
                    emit(isSame ? "\(path) is current" : "\(path) is not what the pipeline says")
                }
                if !isSame { throw refuse() }
                return
            }
            try AtomicFile.write(text, to: path)
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "path": .string(path), "stages": .int(loaded.stages.count),
                    ]).text(.pretty))
            } else {
                emit("\(path)  \(loaded.stages.count) stages")
            }
        }
    }
}
