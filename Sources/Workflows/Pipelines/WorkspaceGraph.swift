package import Basics
package import DataVersioning
package import Pipelines

/// A workspace in; all its pipelines and pointers as one graph, out.
package struct WorkspaceGraph {
    package let graph: PipelineGraph
    /// What cannot be read and was not asked for, relative to the workspace, and why: it is left out.
    package var unread: [(file: String, problem: String)] { unreadable.map { ($0.path, $0.error.message) } }
    package let unreadable: [UnreadableFile]

    /// - Parameters:
    ///   - asked: pipeline files that were asked for: they must be valid, their stages go by their names alone, and one
    ///     beside another stands for it.
    ///   - overrides: parameters of those that replace the ones of their `params.yaml`.
    /// - Throws: ``ConfigError`` for a pipeline that was asked for and is not valid, and for outputs that overlap.
    package static func load(
        in workspace: Workspace, asked: [String] = [], overrides: [(String, JSONValue)] = []
    ) throws -> WorkspaceGraph {
        let files = try PipelineFiles.files(in: workspace)
        let directories = Set(asked.map { Paths.parent($0) })
        let others = PipelineFiles.pipelines(files).filter { !directories.contains(Paths.parent($0)) }
        var pipelines: [Pipeline] = [], unreadable: [UnreadableFile] = []
        for file in asked { pipelines.append(try ReproducePipeline.load(file, overrides: overrides)) }
        func attempt(_ file: String, _ body: () throws -> Void) {
            do { try body() } catch { unreadable.append(UnreadableFile(workspace.shown(file), error)) }
        }
        for file in others {
            attempt(file) {
                pipelines.append(try Pipeline(file, types: StageTypes.kinds, shownFile: workspace.shown(file)))
            }
        }
        var pointers: [PointerNode] = []
        for file in files where file.hasSuffix(".dvc") {
            attempt(file) {
                let pointer = try PointerFile(file, text: try workspace.steadyText(file))
                pointers.append(
                    PointerNode(
                        file: file, outputs: pointer.entries.map { pointer.dataPath($0) },
                        dependencies: dependencies(pointer)))
            }
        }
        return WorkspaceGraph(graph: try PipelineGraph(pipelines, pointers: pointers), unreadable: unreadable)
    }

    /// Paths of this workspace that an import reads.
    private static func dependencies(_ pointer: PointerFile) -> [String] {
        guard let source = pointer.source, source[key: "repo"] == nil, let path = source[key: "path"]?.stringValue,
            !path.contains("://")
        else { return [] }
        return [Paths.normalized(Paths.join(Paths.parent(pointer.path), path))]
    }
}
