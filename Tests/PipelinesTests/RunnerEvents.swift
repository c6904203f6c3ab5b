import Basics
import DataVersioning
import Pipelines
import TestSupport

extension PipelineTests {
    /// Runs a project and returns what was reported, as one line an event.
    static func events(
        _ directory: TemporaryDirectory, _ change: (inout PipelineRunner.Options) -> Void = { _ in }
    ) throws -> [String] {
        var options = PipelineRunner.Options(), out: [String] = []
        change(&options)
        func reasons(_ status: StageStatus) -> String { status.changes.map(\.text).joined(separator: "; ") }
        let runner = try PipelineRunner(
            try Pipeline(directory.file("p"), types: StageType.kinds([])),
            workspace: Workspace(root: directory.path, environment: [:]), options: options,
            makeData: { _, _, _ in false },
            report: { event in
                switch event {
                case .current(let stage): out.append("current \(stage.name)")
                case .frozen(let stage, let status): out.append("frozen \(stage.name): \(reasons(status))")
                case .restored(let stage, _, let fromRun):
                    out.append("restored \(stage.name)\(fromRun ? " from a run" : "")")
                case .started(let stage, let status): out.append("started \(stage.name): \(reasons(status))")
                case .wouldRun(let stage, let status): out.append("would run \(stage.name): \(reasons(status))")
                case .mightRun(let stage, let after):
                    out.append("might run \(stage.name) after \(after.joined(separator: ","))")
                case .wouldRestore(let stage, _): out.append("would restore \(stage.name)")
                case .finished(let stage, _): out.append("finished \(stage.name)")
                case .partition(let stage, let done, let all): out.append("partition \(stage.name) \(done)/\(all)")
                case .failed(let stage, let error):
                    out.append("failed \(stage.name): \(error.problem ?? "status \(error.status)")")
                case .blocked(let stage): out.append("blocked \(stage.name)")
                default: break
                }
            })
        do { _ = try runner.run() } catch let error as PipelineRunner.StageError { out.append("error \(error.stage)") }
        return out
    }
}
