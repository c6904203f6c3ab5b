import ArgumentParser
import Basics
import Documents
import Pipelines
import Workflows

struct ReproCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "repro", abstract: "Run what must be rerun of pipelines.",
        discussion: """
            EXAMPLES
              hftml repro Pipelines/demo
              hftml repro dvc.yaml -j 8 --resource gpu=2 --dry-run
            """)

    @OptionGroup var common: CommonOptions
    @Argument(
        help:
            "Pipelines: directories with a pipeline.yaml or dvc.yaml, or such files; the current directory by default.",
        completion: .file()) var pipelines: [String] = []
    @Option(help: "Only this stage.") var stage: String?
    @Option(help: "This stage and what follows from it.") var downstream: String?
    @Flag(name: .shortAndLong, help: "Run also what is up to date.") var force = false
    @Flag(help: "Say what would run and why; run nothing.") var dryRun = false
    @Option(name: .shortAndLong, help: "Stages, or partitions of stages, that run at once.") var jobs = 1
    @Option(
        name: .customLong("resource"),
        help: ArgumentHelp(
            "What stages share, for their `uses`; memory is that of the machine, anything else 1.",
            valueName: "name=amount")) var resourceTexts: [String] = []
    @Flag(help: "Do not take outputs from runs that were recorded before.") var noRunCache = false
    @Flag(help: "Fetch from the remote what the cache lacks.") var pull = false
    @Option(name: .customLong("set"), help: ArgumentHelp("Replace a parameter of params.yaml.", valueName: "key=value"))
    var assignments: [String] = []

    mutating func perform(_ context: CommandContext) throws {
        var options = PipelineRunner.Options()
        (options.isDryRun, options.isForced, options.onlyStage, options.downstreamOf) = (
            dryRun, force, stage, downstream
        )
        (options.usesRunCache, options.isPulling) = (!noRunCache, pull)
        options.resources = try resources()
        let terminal = common.terminal
        options.inheritsTerminal = terminal.isInteractive
        let overrides = try Self.assignments(assignments)
        var documents: [JSONValue] = []
        var failure: (any UserFacingError)?
        for path in pipelines.isEmpty ? ["."] : pipelines {
            let started = Clock.monotonic()
            let plan = ReproReport(terminal)
            do {
                let summary = try ReproducePipeline.run(path, options: options, overrides: overrides) { plan.show($0) }
                let seconds = Double(Clock.monotonic() - started) * 1e-9
                documents.append(plan.document(path, summary, seconds))
                if !common.json, !dryRun { emit(ReproReport.sentence(path, summary, seconds)) }
            } catch let error as PipelineRunner.StageError {
                // Pipelines do not depend on each other here; the first failure is reported at the end.
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        if common.json { emit(JSONValue.map(["schemaVersion": .int(1), "pipelines": .list(documents)]).text(.pretty)) }
    }

    private func resources() throws -> Resources {
        guard (1...4096).contains(jobs) else {
            throw Failure("usage.jobs", "found -j \(jobs), expected 1 to 4096", exitStatus: .usage)
        }
        var capacities: [String: Int] = [:]
        for text in resourceTexts {
            guard let equals = text.firstIndex(of: "="),
                let amount = Resources.amount(String(text[text.index(after: equals)...]))
            else {
                throw Failure(
                    "usage.resource",
                    "found '\(text)' after --resource, expected NAME=AMOUNT such as gpu=2 or memory=16GiB",
                    exitStatus: .usage)
            }
            capacities[String(text[..<equals])] = amount
        }
        return Resources(jobs: jobs, capacities: capacities)
    }
}

/// Turns the runner's events into lines, and keeps what a dry run found.
private final class ReproReport {
    private let terminal: Terminal
    private var planned: [JSONValue] = []

    init(_ terminal: Terminal) { self.terminal = terminal }

    func show(_ event: PipelineRunner.Event) {
        switch event {
        case .current(let stage): terminal.say(terminal.paint("  ✓ \(stage.name): up to date", .dim))
        case .frozen(let stage, let status):
            terminal.say("  ❄ \(stage.name): frozen, though \(status.changes.first?.text ?? "")")
        case .restored(let stage, let status, let fromRun):
            terminal.say(
                "  ↺ \(stage.name): \(fromRun ? "an earlier run was the same, its outputs are restored" : "outputs restored from the cache"), because \(status.changes.map(\.text).joined(separator: "; "))"
            )
        case .made(let path): terminal.say("  + \(path): made by its recipe, as its pointer names it")
        case .started(let stage, let status):
            terminal.say(
                terminal.paint("▶ \(stage.name)", .bold) + ": " + status.changes.map(\.text).joined(separator: "; "))
        case .wouldRun(let stage, let status): plan("would run", stage, status.changes.map(\.text), isCertain: true)
        case .mightRun(let stage, let after):
            plan(
                "would run if \(after.joined(separator: ", ")) makes something else:", stage,
                ["a stage before it runs: \(after.joined(separator: ", "))"], isCertain: false)
        case .wouldRestore(let stage, let status):
            plan("would restore", stage, status.changes.map(\.text), isCertain: true)
        case .failed(let stage, let error):
            terminal.say("  \(terminal.paint("✗", .red)) \(stage.name): \(error.message)")
        case .blocked(let stage): terminal.say("  – \(stage.name): waits for a stage that did not succeed")
        case .finished(let stage, let seconds):
            terminal.say("  \(terminal.paint("✓", .green)) \(stage.name) in \(fixed(seconds, 2)) s")
        case .partition(let stage, let done, let total):
            if terminal.isInteractive {
                terminal.showProgress(
                    stage.name, Double(done) / Double(max(total, 1)), "\(done)/\(total) partitions")
            } else if done == total || done % 100 == 0 {
                terminal.say("  \(stage.name): \(done) of \(total) partitions")
            }
        case .waiting(let text): terminal.say("  … waiting for \(text)")
        case .output(let line): terminal.say(line)
        case .recovered(let stage, let problem): terminal.say("  ! \(stage.name): \(problem); it runs again")
        }
    }

    private func plan(_ what: String, _ stage: Stage, _ reasons: [String], isCertain: Bool) {
        planned.append(
            .map([
                "stage": .string(stage.name), "action": .string(what.hasPrefix("would restore") ? "restore" : "run"),
                "certain": .bool(isCertain), "reasons": .strings(reasons),
            ]))
        terminal.say("  \(what) \(stage.name)\(isCertain ? ": " + reasons.joined(separator: "; ") : "")")
    }

    func document(_ path: String, _ summary: PipelineRunner.Summary, _ seconds: Double) -> JSONValue {
        .map([
            "pipeline": .string(path),
            "ran": .list(summary.ran.map { .map(["stage": .string($0.name), "seconds": .double($0.seconds)]) }),
            "restored": .strings(summary.restored), "current": .strings(summary.current), "wouldRun": .list(planned),
            "seconds": .double(seconds),
        ])
    }

    static func sentence(_ path: String, _ summary: PipelineRunner.Summary, _ seconds: Double) -> String {
        summary.ran.isEmpty && summary.restored.isEmpty
            ? "\(path): nothing to do, all \(summary.current.count) stages are up to date (\(fixed(seconds * 1000, 1)) ms)"
            : "\(path): \(summary.ran.count) stages run, \(summary.restored.count) restored, \(summary.current.count) up to date in \(fixed(seconds, 1)) s"
    }
}

struct DagCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "dag", abstract: "Draw the stages of a pipeline and what they need.",
        discussion: """
            EXAMPLES
              hftml dag Pipelines/demo
              hftml dag Pipelines/demo --mermaid
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A pipeline; that of the current directory by default.", completion: .file()) var pipeline = "."
    @Flag(help: "As a Mermaid flowchart.") var mermaid = false
    @Flag(help: "As a Graphviz digraph.") var dot = false

    mutating func perform(_ context: CommandContext) throws {
        let pipeline = try ReproducePipeline.load(pipeline)
        if common.json {
            return emit(
                JSONValue.map([
                    "schemaVersion": .int(1),
                    "stages": .list(
                        pipeline.stages.map {
                            .map([
                                "name": .string($0.name), "commands": .strings($0.commands),
                                "deps": .strings($0.dependencies),
                                "outs": .strings($0.outputs.map(\.path)),
                            ])
                        }),
                    "edges": .list(
                        pipeline.edges.map { .map(["source": .string($0.source), "target": .string($0.target)]) }),
                ]).text(.pretty))
        }
        if dot {
            return emit(
                "strict digraph {\n" + pipeline.stages.map { "\"\($0.name)\";\n" }.joined()
                    + pipeline.edges.map { "\"\($0.source)\" -> \"\($0.target)\";\n" }.joined() + "}")
        }
        if mermaid {
            let index = Dictionary(
                uniqueKeysWithValues: pipeline.stages.enumerated().map { ($0.element.name, $0.offset + 1) })
            return emit(
                "flowchart TD\n"
                    + pipeline.stages.enumerated().map { "\tnode\($0.offset + 1)[\"\($0.element.name)\"]\n" }.joined()
                    + pipeline.edges.map { "\tnode\(index[$0.source] ?? 0)-->node\(index[$0.target] ?? 0)\n" }.joined(),
                terminator: "")
        }
        for stage in pipeline.stages {
            let needs = pipeline.edges.filter { $0.target == stage.name }.map(\.source)
            emit(needs.isEmpty ? stage.name : "\(stage.name)  ← \(needs.joined(separator: ", "))")
        }
    }
}
