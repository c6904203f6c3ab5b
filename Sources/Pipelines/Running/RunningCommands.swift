import Basics
import Foundation

/// The process groups of commands under way, so that a run that is told to end takes them with it.
final class RunningCommands: Sendable {
    private struct State {
        /// Of every stage that runs: its commands so far. An earlier one may have left something behind.
        var groups: [Int: [ChildProcess]] = [:]
        /// Groups of commands that came to their end after the run was told to end.
        var left: [ChildProcess] = []
        var ending: Int32?
    }

    private let state = Guarded(State())

    /// The signal that ends the run; nil while nothing does.
    var ending: Int32? { state.value.ending }

    /// Whether no stage is under way, and none has left a process behind.
    var isIdle: Bool { state.value.groups.isEmpty && state.value.left.isEmpty }

    /// Starts a command of a stage.
    ///
    /// - Returns: nil when the run is to end: nothing starts any more.
    func start(_ stage: Int, _ body: @Sendable () throws -> ChildProcess) throws -> ChildProcess? {
        try state.update { state in
            guard state.ending == nil else { return nil }
            let process = try body()
            state.groups[stage, default: []].append(process)
            return process
        }
    }

    /// Forgets the commands of a stage that came to its end.
    func forget(_ stage: Int, _ processes: [ChildProcess]) {
        state.update { state in
            if state.ending != nil { state.left += processes }
            state.groups[stage]?.removeAll { process in processes.contains { $0 === process } }
            if state.groups[stage]?.isEmpty == true { state.groups[stage] = nil }
        }
    }

    /// Sends a signal to every group, and lets nothing start any more.
    func end(_ number: Int32) {
        state.update { state in
            if state.ending == nil { state.ending = number }
            for process in state.groups.values.joined() { process.signalGroup(number) }
            for process in state.left { process.signalGroup(number) }
        }
    }

    /// Ends what commands left behind when the run was told to end, and waits until it is gone: the background jobs of
    /// a shell ignore SIGINT, and outlive it. Three seconds at most.
    func endLeftovers() {
        guard ending != nil else { return }
        for (number, milliseconds) in [(SIGTERM, 2_000), (SIGKILL, 1_000)] {
            for process in state.value.left { process.signalGroup(number) }
            for _ in 0..<(milliseconds / 10) {
                state.update { state in state.left.removeAll { !$0.hasGroup } }
                if state.value.left.isEmpty { return }
                usleep(10_000)
            }
        }
    }
}

/// How a run learns that it is to end.
package struct RunInterruption: Sendable {
    /// The signal that asked for it; nil while nobody has.
    package let signal: @Sendable () -> Int32?
    /// Ends the process where work that nothing can stop, such as hashing a large file, does not end in time.
    package let giveUp: @Sendable (Int32) -> Void

    package init(signal: @escaping @Sendable () -> Int32?, giveUp: @escaping @Sendable (Int32) -> Void) {
        self.signal = signal
        self.giveUp = giveUp
    }
}

/// Waits on a thread of its own for a signal that ends the run, and ends its commands: first with that signal, then
/// with SIGTERM, then with SIGKILL, all within what `docker stop` waits for.
final class InterruptionWatch: Sendable {
    private static let termination = 3.0, kill = 7.0, patience = 9.0
    private let isOver = Guarded(false)

    init(_ interruption: RunInterruption, _ commands: RunningCommands, wakeUp: DispatchSemaphore) {
        let isOver = isOver
        let thread = Thread {
            var number: Int32?
            while number == nil {
                if isOver.value { return }
                usleep(20_000)
                number = interruption.signal()
            }
            guard let number else { return }
            let started = Clock.monotonic()
            var isTerminated = number == SIGTERM, isKilled = false
            commands.end(number)
            while !isOver.value {
                wakeUp.signal()
                let seconds = Double(Clock.monotonic() - started) * 1e-9
                if seconds > InterruptionWatch.termination, !isTerminated {
                    isTerminated = true
                    commands.end(SIGTERM)
                }
                if seconds > InterruptionWatch.kill, !isKilled {
                    isKilled = true
                    commands.end(SIGKILL)
                }
                // Everything is written so that a killed process leaves it valid; what cannot be stopped need not be.
                if seconds > InterruptionWatch.patience || commands.isIdle && seconds > 1.5 {
                    return interruption.giveUp(number)
                }
                usleep(20_000)
            }
        }
        thread.stackSize = 1 << 18
        thread.start()
    }

    /// The run has come to its end.
    func stop() { isOver.update { $0 = true } }
}
