import Basics
import DataVersioning
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
    private var failures: [StageError] = []
    private var states: [String: State] = [:]
    /// Partitioned stages under way.
    var partitioned: [String: PartitionedRun] = [:]
    private let completions = Guarded<[Completion]>([])
    private let wakeUp = DispatchSemaphore(value: 0)
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
    private var begun: [String: Begin] = [:]
    /// Threads whose end has not been taken notice of.
    private var commandsRunning = 0

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

    // MARK: Deciding

    /// Brings a ready stage as far as it can go at once.
    private func advance(_ stage: Stage) throws -> State {
        // Without a free place nothing can start; what is up to date is passed all the same.
        try provideData(stage, isDryRun: false)
        var now: [String: DataEntry] = [:]
        var status = try StageStatus.of(
            stage, lock: lock, workspace: workspace, parameters: parameters, dependencies: &now)
        if options.isForced { status.changes.insert(.forced, at: 0) }
        if let spec = stage.partitions {
            do { return try advancePartitioned(stage, spec, &status) } catch let error as StageError {
                return fail(stage, error)
            }
        }
        if status.isCurrent {
            summary.current.append(stage.name)
            report(.current(stage))
            return .done
        }
        if status.isOnlyOutputs, let locked = lock[stage.name], try restore(stage, locked.outputs) {
            summary.restored.append(stage.name)
            report(.restored(stage, status, fromRun: false))
            return .done
        }
        if stage.isFrozen {
            report(.frozen(stage, status))
            return .done
        }
        if let missing = try parameters.missing(stage).first {
            return fail(stage, problem: "found no parameter '\(missing.key)' in '\(missing.file)'")
        }
        if options.usesRunCache, !options.isForced, RunCache.isEligible(stage, workspace: workspace),
            let run = try findRun(stage, now)
        {
            // Outputs that only cost space may be had from the cache in place of a run.
            if try restore(stage, run.outputs) {
                try workspace.locked(onWait: onWait) { try record(stage, run) }
                summary.restored.append(stage.name)
                report(.restored(stage, status, fromRun: true))
                return .done
            }
        }
        guard resources.take(stage.uses) else { return .waiting }
        let begin: Begin?
        do { begin = try self.begin(stage, now) } catch let error as StageError {
            resources.giveBack(stage.uses)
            return fail(stage, error)
        }
        // Whoever was in the way may have run it meanwhile: look again.
        guard let begin, let guardFile = try claim(stage.name) else {
            begin?.hold?()
            resources.giveBack(stage.uses)
            lock = try LockFile(pipeline.lockPath)
            return try advance(stage)
        }
        report(.started(stage, status))
        begun[stage.name] = begin
        do { try clearOutputs(stage) } catch let error as StageError {
            begun.removeValue(forKey: stage.name)?.hold?()
            resources.giveBack(stage.uses)
            return fail(stage, error)
        }
        start(stage, nil, stage.commands, guardFile)
        return .running
    }

    private func takeCompletions() -> [Completion] {
        completions.update { list in
            defer { list = [] }
            return list
        }
    }

    var onWait: () -> Void { { [report] in report(.waiting("another process to release the workspace")) } }

    private func fail(_ stage: Stage, problem: String) -> State {
        fail(stage, StageError(stage: stage.name, status: 0, command: "", problem: problem))
    }

    private func fail(_ stage: Stage, _ error: StageError) -> State {
        failures.append(error)
        report(.failed(stage, error))
        return .unusable
    }

    /// The stage's lock, after waiting for whoever holds it; nil when somebody else held it in between.
    private func claim(_ name: String) throws -> StageGuard? {
        let path = "\(workspace.temporary)/hftml-run/\(Digest.md5(Array("\(pipeline.path):\(name)".utf8)))"
        if let free = try StageGuard(path) { return free }
        report(.waiting("another process, or a command that an interrupted run left behind, to finish stage '\(name)'"))
        while true {
            usleep(100_000)
            if try StageGuard(path) != nil { return nil }
        }
    }

    /// Registers the stage's paths; nil when that took waiting, so that what was decided before may no longer hold.
    func begin(_ stage: Stage, _ now: [String: DataEntry]) throws -> Begin? {
        let dependencies = try stage.dependencies.map { path in
            guard let entry = now[path] else {
                throw StageError(stage: stage.name, status: 0, command: "", problem: "found no dependency '\(path)'")
            }
            return entry
        }
        // Registered in DVC's own table, so that neither tool reads what the other one writes.
        let table = workspace.pathLock("hftml repro")
        var hasWaited = false
        let hold = try table.hold(
            read: stage.dependencies.map(stage.absolute), write: stage.outputs.map { stage.absolute($0.path) },
            onWait: { [report] in
                hasWaited = true
                report(.waiting("process \($0.processID) (\($0.command)) to finish with '\($0.path)'"))
            })
        if hasWaited {
            hold()
            return nil
        }
        return Begin(dependencies: dependencies, started: Clock.monotonic(), log: nil, hold: hold)
    }

    func findRun(_ stage: Stage, _ now: [String: DataEntry]) throws -> LockFile.Stage? {
        let dependencies = stage.dependencies.compactMap { now[$0] }
        guard dependencies.count == stage.dependencies.count else { return nil }
        let wanted = LockFile.Stage(
            commands: stage.commands, isList: stage.isList, dependencies: dependencies,
            parameters: try parameters.of(stage),
            outputs: stage.outputs.map { DataEntry(path: $0.path, md5: "", size: 0) })
        return try runCache.find(wanted)
    }

    // MARK: Running

    /// Starts commands on a thread of their own.
    func start(_ stage: Stage, _ partition: PartitionSpec.Instance?, _ commands: [String], _ guardFile: StageGuard) {
        let label = partition.map { "\(stage.name)[\($0.stem)]" } ?? stage.name
        let isAlone = options.inheritsTerminal && options.resources.jobs == 1
        let log =
            "\(workspace.temporary)/hftml-logs/"
            + "\(Paths.relative(pipeline.directory, to: workspace.root).replacing("/", with: "-"))"
            + "-\(label.replacing("/", with: "-")).log"
        if !isAlone { unlink(log) }
        begun[stage.name]?.log = isAlone ? nil : workspace.shown(log)
        let reporter = OutputReporter(report)
        let process = StageProcess(
            commands: commands, directory: stage.directory,
            environment: workspace.environment.merging(["DVC_STAGE": stage.name, "DVC_ROOT": workspace.root]) { $1 },
            output: isAlone ? .inherited : .labelled(label, log: log), guardFile: guardFile, label: { reporter.say($0) }
        )
        let name = stage.name, shownLog = isAlone ? nil : workspace.shown(log)
        let thread = Thread { [completions, wakeUp] in
            var failure: StageError?
            do { try process.run() } catch let error as StageProcess.Failure {
                failure = StageError(
                    stage: name, status: error.status, command: error.command, problem: nil, log: shownLog)
            } catch {
                failure = StageError(stage: name, status: 0, command: "", problem: "\(error)")
            }
            let completion = Completion(stage: name, partition: partition, error: failure)
            completions.update { $0.append(completion) }
            wakeUp.signal()
        }
        thread.stackSize = 1 << 20
        commandsRunning += 1
        thread.start()
    }

    /// Takes what a thread reports.
    ///
    /// - Returns: whether the stage as a whole has come to its end.
    private func finish(_ stage: Stage, _ completion: Completion) throws -> Bool {
        if completion.hasRun {
            resources.giveBack(stage.uses)
            commandsRunning -= 1
        }
        var error = completion.error
        if let instance = completion.partition {
            guard try finishPartition(stage, instance, &error) else { return false }
        }
        let begin = begun.removeValue(forKey: stage.name)
        defer { begin?.hold?() }
        let seconds = Double(Clock.monotonic() - (begin?.started ?? 0)) * 1e-9
        if error == nil {
            do {
                try workspace.locked(onWait: onWait) { try recordRun(stage, dependencies: begin?.dependencies ?? []) }
            } catch let problem as StageError {
                error = problem
            }
        }
        if let error {
            // Only what needs this stage has to wait; the rest goes on.
            states[stage.name] = fail(stage, error)
            return true
        }
        states[stage.name] = .done
        summary.ran.append((stage.name, seconds))
        report(.finished(stage, seconds: seconds))
        return true
    }

    /// Tells the loop that a partitioned stage needs nothing run.
    func complete(_ stage: Stage) {
        let completion = Completion(
            stage: stage.name, partition: PartitionSpec.Instance(input: "", commands: [], outputs: []), hasRun: false)
        completions.update { $0.append(completion) }
        wakeUp.signal()
    }

    func setBegun(_ stage: String, _ begin: Begin) { begun[stage] = begin }
    func settle(_ stage: Stage, _ state: State) { states[stage.name] = state }
}

/// Hands lines from threads to the one who shows them.
final class OutputReporter: @unchecked Sendable {
    private let report: (PipelineRunner.Event) -> Void
    private static let turn = NSLock()

    init(_ report: @escaping (PipelineRunner.Event) -> Void) { self.report = report }

    func say(_ line: String) { OutputReporter.turn.withLock { report(.output(line)) } }
}
