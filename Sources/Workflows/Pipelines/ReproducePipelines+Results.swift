import Pipelines

extension ReproducePipelines {
    /// What a dry run says of one stage.
    static func planned(_ event: PipelineRunner.Event) -> (Stage, Planned)? {
        switch event {
        case .wouldRun(let stage, let status):
            (
                stage,
                Planned(
                    stage: stage.name, isRestored: false, isCertain: true, reasons: status.changes.map(\.text))
            )
        case .mightRun(let stage, let after):
            (
                stage,
                Planned(
                    stage: stage.name, isRestored: false, isCertain: false,
                    reasons: ["a stage before it runs: \(after.joined(separator: ", "))"])
            )
        case .wouldRestore(let stage, let status):
            (
                stage,
                Planned(
                    stage: stage.name, isRestored: true, isCertain: true, reasons: status.changes.map(\.text))
            )
        case .notFetched(let stage, let paths):
            (
                stage,
                Planned(
                    stage: stage.name, isRestored: true, isCertain: false,
                    reasons: paths.map { StageStatus.Change.notFetched($0).text })
            )
        default: nil
        }
    }
}

extension ReproducePipelines.Reproduced {
    /// Puts what became of a stage where it belongs.
    mutating func add(_ stage: Stage, _ result: PipelineRunner.Summary.Result) {
        switch result {
        case .ran(let seconds): ran.append((stage.name, seconds))
        case .restored: restored.append(stage.name)
        case .current: current.append(stage.name)
        case .failed(let error): failed.append(error)
        case .blocked: blocked.append(stage.name)
        case .unrecorded(let reason, let seconds):
            ran.append((stage.name, seconds))
            unrecorded.append((stage.name, reason))
        case .part(let seconds, let left):
            ran.append((stage.name, seconds))
            inPart.append((stage.name, left))
        case .leftOut: leftOut.append(stage.name)
        case .frozen: break
        }
    }
}
