import Basics
import Documents
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
    let rate = byteText(Int(saturating: Double(now.bytes) / seconds))
    let rest = left.isFinite ? "  \(Int(saturating: left.rounded(.up))) s left" : ""
    return "\(now.files)/\(now.expectedFiles) files  \(rate)/s\(rest)"
}
