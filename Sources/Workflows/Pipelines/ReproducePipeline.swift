package import Basics
import DataVersioning
package import Pipelines

/// A pipeline in; what had to be rerun, done, out.
package enum ReproducePipeline {
    package static func load(_ path: String, overrides: [(String, JSONValue)] = []) throws -> Pipeline {
        try Pipeline(path, types: StageTypes.kinds, overrides: overrides)
    }

    /// Runs one stage, as the only one, or with what it needs.
    ///
    /// - Parameter environment: of the caller: for the commands, and for configuration files and remotes.
    package static func run(
        _ path: String, stage: String, environment: [String: String],
        report: @escaping (PipelineRunner.Event) -> Void
    ) throws -> PipelineRunner.Summary {
        let file = try Pipeline.file(at: path)
        let workspace = try Workspace.find(from: Paths.parent(file), environment: environment)
        let graph = try WorkspaceGraph.load(in: workspace, asked: [file]).graph
        guard let position = graph.position(of: stage, in: file) else {
            throw PipelineGraph.noStage(stage, in: try load(file))
        }
        return try PipelineRunner(
            graph, graph.upstream(of: [position]), workspace: workspace, makeData: makeData, report: report
        ).run()
    }

    /// Makes data again from the recipe in its pointer: so far, a simulated market.
    static func makeData(_ pointer: PointerFile, _ entry: DataEntry, _ target: String) throws -> Bool {
        guard let config = entry.meta?[path: "hftml.recipe.simulate"]?.stringValue else { return false }
        _ = try SimulateMarket.run(config: Paths.join(Paths.parent(pointer.path), config), output: target)
        return true
    }
}
