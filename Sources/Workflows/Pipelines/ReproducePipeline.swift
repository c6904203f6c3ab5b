package import Basics
import DataVersioning
package import Pipelines

/// A pipeline in; what had to be rerun, done, out.
package enum ReproducePipeline {
    package static func load(_ path: String, overrides: [(String, JSONValue)] = []) throws -> Pipeline {
        try Pipeline(path, types: StageTypes.kinds, overrides: overrides)
    }

    /// - Parameter environment: of the caller: for the commands, and for configuration files and remotes.
    package static func run(
        _ path: String, options: PipelineRunner.Options, overrides: [(String, JSONValue)],
        environment: [String: String],
        report: @escaping (PipelineRunner.Event) -> Void
    ) throws -> PipelineRunner.Summary {
        let pipeline = try load(path, overrides: overrides)
        let workspace = try Workspace.find(from: pipeline.directory, environment: environment)
        return try PipelineRunner(
            pipeline, workspace: workspace, options: options, makeData: { try makeData($0) }, report: report
        ).run()
    }

    /// Makes data again from the recipe in its pointer: so far, a simulated market.
    private static func makeData(_ pointer: PointerFile) throws -> Bool {
        guard let config = pointer.entry.meta?[path: "hftml.recipe.simulate"]?.stringValue else { return false }
        _ = try SimulateMarket.run(config: Paths.join(Paths.parent(pointer.path), config), output: pointer.dataPath)
        return true
    }
}
