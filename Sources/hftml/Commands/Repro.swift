import ArgumentParser
import Basics
import Pipelines
import Workflows

struct ReproCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "repro", abstract: "Run what must be rerun of a pipeline.",
        discussion: """
            EXAMPLES
              hftml repro Pipelines/demo
              hftml repro Pipelines/us-5min --set data=/data/bars --dry-run
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pipelines: directories with a pipeline.yaml, or such files.", completion: .file()) var pipelines: [String]
    @Option(help: "Only this stage.") var stage: String?
    @Flag(help: "Run also what is up to date.") var force = false
    @Flag(help: "Say what would run and why; run nothing.") var dryRun = false
    @Option(name: .customLong("set"), help: ArgumentHelp("Replace a parameter of params.yaml.", valueName: "key=value")) var assignments: [String] = []

    mutating func perform() throws {
        var options = PipelineRunner.Options()
        (options.isDryRun, options.isForced, options.onlyStage) = (dryRun, force, stage)
        let overrides = try Self.assignments(assignments)
        let terminal = common.terminal
        var documents: [JSONValue] = []
        for path in pipelines {
            let started = Clock.monotonic()
            var planned: [JSONValue] = []
            let summary = try ReproducePipeline.run(path, options: options, overrides: overrides) { event in
                switch event {
                case .current(let stage): terminal.say(terminal.paint("  ✓ \(stage.name): up to date", .dim))
                case .restored(let stage, let status): terminal.say("  ↺ \(stage.name): outputs restored from the cache, because \(status.changes.first?.text ?? "")")
                case .made(let path): terminal.say("  + \(path): made by its recipe, as its pointer names it")
                case .started(let stage, let status):
                    terminal.say(terminal.paint("▶ \(stage.name)", .bold) + ": " + status.changes.map(\.text).joined(separator: "; "))
                case .wouldRun(let stage, let status):
                    let reasons = status.isCurrent ? ["a stage before it would run"] : status.changes.map(\.text)
                    planned.append(.map(["stage": .string(stage.name), "reasons": .strings(reasons)]))
                    terminal.say("  would run \(stage.name): \(reasons.joined(separator: "; "))")
                case .failed(let stage, let error): terminal.say("  \(terminal.paint("✗", .red)) \(stage.name): \(error.message)")
                case .blocked(let stage): terminal.say("  – \(stage.name): waits for a stage that did not succeed")
                case .finished(let stage, let seconds): terminal.say("  \(terminal.paint("✓", .green)) \(stage.name) in \(fixed(seconds, 2)) s")
                }
            }
            let seconds = Double(Clock.monotonic() - started) * 1e-9
            documents.append(
                .map([
                    "pipeline": .string(path), "ran": .list(summary.ran.map { .map(["stage": .string($0.name), "seconds": .double($0.seconds)]) }),
                    "restored": .strings(summary.restored), "current": .strings(summary.current), "wouldRun": .list(planned), "seconds": .double(seconds),
                ]))
            guard !common.json, !dryRun else { continue }
            if summary.ran.isEmpty, summary.restored.isEmpty {
                emit("\(path): nothing to do, all \(summary.current.count) stages are up to date (\(fixed(seconds * 1000, 1)) ms)")
            } else {
                emit("\(path): \(summary.ran.count) stages run, \(summary.restored.count) restored, \(summary.current.count) up to date in \(fixed(seconds, 1)) s")
            }
        }
        if common.json { emit(JSONValue.map(["schemaVersion": .int(1), "pipelines": .list(documents)]).text(.pretty)) }
    }
}

struct DagCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "dag", abstract: "Draw the stages of a pipeline and what they need.",
        discussion: """
            EXAMPLES
              hftml dag Pipelines/demo
              hftml dag Pipelines/demo --mermaid
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A pipeline.", completion: .file()) var pipeline: String
    @Flag(help: "As a Mermaid flowchart.") var mermaid = false
    @Flag(help: "As a Graphviz digraph.") var dot = false

    mutating func perform() throws {
        let pipeline = try ReproducePipeline.load(pipeline)
        if common.json {
            return emit(
                JSONValue.map([
                    "schemaVersion": .int(1),
                    "stages": .list(
                        pipeline.stages.map {
                            .map([
                                "name": .string($0.name), "commands": .strings($0.commands), "deps": .strings($0.dependencies),
                                "outs": .strings($0.outputs.map(\.path)),
                            ])
                        }),
                    "edges": .list(pipeline.edges.map { .map(["source": .string($0.source), "target": .string($0.target)]) }),
                ]).text(.pretty))
        }
        if dot {
            return emit("strict digraph {\n" + pipeline.stages.map { "\"\($0.name)\";\n" }.joined() + pipeline.edges.map { "\"\($0.source)\" -> \"\($0.target)\";\n" }.joined() + "}")
        }
        if mermaid {
            let index = Dictionary(uniqueKeysWithValues: pipeline.stages.enumerated().map { ($0.element.name, $0.offset + 1) })
            return emit(
                "flowchart TD\n" + pipeline.stages.enumerated().map { "\tnode\($0.offset + 1)[\"\($0.element.name)\"]\n" }.joined()
                    + pipeline.edges.map { "\tnode\(index[$0.source] ?? 0)-->node\(index[$0.target] ?? 0)\n" }.joined(), terminator: "")
        }
        for stage in pipeline.stages {
            let needs = pipeline.edges.filter { $0.target == stage.name }.map(\.source)
            emit(needs.isEmpty ? stage.name : "\(stage.name)  ← \(needs.joined(separator: ", "))")
        }
    }
}
