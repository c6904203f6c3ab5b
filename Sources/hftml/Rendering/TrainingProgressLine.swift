import Basics
import Documents
import Workflows

/// Draws the events of a training: a bar on a terminal, a line now and then elsewhere.
struct TrainingProgressLine {
    private let terminal: Terminal
    /// Whether a pipeline runs the training.
    var isInStage = false
    private var started = Clock.monotonic()
    /// Steps an agent had before this process, and tenths of its training that were told.
    private var first = 0
    private var tenths = -1

    init(_ terminal: Terminal) { self.terminal = terminal }

    private var seconds: Double { Double(Clock.monotonic() - started) * 1e-9 }

    mutating func show(_ event: TrainingEvent) {
        switch event {
        case .repeatBegan(let number, let count, let seed):
            terminal.say("repeat \(number) of \(count), seed \(seed)")
        case .repeatKept(let run, let output):
            terminal.say("kept run \(run.prefix(8)), which is complete in '\(output)'")
        case .modelBegan(let run, let parameters, let multiplyAdds, let threads):
            started = Clock.monotonic()
            terminal.say(
                TrainingProgressText.began(
                    run: run, parameters: parameters, multiplyAdds: multiplyAdds, threads: threads))
        case .warned(let text): terminal.say("warning: \(text)")
        case .modelStep(let step):
            let left = step.fraction > 0 ? seconds * (1 - step.fraction) / step.fraction : 0
            draw(TrainingProgressText.step(step), step.fraction, left: left, isMilestone: step.isEpochEnd)
        case .modelEnded(let outcome): end(TrainingProgressText.ended(outcome))
        case .policyBegan(let run, let agent, let task, let threads):
            (started, tenths) = (Clock.monotonic(), -1)
            terminal.say(TrainingProgressText.began(run: run, agent: agent, task: task, threads: threads))
        case .policyStep(let steps, let total, let mean): showPolicy(steps, total, mean)
        case .policyEnded(let outcome, _, let seconds): end(TrainingProgressText.ended(outcome, seconds: seconds))
        case .stopped(let run, let place):
            end([TrainingProgressText.stopped(run: run, after: place, isInStage: isInStage)])
        }
    }

    private mutating func showPolicy(_ steps: Int, _ total: Int, _ mean: Double) {
        if tenths < 0 { first = steps }
        let fraction = min(1, Double(steps) / Double(total)), rate = Double(steps - first) / max(seconds, 1e-9)
        let left = rate > 0 ? Double(total - steps) / rate : 0, tenth = Int(saturating: fraction * 10)
        let line = TrainingProgressText.step(steps: steps, of: total, meanReturn: mean, perSecond: rate)
        draw(line, fraction, left: left, isMilestone: tenth > tenths)
        tenths = max(tenth, tenths)
    }

    private func draw(_ line: String, _ fraction: Double, left: Double, isMilestone: Bool) {
        if isMilestone, !terminal.isInteractive { terminal.say("  " + line) }
        terminal.showProgress("", fraction, "\(line)  \(Int(saturating: left.rounded())) s left")
    }

    private func end(_ lines: [String]) {
        terminal.clearLine()
        for line in lines { terminal.say(line) }
    }
}
