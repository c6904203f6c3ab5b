package import Basics
import DataVersioning
import Pipelines

/// Pipelines in; what is valid and will surprise all the same, out.
package enum LintPipelines {
    package struct Advice: Sendable, Equatable {
        /// The pipeline file, relative to the workspace.
        package let pipeline: String
        package let stage: String?
        package let place: SourceMark?
        /// The file of ``place``, relative to the workspace.
        package let shownFile: String?
        package let text: String
    }

    /// - Parameters:
    ///   - pipelines: files or directories; all of the workspace when empty.
    ///   - directory: where to look for the workspace when no pipeline is given.
    /// - Throws: ``ConfigError`` for a pipeline that is not valid, and for outputs that overlap, of whatever files.
    package static func run(
        _ pipelines: [String] = [], around directory: String, environment: [String: String]
    ) throws -> [Advice] {
        let start = pipelines.first.map { Paths.isDirectory($0) ? $0 : Paths.parent($0) } ?? directory
        let workspace = try Workspace.find(from: start, environment: environment)
        let asked = try (pipelines.isEmpty ? PipelineFiles.all(in: workspace) : pipelines).map {
            try Pipeline.file(at: $0)
        }
        let graph = try WorkspaceGraph.load(in: workspace, asked: asked).graph, wanted = Set(asked)
        let repository = try GitRepository.around(workspace.root)
        let index = try repository?.indexedFiles()
        return try graph.pipelines.filter { wanted.contains($0.path) }.flatMap { pipeline in
            return try pipeline.advice(workspace: workspace, graph: graph, tracked: index).map { item in
                Advice(
                    pipeline: workspace.shown(pipeline.path), stage: item.stage, place: item.mark,
                    shownFile: item.mark.map { workspace.shown($0.file) }, text: item.text)
            }
        }
    }
}
