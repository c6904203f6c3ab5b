import Basics
import Documents
import DataVersioning
import Foundation
import Workflows

/// A bar with rate and time left while work goes on in another thread; nothing on a terminal that cannot show it.
func withProgress<T>(_ terminal: Terminal, _ label: String, _ body: (TransferMeter) throws -> T) rethrows -> T {
    let progress = TransferMeter.zero
    guard terminal.isInteractive, !terminal.isQuiet else { return try body(progress) }
    let started = Clock.monotonic()
    let isOver = Guarded(false)
    let gone = DispatchSemaphore(value: 0)
    let thread = Thread {
        while !isOver.value {
            usleep(100_000)
            let seconds = Double(Clock.monotonic() - started) * 1e-9
            // Work of a moment needs no bar.
            if seconds < 0.4 || isOver.value { continue }
            let now = progress.reading
            terminal.showProgress(label, now.fraction, progressWords(now, seconds))
        }
        terminal.clearLine()
        gone.signal()
    }
    thread.start()
    defer {
        isOver.update { $0 = true }
        gone.wait()
    }
    return try body(progress)
}

private func progressWords(_ now: TransferMeter.Reading, _ seconds: Double) -> String {
    let left = now.fraction > 0.01 ? seconds / now.fraction - seconds : .nan
    let rate = byteText(Int(Double(now.bytes) / seconds))
    let rest = left.isFinite ? "  \(Int(left.rounded(.up))) s left" : ""
    return "\(now.files)/\(now.expectedFiles) files  \(rate)/s\(rest)"
}

extension Workspace {
    /// Changes files of the workspace: under the repository lock, with these paths registered as written, saying so
    /// when it must wait.
    func changing<T>(_ paths: [String], _ common: CommonOptions, _ command: String, _ body: () throws -> T) throws -> T
    {
        let terminal = common.terminal
        return try pathLock(command).holding(
            write: paths,
            onWait: {
                let process = "process \($0.processID) (\($0.command))"
                terminal.say("waiting for \(process) to finish with '\(shown($0.path))' …")
            }
        ) {
            try locked(onWait: { terminal.say("waiting for another process to release the workspace …") }) {
                try body()
            }
        }
    }
}
