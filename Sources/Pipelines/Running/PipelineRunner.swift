import Basics
package import DataVersioning
import Foundation

/// Runs the stages of a workspace that must be rerun, independent ones at once, and records each in the lock of its
/// pipeline when it has finished.
///
/// One thread decides, hashes and records; commands run on threads of their own. So hashing never races with itself,
/// and a lock is written by one hand. Stages are known by their position in the graph.
package final class PipelineRunner {
    package struct Options: Sendable {
        package var isDryRun = false
        package var isForced = false
        /// Only this stage, whatever the others need; for a runner of one pipeline.
        package var onlyStage: String?
        /// This stage and what follows from it; for a runner of one pipeline.
        package var downstreamOf: String?
        package var usesRunCache = true
        /// Whether outputs and data that the cache lacks are fetched from the remote.
        package var isPulling = false
        /// Which partitions of partitioned stages run; nil for all that must.
        package var partitions: PartitionFilter?
        package var resources = Resources()
        /// Whether a single command may write to the terminal itself.
        package var inheritsTerminal = false
        /// Nil where nothing ends a run before its time.
        package var interruption: RunInterruption?
        package init() {}
    }

    /// Makes the data of a pointer's entry at a path from its recipe; false where there is none.
    package typealias MakeData = (PointerFile, DataEntry, String) throws -> Bool

    /// Why a stage, by its position, must run though its outputs are those of its lock; nil where it need not.
    package typealias NotOnRecord = (Int) -> String?

    let graph: PipelineGraph
    /// The stages in question, in order.
    let selection: [Int]
    let workspace: Workspace
    let options: Options
    let parameters: ParameterValues
    let runCache: RunCache
    let costs: StageCosts
    let makeData: MakeData
    private let notOnRecord: NotOnRecord
    let reporter: EventReporter

    /// By pipeline file. Read once; recording a stage looks whether another process has written meanwhile.
    var locks: [String: LockFile] = [:]
    var partitions: [String: PartitionLock] = [:]
    var summary = Summary()
    var resources: Resources
    var states: [State]
    /// Partitioned stages under way.
    var partitioned: [Int: PartitionedRun] = [:]
    let completions = Guarded<[Completion]>([])
    let wakeUp = DispatchSemaphore(value: 0)
    let commands = RunningCommands()
    var repository: GitRepository?
    var tracked: GitRepository.IndexedFiles?

    /// Of a stage in part only chosen partitions ran; what reads it as a whole is left out.
    enum State { case unselected, waiting, running, done, part, leftOut, unusable }

    /// What a thread reports when its commands have ended.
    struct Completion: Sendable {
        var stage: Int
        var partition: PartitionSpec.Instance?
        var error: StageError?
        /// Whether commands ran and took their share of the resources.
        var hasRun = true
    }

    /// What was found before a stage started.
    struct Begin {
        var dependencies: [DataEntry]
        var parameters: [JSONValue.Entry]
        var started: Nanoseconds
        var log: String?
        /// How many partitions are to run; nil for a stage that runs as a whole.
        var partitions: Int?
        /// How many partitions must run and were not asked for; nil where the stage is done as a whole.
        var left: Int?
        var hold: (() -> Void)?
    }
    var begun: [Int: Begin] = [:]
    /// Threads whose end has not been taken notice of.
    var commandsRunning = 0

    /// - Parameters:
    ///   - selection: positions of the stages in question, in order.
    ///   - makeData: makes missing data from its recipe; set by Workflows, which knows the tools.
    ///   - notOnRecord: asked of stages whose outputs are here as their lock has them; set by Workflows, which knows
    ///     what commands enter in a registry.
    package init(
        _ graph: PipelineGraph, _ selection: [Int], workspace: Workspace, options: Options = Options(),
        makeData: @escaping MakeData, notOnRecord: @escaping NotOnRecord = { _ in nil },
        report: @escaping (Event) -> Void
    ) throws {
        self.graph = graph
        self.selection = selection
        self.workspace = workspace
        self.options = options
        self.makeData = makeData
        self.notOnRecord = notOnRecord
        reporter = EventReporter(report)
        parameters = ParameterValues(
            overridden: graph.pipelines.reduce(into: [:]) { $0.merge($1.overridden) { $1 } })
        runCache = RunCache(workspace)
        costs = StageCosts(workspace)
        resources = options.resources
        states = [State](repeating: .unselected, count: graph.stages.count)
        for index in selection { states[index] = .waiting }
        for file in Set(selection.map { graph.stages[$0].file }) { try readLocks(file) }
    }

    /// A runner of one pipeline, which knows no other one.
    package convenience init(
        _ pipeline: Pipeline, workspace: Workspace, options: Options = Options(),
        makeData: @escaping MakeData, report: @escaping (Event) -> Void
    ) throws {
        let graph = try PipelineGraph([pipeline])
        var selection = Array(graph.stages.indices)
        if let name = options.onlyStage ?? options.downstreamOf {
            guard let stage = graph.position(of: name, in: pipeline.path) else {
                throw PipelineGraph.noStage(name, in: pipeline)
            }
            selection = options.onlyStage != nil ? [stage] : graph.downstream(of: [stage])
        }
        try self.init(
            graph, selection, workspace: workspace, options: options, makeData: makeData, report: report)
    }

    func report(_ event: Event) { reporter.report(event) }

    /// What was restored or is here, and is not on record; a frozen stage stays as it is.
    func missingRecord(_ index: Int) -> StageStatus.Change? {
        guard !graph.stages[index].isFrozen else { return nil }
        return notOnRecord(index).map { .notOnRecord($0) }
    }

    func readLocks(_ file: String) throws {
        let directory = Paths.parent(file)
        locks[file] = try workspace.lockFile("\(directory)/dvc.lock")
        partitions[file] = try PartitionLock("\(directory)/partitions.lock")
    }

    func locked(_ stage: Stage) -> LockFile.Stage? { locks[stage.file]?[stage.name] }

    /// - Throws: the failure that weighs most, or `CancellationError` after an interruption; the summary says what was
    ///   done all the same, by ``runToEnd()``.
    package func run() throws -> Summary {
        let summary = try runToEnd()
        if summary.interruption != nil { throw CancellationError() }
        if let failure = summary.failure { throw failure }
        return summary
    }

    /// Runs what must be run. Stages that fail are part of what is returned.
    ///
    /// - Throws: ``ConfigError`` for a stage that could never run; what goes beyond one stage.
    package func runToEnd() throws -> Summary {
        for index in selection {
            try resources.check(graph.stages[index])
            try PipelineRunner.checkForeign(graph.stages[index])
        }
        try checkPartitions()
        if options.isDryRun {
            try dryRun()
            try? workspace.hashes.save()
            return summary
        }
        defer { try? workspace.hashes.save() }
        let watch = options.interruption.map { interruption -> InterruptionWatch in
            // Asked once here, so that signals are noticed from now on.
            if let number = interruption.signal() { commands.end(number) }
            return InterruptionWatch(interruption, commands, wakeUp: wakeUp)
        }
        defer { watch?.stop() }
        do { try loop() } catch {
            // Something beyond one stage failed; what runs is waited for, so that nothing goes on behind the message.
            while commandsRunning > 0 {
                wakeUp.wait()
                commandsRunning -= takeCompletions().count { $0.hasRun }
            }
            for begin in begun.values { begin.hold?() }
            if commands.ending == nil { throw error }
        }
        commands.endLeftovers()
        summary.interruption = commands.ending
        return summary
    }

    /// What is ready goes as far as it can; then an end is waited for, which makes others ready. O(stages + edges).
    private func loop() throws {
        var needed = graph.sources.indices.map { index in
            graph.stages[index].isFrozen ? 0 : graph.sources[index].count { states[$0] == .waiting }
        }
        // Smallest position first, so that the order is that of the graph.
        var ready = selection.filter { needed[$0] == 0 }
        // What would start if it had a place.
        var starved: [Int] = []
        var running = 0
        func settle(_ index: Int) {
            var ended = [index]
            while let index = ended.popLast() {
                for target in graph.targets[index] where states[target] == .waiting && !graph.stages[target].isFrozen {
                    if states[index] == .unusable {
                        states[target] = .unusable
                        summary.add(graph.stages[target], .blocked)
                        report(.blocked(graph.stages[target]))
                        ended.append(target)
                    } else if isLeftOut(target, after: states[index]) {
                        states[target] = .leftOut
                        summary.add(graph.stages[target], .leftOut)
                        report(.leftOut(graph.stages[target]))
                        ended.append(target)
                    } else {
                        needed[target] -= 1
                        if needed[target] == 0 { ready.append(target) }
                    }
                }
            }
        }
        while true {
            ready.sort(by: >)
            while let index = ready.popLast(), commands.ending == nil {
                guard states[index] == .waiting else { continue }
                states[index] = try advance(index)
                switch states[index] {
                case .running: running += 1
                case .waiting: starved.append(index)
                default:
                    let before = ready.count
                    settle(index)
                    if ready.count > before { ready.sort(by: >) }
                }
            }
            startPartitions()
            guard running > 0, commands.ending == nil || commandsRunning > 0 else { break }
            wakeUp.wait()
            for completion in takeCompletions() where try finish(completion) {
                running -= 1
                settle(completion.stage)
                // A place is free.
                ready += starved
                starved = []
            }
        }
        for begin in begun.values { begin.hold?() }
        begun = [:]
    }
}
