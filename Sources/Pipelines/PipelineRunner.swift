import Basics
import DataVersioning
import Foundation

/// Runs the stages of a pipeline that must be rerun, in order, and records each in the lock when it has finished.
package struct PipelineRunner {
    package struct Options: Sendable {
        package var isDryRun = false
        package var isForced = false
        /// Only this stage, whatever the others need.
        package var onlyStage: String?
        package init() {}
    }

    package enum Event: Sendable {
        case current(Stage)
        case restored(Stage, StageStatus)
        case started(Stage, StageStatus)
        case wouldRun(Stage, StageStatus)
        case finished(Stage, seconds: Double)
        case failed(Stage, StageError)
        /// A stage before it failed.
        case blocked(Stage)
        case made(String)
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

        package var code: String { "pipeline.stage-failed" }
        package var message: String {
            problem.map { "stage '\(stage)': \($0)" } ?? "stage '\(stage)' ended with status \(status): \(command)"
        }
        package var hint: String? { "mend the cause and run the same command again; finished stages are kept" }
        /// A stage whose verdict is no makes the pipeline's verdict no.
        package var exitStatus: ExitStatus { problem == nil && status == 2 ? .refused : .failed }
    }

    private let pipeline: Pipeline
    private let workspace: Workspace
    /// Makes missing data from its recipe; set by Workflows, which knows the tools.
    private let makeData: (PointerFile) throws -> Bool
    private let report: (Event) -> Void

    package init(
        _ pipeline: Pipeline, workspace: Workspace, makeData: @escaping (PointerFile) throws -> Bool, report: @escaping (Event) -> Void
    ) {
        self.pipeline = pipeline
        self.workspace = workspace
        self.makeData = makeData
        self.report = report
    }

    package func run(_ options: Options) throws -> Summary {
        var summary = Summary()
        if let only = options.onlyStage, !pipeline.stages.contains(where: { $0.name == only }) {
            let near = NearestName.of(only, in: pipeline.stages.map(\.name))
            throw Failure("pipeline.no-stage", "found no stage '\(only)' in '\(pipeline.path)'", hint: near.map { "did you mean '\($0)'?" }, exitStatus: .usage)
        }
        // Stages whose inputs a dry run can no longer know.
        var willChange: Set<String> = []
        // Read once; recording a stage reads it again, for another process may have written meanwhile.
        var lock = try LockFile(pipeline.lockPath)
        var failures: [StageError] = []
        var unusable: Set<String> = []
        for stage in pipeline.stages where options.onlyStage.map({ $0 == stage.name }) ?? true {
            if pipeline.edges.contains(where: { $0.target == stage.name && unusable.contains($0.source) }) {
                unusable.insert(stage.name)
                report(.blocked(stage))
                continue
            }
            try provideData(stage, isDryRun: options.isDryRun)
            var status = try StageStatus.of(stage, lock: lock, pipeline: pipeline, workspace: workspace)
            if options.isForced { status.changes.insert(.always, at: 0) }
            if options.isDryRun {
                let isReached = pipeline.edges.contains { $0.target == stage.name && willChange.contains($0.source) }
                if status.isCurrent, !isReached {
                    report(.current(stage))
                } else {
                    willChange.insert(stage.name)
                    report(.wouldRun(stage, status))
                }
                continue
            }
            if status.isCurrent {
                summary.current.append(stage.name)
                report(.current(stage))
                continue
            }
            if status.isOnlyOutputs, let locked = lock[stage.name], try restore(stage, locked) {
                summary.restored.append(stage.name)
                report(.restored(stage, status))
                continue
            }
            report(.started(stage, status))
            let started = Clock.monotonic()
            do {
                let dependencies = try entries(stage, stage.dependencies, "dependency")
                try execute(stage)
                try workspace.locked { try record(stage, dependencies: dependencies, in: &lock) }
            } catch let error as StageError {
                // Only what needs this stage has to wait; the rest goes on.
                failures.append(error)
                unusable.insert(stage.name)
                report(.failed(stage, error))
                continue
            }
            let seconds = Double(Clock.monotonic() - started) * 1e-9
            summary.ran.append((stage.name, seconds))
            report(.finished(stage, seconds: seconds))
        }
        try workspace.hashes.save()
        // A failure weighs more than a verdict of no.
        if let failure = failures.first(where: { $0.exitStatus == .failed }) ?? failures.first { throw failure }
        return summary
    }

    /// Brings data behind pointers into the workspace: from the cache, or from its recipe.
    private func provideData(_ stage: Stage, isDryRun: Bool) throws {
        for dependency in stage.dependencies {
            let path = Paths.normalized(Paths.join(pipeline.directory, dependency))
            if Paths.exists(path) { continue }
            guard let pointer = try workspace.pointer(covering: path) else {
                if pipeline.stages.contains(where: { $0.outputs.contains { path.hasPrefix(Paths.normalized(Paths.join(pipeline.directory, $0.path))) } }) { continue }
                throw ConfigError(
                    "found no '\(dependency)', which stage '\(stage.name)' reads", at: stage.mark, code: "pipeline.missing-input",
                    hint: "check the path, or fetch the data first")
            }
            if isDryRun { continue }
            if workspace.isCached(pointer.entry) {
                try workspace.checkOut(pointer.entry, to: pointer.dataPath)
            } else if try makeData(pointer) {
                guard let made = try workspace.entry(pointer.dataPath, shownAs: pointer.entry.path), made.md5 == pointer.entry.md5 else {
                    throw Failure(
                        "data.recipe", "the recipe of '\(pointer.path)' made other data than the pointer names",
                        hint: "the recipe's inputs changed since; add the data anew with: hftml add")
                }
                try workspace.save(pointer.dataPath, made)
                report(.made(pointer.dataPath))
            } else {
                throw ObjectStore.StoreError.missing(md5: pointer.entry.md5, path: pointer.dataPath)
            }
        }
    }

    private func restore(_ stage: Stage, _ locked: LockFile.Stage) throws -> Bool {
        let wanted = locked.outputs.filter { entry in stage.outputs.contains { $0.path == entry.path } }
        guard wanted.allSatisfy({ workspace.isCached($0) }) else { return false }
        for entry in wanted { try workspace.checkOut(entry, to: Paths.join(pipeline.directory, entry.path)) }
        return true
    }

    private func execute(_ stage: Stage) throws {
        for output in stage.outputs {
            let path = Paths.normalized(Paths.join(pipeline.directory, output.path))
            // A stage may only ever delete what its pipeline could have made.
            guard path.hasPrefix(workspace.root + "/") else {
                throw StageError(stage: stage.name, status: 0, command: "", problem: "found the output '\(output.path)' outside the workspace")
            }
            guard GitRepository(containing: workspace.root)?.tracks(path) != true else {
                throw StageError(stage: stage.name, status: 0, command: "", problem: "found the output '\(output.path)' tracked by Git; a run would delete it")
            }
            try Paths.remove(path)
            try Paths.makeDirectory(Paths.parent(path))
        }
        for command in stage.commands {
            let status = try ShellCommand.run(
                command, directory: pipeline.directory, environment: ["DVC_STAGE": stage.name, "DVC_ROOT": workspace.root])
            guard status == 0 else { throw StageError(stage: stage.name, status: status, command: command, problem: nil) }
        }
    }

    /// What stands at paths of a stage now.
    private func entries(_ stage: Stage, _ paths: [String], _ missing: String) throws -> [DataEntry] {
        try paths.map { path in
            guard let entry = try workspace.entry(Paths.normalized(Paths.join(pipeline.directory, path)), shownAs: path) else {
                throw StageError(stage: stage.name, status: 0, command: "", problem: "found no \(missing) '\(path)'")
            }
            return entry
        }
    }

    /// - Parameter dependencies: as they were before the command ran, so that an edit meanwhile makes the stage stale.
    private func record(_ stage: Stage, dependencies: [DataEntry], in lock: inout LockFile) throws {
        let outputs = try entries(stage, stage.outputs.map(\.path), "output after its command:")
        for (output, entry) in zip(stage.outputs, outputs) where output.isCached {
            try workspace.save(Paths.normalized(Paths.join(pipeline.directory, output.path)), entry)
        }
        // Another process may have recorded a stage meanwhile.
        lock = try LockFile(pipeline.lockPath)
        try lock.record(stage.name, LockFile.Stage(commands: stage.commands, dependencies: dependencies, outputs: outputs))
        try workspace.hashes.save()
    }
}

/// Runs one command line in `/bin/sh`; all it prints goes to stderr.
enum ShellCommand {
    /// - Returns: the exit status; 128 + signal for a killed command.
    static func run(_ command: String, directory: String, environment: [String: String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        var variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Stages call this very program by name.
        if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            variables["PATH"] = Paths.parent(own) + ":" + (variables["PATH"] ?? "/usr/bin:/bin")
        }
        process.environment = variables
        // A stage's words are conversation; what `repro` itself prints is the product.
        process.standardOutput = FileHandle.standardError
        do { try process.run() } catch { throw Failure("pipeline.shell", "cannot start /bin/sh in '\(directory)': \(error)") }
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
    }
}
