package import Basics
package import DataVersioning
import Foundation

/// Runs the stages of a pipeline that must be rerun, independent ones at once, and records each in the lock when it has
/// finished.
///
/// One thread decides, hashes and records; commands run on threads of their own. So hashing never races with itself,
/// and the lock is written by one hand.
package final class PipelineRunner {
    package struct Options: Sendable {
        package var isDryRun = false
        package var isForced = false
        /// Only this stage, whatever the others need.
        package var onlyStage: String?
        /// This stage and what follows from it.
        package var downstreamOf: String?
        package var usesRunCache = true
        /// Whether outputs and data that the cache lacks are fetched from the remote.
        package var isPulling = false
        package var resources = Resources()
        /// Whether a single command may write to the terminal itself.
        package var inheritsTerminal = false
        package init() {}
    }

    package enum Event: Sendable {
        case current(Stage)
        case frozen(Stage, StageStatus)
        case restored(Stage, StageStatus, fromRun: Bool)
        case started(Stage, StageStatus)
        case wouldRun(Stage, StageStatus)
        /// Would run if what a stage before it makes comes out differently.
        case mightRun(Stage, after: [String])
        case wouldRestore(Stage, StageStatus)
        case finished(Stage, seconds: Double)
        case partition(Stage, done: Int, of: Int)
        case failed(Stage, StageError)
        /// A stage before it failed.
        case blocked(Stage)
        case made(String)
        case waiting(String)
        case output(String)
        case recovered(Stage, String)
    }

    package struct Summary: Sendable {
        package var ran: [(name: String, seconds: Double)] = []
        package var restored: [String] = []
        package var current: [String] = []
        package init() {}
    }

    /// A stage did not succeed.
    package struct StageError: UserFacingError, Equatable {
        package let stage: String
        package let status: Int32
        package let command: String
        package let problem: String?
        package var log: String?

        package var code: String { "pipeline.stage-failed" }
        package var message: String {
            problem.map { "stage '\(stage)': \($0)" } ?? "stage '\(stage)' ended with status \(status): \(command)"
        }
        package var hint: String? {
            "mend the cause and run the same command again; finished stages are kept"
                + (log.map { "; all it said is in \($0)" } ?? "")
        }
        /// A stage whose verdict is no makes the pipeline's verdict no.
        package var exitStatus: ExitStatus { problem == nil && status == 2 ? .refused : .failed }
    }

    let pipeline: Pipeline
    let workspace: Workspace
    let options: Options
    let parameters: ParameterValues
    let runCache: RunCache
    let makeData: (PointerFile) throws -> Bool
    let report: (Event) -> Void

    /// Read once; recording a stage looks whether another process has written meanwhile.
    var lock: LockFile
    var partitions: PartitionLock
    var summary = Summary()
    var resources: Resources
    var failures: [StageError] = []
    var states: [String: State] = [:]
    /// Partitioned stages under way.
    var partitioned: [String: PartitionedRun] = [:]
    let completions = Guarded<[Completion]>([])
    let wakeUp = DispatchSemaphore(value: 0)
    var repository: GitRepository?
    var tracked: GitRepository.IndexedFiles?

    enum State { case waiting, running, done, unusable }

    /// What a thread reports when its commands have ended.
    struct Completion: Sendable {
        var stage: String
        var partition: PartitionSpec.Instance?
        var error: StageError?
        /// Whether commands ran and took their share of the resources.
        var hasRun = true
    }

    /// What was found before a stage started.
    struct Begin {
        var dependencies: [DataEntry]
        var started: Nanoseconds
        var log: String?
        var hold: (() -> Void)?
    }
    var begun: [String: Begin] = [:]
    /// Threads whose end has not been taken notice of.
    var commandsRunning = 0

    /// - Parameters:
    ///   - makeData: makes missing data from its recipe; set by Workflows, which knows the tools.
    package init(
        _ pipeline: Pipeline, workspace: Workspace, options: Options = Options(),
        makeData: @escaping (PointerFile) throws -> Bool, report: @escaping (Event) -> Void
    ) throws {
        self.pipeline = pipeline
        self.workspace = workspace
        self.options = options
        self.makeData = makeData
        self.report = report
        parameters = ParameterValues(overridden: pipeline.overridden)
        runCache = RunCache(workspace)
        resources = options.resources
        lock = try LockFile(pipeline.lockPath)
        partitions = try PartitionLock(pipeline.partitionsPath)
    }

    /// The stages in question, in order.
    private func selected() throws -> [Stage] {
        func check(_ name: String) throws {
            guard !pipeline.stages.contains(where: { $0.name == name }) else { return }
            let near = NearestName.of(name, in: pipeline.stages.map(\.name))
            throw Failure(
                "pipeline.no-stage", "found no stage '\(name)' in '\(pipeline.path)'",
                hint: near.map { "did you mean '\($0)'?" }, exitStatus: .usage)
        }
        if let only = options.onlyStage {
            try check(only)
            return pipeline.stages.filter { $0.name == only }
        }
        if let start = options.downstreamOf {
            try check(start)
            let names = pipeline.downstream(of: start)
            return pipeline.stages.filter { names.contains($0.name) }
        }
        return pipeline.stages
    }

    package func run() throws -> Summary {
        let stages = try selected()
        for stage in stages { try resources.check(stage) }
        if options.isDryRun {
            try dryRun(stages)
            try workspace.hashes.save()
            return summary
        }
        defer { try? workspace.hashes.save() }
        for stage in stages { states[stage.name] = .waiting }
        var waiting = stages
        var running = 0
        do {
            while true {
                var progressed = false
                var left: [Stage] = []
                for stage in waiting {
                    let sources = pipeline.sources(of: stage.name).compactMap { states[$0] }
                    if sources.contains(where: { $0 == .unusable }) {
                        states[stage.name] = .unusable
                        report(.blocked(stage))
                        progressed = true
                    } else if sources.contains(where: { $0 != .done }) {
                        left.append(stage)
                    } else {
                        switch try advance(stage) {
                        case .done: states[stage.name] = .done
                        case .unusable: states[stage.name] = .unusable
                        case .running:
                            states[stage.name] = .running
                            running += 1
                        case .waiting:
                            left.append(stage)
                            continue
                        }
                        progressed = true
                    }
                }
                waiting = left
                startPartitions()
                if progressed { continue }
                if running == 0 { break }
                wakeUp.wait()
                for completion in takeCompletions() {
                    guard let stage = stages.first(where: { $0.name == completion.stage }) else { continue }
                    if try finish(stage, completion) {
                        running -= 1
                    }
                }
            }
        } catch {
            // Something beyond one stage failed; what runs is waited for, so that nothing goes on behind the message.
            while commandsRunning > 0 {
                wakeUp.wait()
                commandsRunning -= takeCompletions().count { $0.hasRun }
            }
            for begin in begun.values { begin.hold?() }
            throw error
        }
        // A failure weighs more than a verdict of no.
        if let failure = failures.first(where: { $0.exitStatus == .failed }) ?? failures.first { throw failure }
        return summary
    }
}
