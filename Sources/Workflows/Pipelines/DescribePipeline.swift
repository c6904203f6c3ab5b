import Basics
import DataVersioning
import Pipelines

/// A pipeline in; its stages and what they need, out. Nothing runs.
package enum DescribePipeline {
    package struct Stage: Sendable, Equatable {
        package let name: String
        package let commands: [String]
        package let dependencies: [String]
        package let outputs: [String]
    }

    package struct Edge: Sendable, Equatable {
        package let source: String
        package let target: String
    }

    package struct Outcome: Sendable, Equatable {
        /// In an order in which they can run.
        package let stages: [Stage]
        package let edges: [Edge]
    }

    /// - Parameter path: a pipeline file or its directory.
    /// - Throws: ``ConfigError`` for a pipeline that is not valid.
    package static func run(_ path: String) throws -> Outcome {
        let pipeline = try ReproducePipeline.load(path)
        return Outcome(
            stages: pipeline.stages.map { stage in
                Stage(
                    name: stage.name, commands: stage.commands, dependencies: stage.dependencies,
                    outputs: stage.outputs.map(\.path))
            },
            edges: pipeline.edges.map { Edge(source: $0.source, target: $0.target) })
    }
}
