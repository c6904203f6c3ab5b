package import Pipelines

/// What happens while a pipeline is reproduced, for people who watch.
package enum ReproductionProgress {
    case line(String)
    /// Replaced by the next one on a terminal that can; a line for every hundredth part elsewhere.
    case partition(stage: String, done: Int, total: Int)

    package init(_ event: PipelineRunner.Event, _ style: TextStyle) {
        self = ReproductionProgress.planned(event, style) ?? ReproductionProgress.done(event, style)
    }

    /// What a dry run says.
    private static func planned(_ event: PipelineRunner.Event, _ style: TextStyle) -> ReproductionProgress? {
        switch event {
        case .wouldRun(let stage, let status): .line("  would run \(stage.label): \(reasons(status))")
        case .mightRun(let stage, let after):
            .line("  would run if \(after.joined(separator: ", ")) makes something else: \(stage.label)")
        case .wouldRestore(let stage, let status): .line("  would restore \(stage.label): \(reasons(status))")
        case .notFetched(let stage, let paths):
            .line(
                "  \(stage.label): nothing changed, and not fetched yet: \(paths.joined(separator: ", ")): hftml pull")
        case .cost(let estimate): .line(style.paint("  \(cost(estimate))", .dim))
        default: nil
        }
    }

    /// `12 stages, about 3 min at their last speed, 40 GB read and written`
    private static func cost(_ estimate: StageCosts.Estimate) -> String {
        let stages = estimate.stages == 1 ? "1 stage" : "\(estimate.stages) stages"
        if estimate.unknown == estimate.stages { return "\(stages), which have not run on this machine yet" }
        let seconds = estimate.seconds
        let time =
            seconds < 1
            ? "less than a second"
            : seconds < 100
                ? "about \(fixed(seconds, 0)) s"
                : seconds < 6000 ? "about \(fixed(seconds / 60, 0)) min" : "about \(fixed(seconds / 3600, 1)) h"
        let rest = estimate.unknown == 0 ? "" : "; \(estimate.unknown) of them have not run on this machine yet"
        return "\(stages), \(time) at their last speed, \(byteText(estimate.bytes)) read and written\(rest)"
    }

    /// What a run says.
    private static func done(_ event: PipelineRunner.Event, _ style: TextStyle) -> ReproductionProgress {
        switch event {
        case .current(let stage): .line(style.paint("  ✓ \(stage.label): up to date", .dim))
        case .frozen(let stage, let status):
            .line("  ❄ \(stage.label): frozen, though \(status.changes.first?.text ?? "")")
        case .restored(let stage, let status, let fromRun):
            .line("  ↺ \(stage.label): \(source(fromRun)), because \(reasons(status))")
        case .made(let path): .line("  + \(path): made by its recipe, as its pointer names it")
        case .started(let stage, let status):
            .line(style.paint("▶ \(stage.label)", .bold) + ": " + reasons(status))
        case .failed(let stage, let error): .line("  \(style.paint("✗", .red)) \(stage.label): \(error.message)")
        case .blocked(let stage): .line("  – \(stage.label): waits for a stage that did not succeed")
        case .part(let stage, let seconds, let left):
            .line(
                "  \(style.paint("✓", .green)) \(stage.label) in \(fixed(seconds, 2)) s, in part"
                    + (left > 0 ? "; \(left) partition\(left == 1 ? "" : "s") left out" : ""))
        case .leftOut(let stage):
            .line("  – \(stage.label): left out, it reads as a whole what was made in part")
        case .finished(let stage, let seconds):
            .line("  \(style.paint("✓", .green)) \(stage.label) in \(fixed(seconds, 2)) s")
        case .partition(let stage, let done, let total):
            .partition(stage: stage.label, done: done, total: total)
        case .waiting(let text): .line("  … waiting for \(text)")
        case .output(let line): .line(line)
        case .recovered(let stage, let problem): .line("  ! \(stage.label): \(problem); it runs again")
        case .unrecorded(let stage, let reason): .line("  ! \(stage.label): \(reason)")
        case .unread(let file, let problem): .line("  ! left out \(file): \(problem)")
        case .wouldRun, .mightRun, .wouldRestore, .notFetched, .cost: .line("")
        }
    }

    private static func source(_ fromRun: Bool) -> String {
        fromRun ? "an earlier run was the same, its outputs are restored" : "outputs restored from the cache"
    }

    private static func reasons(_ status: StageStatus) -> String {
        status.changes.map(\.text).joined(separator: "; ")
    }
}
