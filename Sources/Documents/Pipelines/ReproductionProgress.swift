package import Pipelines

/// What happens while a pipeline is reproduced, for people who watch.
package enum ReproductionProgress {
    case line(String)
    /// Replaced by the next one on a terminal that can; a line for every hundredth part elsewhere.
    case partition(stage: String, done: Int, total: Int)

    package init(_ event: PipelineRunner.Event, _ style: TextStyle) {
        switch event {
        case .current(let stage): self = .line(style.paint("  ✓ \(stage.name): up to date", .dim))
        case .frozen(let stage, let status):
            self = .line("  ❄ \(stage.name): frozen, though \(status.changes.first?.text ?? "")")
        case .restored(let stage, let status, let fromRun):
            let source =
                fromRun ? "an earlier run was the same, its outputs are restored" : "outputs restored from the cache"
            self = .line("  ↺ \(stage.name): \(source), because \(ReproductionProgress.reasons(status))")
        case .made(let path): self = .line("  + \(path): made by its recipe, as its pointer names it")
        case .started(let stage, let status):
            self = .line(style.paint("▶ \(stage.name)", .bold) + ": " + ReproductionProgress.reasons(status))
        case .wouldRun(let stage, let status):
            self = .line("  would run \(stage.name): \(ReproductionProgress.reasons(status))")
        case .mightRun(let stage, let after):
            self = .line("  would run if \(after.joined(separator: ", ")) makes something else: \(stage.name)")
        case .wouldRestore(let stage, let status):
            self = .line("  would restore \(stage.name): \(ReproductionProgress.reasons(status))")
        case .failed(let stage, let error): self = .line("  \(style.paint("✗", .red)) \(stage.name): \(error.message)")
        case .blocked(let stage): self = .line("  – \(stage.name): waits for a stage that did not succeed")
        case .finished(let stage, let seconds):
            self = .line("  \(style.paint("✓", .green)) \(stage.name) in \(fixed(seconds, 2)) s")
        case .partition(let stage, let done, let total):
            self = .partition(stage: stage.name, done: done, total: total)
        case .waiting(let text): self = .line("  … waiting for \(text)")
        case .output(let line): self = .line(line)
        case .recovered(let stage, let problem): self = .line("  ! \(stage.name): \(problem); it runs again")
        }
    }

    private static func reasons(_ status: StageStatus) -> String {
        status.changes.map(\.text).joined(separator: "; ")
    }
}
