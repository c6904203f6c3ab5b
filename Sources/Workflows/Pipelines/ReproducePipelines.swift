import Basics
import DataVersioning
package import Pipelines

/// Pipelines, stages or files in; what had to be rerun for them, done, out.
///
/// All pipelines and pointers of a workspace are one graph: what a target needs is run first, whatever file states it.
package enum ReproducePipelines {
    package struct Request: Sendable {
        /// A pipeline, stage or file as it was typed, and where that leads.
        package struct Target: Sendable {
            package let typed: String
            package let path: String

            package init(typed: String, path: String) {
                self.typed = typed
                self.path = path
            }

            /// Where it was typed.
            var directory: String {
                let end = "/" + typed
                if typed.hasPrefix("/") || typed.isEmpty { return Paths.parent(path) }
                if path.hasSuffix(end) {
                    return path.utf8.count == end.utf8.count ? "/" : String(path.dropLast(end.count))
                }
                return typed == "." ? path : Paths.parent(path)
            }
        }

        package var pipelines: [Target]
        /// Only this stage of the first pipeline.
        package var stage: String?
        /// Whether what the targets need is left alone.
        package var isSingle = false
        /// Whether all pipelines of the workspace are meant.
        package var isAll = false
        /// Tells of a signal that ends the run.
        var interruption: RunInterruption?
        /// This stage and what follows from it.
        package var downstream: String?
        /// Whether stages run that are up to date.
        package var isForced = false
        /// Whether to say what would run, and run nothing.
        package var isDryRun = false
        /// Stages, or partitions of stages, that run at once: 1 to 4096.
        package var jobs = 1
        /// What stages share, as `gpu=2` or `memory=16GiB`.
        package var resources: [String] = []
        /// Whether outputs may come from runs that were recorded before.
        package var usesRunCache = true
        /// Whether what the cache lacks is fetched from the remote.
        package var isPulling = false
        /// Which partitions of partitioned stages run, as `date>=2024-03`; all must hold. All when empty.
        package var conditions: [String] = []
        /// Whether a single command may write to the terminal itself.
        package var inheritsTerminal = false
        /// Parameters that replace those of `params.yaml`, as `a.b=value`.
        package var assignments: [String] = []

        /// Of the caller: for the commands of stages, and for configuration files and remotes.
        package var environment: [String: String]

        package init(_ pipelines: [Target], environment: [String: String]) {
            self.pipelines = pipelines
            self.environment = environment
        }

        /// Ends the run, with its commands, when a signal asks for it.
        ///
        /// - Parameters:
        ///   - signal: the signal that has come; nil while none has.
        ///   - giveUp: ends the process where work that nothing can stop does not end in time.
        package mutating func ends(
            onSignal signal: @escaping @Sendable () -> Int32?, giveUp: @escaping @Sendable (Int32) -> Void
        ) { interruption = RunInterruption(signal: signal, giveUp: giveUp) }
    }

    /// A stage that a dry run would run or restore.
    package struct Planned: Sendable, Equatable {
        package let stage: String
        package let isRestored: Bool
        /// False where it depends on what a stage before it makes.
        package let isCertain: Bool
        package let reasons: [String]
    }

    /// What became of one pipeline.
    package struct Reproduced: Sendable {
        /// As typed, or relative to the workspace where only something that it makes was needed.
        package let pipeline: String
        package var ran: [(stage: String, seconds: Double)] = []
        package var restored: [String] = []
        package var current: [String] = []
        package var planned: [Planned] = []
        package var failed: [PipelineRunner.StageError] = []
        /// Stages that wait for one that failed.
        package var blocked: [String] = []
        /// Stages that ran while what they read changed, and why they have no record.
        package var unrecorded: [(stage: String, reason: String)] = []
        /// Stages of which only partitions that were asked for ran, and how many others must run.
        package var inPart: [(stage: String, left: Int)] = []
        /// Stages that read as a whole what was made in part.
        package var leftOut: [String] = []
        package var seconds = 0.0

        package init(pipeline: String) { self.pipeline = pipeline }
    }

    package struct Outcome: Sendable {
        package var pipelines: [Reproduced] = []
        /// The failure that weighs most.
        package var failure: PipelineRunner.StageError?
        /// The signal that ended the run before its time.
        package var interruption: Int32?
        /// Files of the workspace that cannot be read and were left out, and why.
        package var unread: [(file: String, problem: String)] = []
        /// What a dry run expects a run to take.
        package var estimate: StageCosts.Estimate?
    }

    /// - Parameter report: gets what happens, while it happens.
    /// - Throws: ``ConfigError`` for a pipeline that is not valid and for outputs that overlap; ``Failure`` with code
    ///   `usage.jobs`, `usage.set` or `usage.resource`. A stage that fails is part of the outcome.
    package static func run(
        _ request: Request, report: @escaping (PipelineRunner.Event) -> Void
    ) throws -> Outcome {
        var options = try options(request)
        options.interruption = request.interruption
        let overrides = try Assignment.list(request.assignments)
        var outcome = Outcome(), groups: [(workspace: Workspace, targets: [Request.Target])] = []
        for target in request.pipelines {
            let start = Paths.upwards(from: target.path).first { Paths.isDirectory($0) } ?? target.directory
            let workspace = try Workspace.find(from: start, environment: request.environment)
            if let index = groups.firstIndex(where: { $0.workspace.root == workspace.root }) {
                groups[index].targets.append(target)
            } else {
                groups.append((workspace, [target]))
            }
        }
        for group in groups where outcome.interruption == nil {
            try run(group.targets, in: group.workspace, request, options, overrides, &outcome, report)
        }
        return outcome
    }

    private static func run(
        _ typed: [Request.Target], in workspace: Workspace, _ request: Request, _ options: PipelineRunner.Options,
        _ overrides: [(String, JSONValue)], _ outcome: inout Outcome,
        _ report: @escaping (PipelineRunner.Event) -> Void
    ) throws {
        let started = Clock.monotonic(), targets = PipelineTargets(typed, in: workspace)
        let files = try targets.files()
        let loaded = try WorkspaceGraph.load(in: workspace, asked: files, overrides: overrides), graph = loaded.graph
        for item in loaded.unread { report(.unread(item.file, item.problem)) }
        outcome.unread += loaded.unread
        let positions = try targets.positions(in: graph)
        let selection = try selection(positions, request, graph, files)
        try refuseUnseen(overrides, selection, graph)
        var results = typed.compactMap { target -> (file: String, result: Reproduced)? in
            guard PipelineTargets.isWhole(target.path), let file = try? Pipeline.file(at: target.path) else {
                return nil
            }
            return (file, Reproduced(pipeline: target.typed))
        }
        func part(_ stage: Stage, _ change: (inout Reproduced) -> Void) {
            if let index = results.firstIndex(where: { $0.file == stage.file }) {
                change(&results[index].result)
            } else {
                var new = Reproduced(pipeline: workspace.shown(stage.file))
                change(&new)
                results.append((stage.file, new))
            }
        }
        var estimate: StageCosts.Estimate?
        let record = StagesOnRecord(graph, selection, in: workspace)
        let summary = try PipelineRunner(
            graph, selection, workspace: workspace, options: options,
            makeData: ReproducePipeline.makeData, notOnRecord: record.objection,
            report: { event in
                if let (stage, plan) = planned(event) { part(stage) { $0.planned.append(plan) } }
                if case .cost(let cost) = event { estimate = cost }
                report(event)
            }
        ).runToEnd()
        for (stage, result) in summary.results { part(stage) { $0.add(stage, result) } }
        let seconds = Double(Clock.monotonic() - started) * 1e-9
        outcome.pipelines += results.map { item in
            var result = item.result
            result.seconds = seconds
            return result
        }
        outcome.estimate = estimate ?? outcome.estimate
        outcome.interruption = summary.interruption
        if let failure = summary.failure, outcome.failure?.exitStatus != .failed { outcome.failure = failure }
    }

    /// The positions of the stages that are in question.
    private static func selection(
        _ positions: [[Int]], _ request: Request, _ graph: PipelineGraph, _ files: [String]
    ) throws -> [Int] {
        if request.isAll { return Array(graph.stages.indices) }
        if let name = request.stage ?? request.downstream {
            let start: [Int]
            if let (file, stage) = try PipelineTargets.qualified(name), let found = graph.position(of: stage, in: file)
            {
                start = [found]
            } else {
                let found = files.compactMap { graph.position(of: name, in: $0) }
                guard let first = found.first else {
                    guard let pipeline = graph.pipelines.first(where: { files.contains($0.path) }) else { return [] }
                    throw PipelineGraph.noStage(name, in: pipeline)
                }
                start = [first]
            }
            return request.stage != nil ? start : graph.downstream(of: start)
        }
        let named = Set(positions.joined()).sorted()
        return request.isSingle ? named : graph.upstream(of: named)
    }

    /// A value after `--set` must be what the command sees. A stage of a `dvc.yaml` reads its parameters from the file,
    /// where the value is not, unless its command has them by `${…}` alone.
    private static func refuseUnseen(_ overrides: [(String, JSONValue)], _ selection: [Int], _ graph: PipelineGraph)
        throws
    {
        guard !overrides.isEmpty else { return }
        for stage in selection.map({ graph.stages[$0] }) {
            guard let key = graph.unseen(overrides.map(\.0), by: stage) else { continue }
            throw Failure(
                "pipeline.set-unseen",
                "found --set \(key)=… for stage '\(stage.label)', which reads it from params.yaml, where it says "
                    + "something else",
                hint: "change params.yaml, or give the value to the command as ${\(key)}", exitStatus: .usage)
        }
    }

    private static func options(_ request: Request) throws -> PipelineRunner.Options {
        var options = PipelineRunner.Options()
        (options.isDryRun, options.isForced) = (request.isDryRun, request.isForced)
        (options.usesRunCache, options.isPulling) = (request.usesRunCache, request.isPulling)
        options.inheritsTerminal = request.inheritsTerminal
        options.partitions = try PartitionFilter(all: request.conditions)
        guard (1...4096).contains(request.jobs) else {
            throw Failure("usage.jobs", "found -j \(request.jobs), expected 1 to 4096", exitStatus: .usage)
        }
        var capacities: [String: Int] = [:]
        for text in request.resources {
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
        options.resources = Resources(jobs: request.jobs, capacities: capacities)
        return options
    }
}
