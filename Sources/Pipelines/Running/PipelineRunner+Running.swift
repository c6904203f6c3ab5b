import Basics
import DataVersioning
import Foundation

/// Commands on threads of their own, and what they report.
extension PipelineRunner {
    /// Starts commands on a thread of their own.
    func start(_ index: Int, _ partition: PartitionSpec.Instance?, _ lines: [String], _ guardFile: StageGuard) {
        let stage = graph.stages[index]
        let label = partition.map { "\(stage.name)[\($0.stem)]" } ?? stage.name
        let isAlone = options.inheritsTerminal && options.resources.jobs == 1
        let log =
            "\(workspace.temporary)/hftml-logs/"
            + "\(Paths.relative(Paths.parent(stage.file), to: workspace.root).replacing("/", with: "-"))"
            + "-\(label.replacing("/", with: "-")).log"
        if !isAlone { unlink(log) }
        begun[index]?.log = isAlone ? nil : workspace.shown(log)
        let reporter = reporter
        let process = StageProcess(
            commands: lines, directory: stage.directory,
            environment: workspace.environment.merging(["DVC_STAGE": stage.name, "DVC_ROOT": workspace.root]) { $1 },
            output: isAlone ? .inherited : .labelled(label, log: log), guardFile: guardFile, stage: index,
            commandsUnderWay: commands, label: { reporter.report(.output($0)) }
        )
        let shownLog = isAlone ? nil : workspace.shown(log)
        let thread = Thread { [completions, wakeUp] in
            var failure: StageError?
            do { try process.run() } catch let error as StageProcess.Failure {
                failure = StageError(
                    stage: stage.label, status: error.status, command: error.command, problem: nil, log: shownLog,
                    isVerdict: stage.saysVerdict && error.status == ExitStatus.refused.rawValue)
            } catch {
                failure = StageError(stage, "\(error)")
            }
            let completion = Completion(stage: index, partition: partition, error: failure)
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
    func finish(_ completion: Completion) throws -> Bool {
        let stage = graph.stages[completion.stage]
        if completion.hasRun {
            resources.giveBack(stage.uses)
            commandsRunning -= 1
        }
        var error = completion.error
        // What a signal ended has not failed; what it finished before is recorded like anything else.
        let isCut = commands.ending != nil && error != nil
        if let instance = completion.partition {
            guard try finishPartition(completion.stage, instance, &error) else { return false }
        }
        let begin = begun.removeValue(forKey: completion.stage)
        defer { begin?.hold?() }
        if isCut || commands.ending != nil && error != nil {
            states[completion.stage] = .waiting
            return true
        }
        let seconds = Double(Clock.monotonic() - (begin?.started ?? 0)) * 1e-9
        if error == nil, let left = begin?.left {
            states[completion.stage] = .part
            summary.add(stage, .part(seconds: seconds, left: left))
            report(.part(stage, seconds: seconds, left: left))
            return true
        }
        var note: String?
        if error == nil {
            do {
                note = try workspace.locked(onWait: onWait) { try recordRun(stage, begin, seconds: seconds) }
            } catch let problem as StageError {
                error = problem
            }
        }
        if let error {
            // Only what needs this stage has to wait; the rest goes on.
            states[completion.stage] = fail(stage, error)
            return true
        }
        states[completion.stage] = .done
        if let note {
            summary.add(stage, .unrecorded(note, seconds: seconds))
            report(.unrecorded(stage, note))
        } else {
            summary.add(stage, .ran(seconds: seconds))
            report(.finished(stage, seconds: seconds))
        }
        return true
    }

    /// Tells the loop that a partitioned stage needs nothing run.
    func complete(_ index: Int) {
        let completion = Completion(
            stage: index, partition: PartitionSpec.Instance(input: "", commands: [], outputs: []), hasRun: false)
        completions.update { $0.append(completion) }
        wakeUp.signal()
    }
}

/// Hands what happens to the one who shows it, one event at a time: lines of commands come from their threads, all else
/// from the one that decides.
///
/// Unchecked, since the closure is not Sendable: it is called under ``turn`` alone.
final class EventReporter: @unchecked Sendable {
    private let show: (PipelineRunner.Event) -> Void
    private let turn = NSLock()

    init(_ show: @escaping (PipelineRunner.Event) -> Void) { self.show = show }

    func report(_ event: PipelineRunner.Event) { turn.withLock { show(event) } }
}
