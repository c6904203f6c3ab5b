import Basics
import DataVersioning
import Foundation

/// Commands on threads of their own, and what they report.
extension PipelineRunner {
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
    func finish(_ stage: Stage, _ completion: Completion) throws -> Bool {
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
