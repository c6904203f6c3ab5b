import Basics
import DataVersioning
import Pipelines

/// A pipeline in, or a whole workspace; its stages, what they need, and the data they read, out. Nothing runs.
package enum DescribePipeline {
    package struct Stage: Sendable, Equatable {
        /// With its file before it where another pipeline was asked for.
        package let name: String
        package let commands: [String]
        package let dependencies: [String]
        package let outputs: [String]
    }

    /// A `.dvc` file: data that no stage makes.
    package struct Pointer: Sendable, Equatable {
        /// Relative to the workspace.
        package let file: String
        package let outputs: [String]
    }

    package struct Edge: Sendable, Equatable {
        package let source: String
        package let target: String
    }

    package struct Outcome: Sendable, Equatable {
        /// In an order in which they can run.
        package let stages: [Stage]
        package let pointers: [Pointer]
        /// Between stages, and from pointers to stages.
        package let edges: [Edge]
        /// Files that cannot be read, and are left out.
        package var unread: [Unread] = []
        /// Whether what was asked for is not all there.
        package var isIncomplete = false
    }

    package struct Unread: Sendable, Equatable {
        /// Relative to the workspace.
        package let file: String
        package let problem: String
    }

    /// - Parameters:
    ///   - path: a pipeline file or its directory: it and what it needs, whatever file states that; nil for everything
    ///     in the workspace.
    ///   - directory: where to look for the workspace when no path is given.
    /// - Throws: ``ConfigError`` for a pipeline that is not valid; ``Failure`` with code `data.no-workspace`.
    package static func run(
        _ path: String?, around directory: String = ".", environment: [String: String] = [:]
    ) throws -> Outcome {
        guard let path else {
            let workspace = try Workspace.find(from: directory, environment: environment)
            let loaded = try WorkspaceGraph.load(in: workspace)
            return describe(
                loaded.graph, Array(loaded.graph.stages.indices), workspace.root, all: true, unread: loaded.unread)
        }
        let file = try Pipeline.file(at: path)
        // A lone pipeline can be drawn as well.
        guard let workspace = try? Workspace.find(from: Paths.parent(file), environment: environment) else {
            let graph = try PipelineGraph([try ReproducePipeline.load(file)])
            return describe(graph, Array(graph.stages.indices), Paths.parent(file), all: true)
        }
        let loaded = try WorkspaceGraph.load(in: workspace, asked: [file]), graph = loaded.graph
        return describe(
            graph, graph.upstream(of: graph.stages(of: file)), workspace.root, all: false, unread: loaded.unread)
    }

    private static func describe(
        _ graph: PipelineGraph, _ selection: [Int], _ root: String, all: Bool,
        unread: [(file: String, problem: String)] = []
    ) -> Outcome {
        let chosen = Set(selection)
        func shown(_ pointer: Int) -> String { Paths.relative(graph.pointers[pointer].file, to: root) }
        var edges: [Edge] = [], pointers: Set<Int> = all ? Set(graph.pointers.indices) : []
        for index in selection {
            let name = graph.stages[index].label
            for pointer in graph.pointerSources[index] {
                pointers.insert(pointer)
                edges.append(Edge(source: shown(pointer), target: name))
            }
            for source in graph.sources[index].sorted() where chosen.contains(source) {
                edges.append(Edge(source: graph.stages[source].label, target: name))
            }
        }
        return Outcome(
            stages: selection.map { index in
                let stage = graph.stages[index]
                return Stage(
                    name: stage.label, commands: stage.commands,
                    dependencies: stage.dependencies + stage.foreign.filter { !$0.isOutput }.map(\.path),
                    outputs: stage.outputs.map(\.path) + stage.foreign.filter(\.isOutput).map(\.path))
            },
            pointers: pointers.sorted().map { index in
                Pointer(
                    file: shown(index), outputs: graph.pointers[index].outputs.map { Paths.relative($0, to: root) })
            }, edges: edges, unread: unread.map { Unread(file: $0.file, problem: $0.problem) },
            isIncomplete: all && !unread.isEmpty)
    }
}
