package import Basics
package import DataVersioning
import Pipelines

/// Pipelines and Git revisions in; parameters, metrics and plots as they were there, out.
package enum CompareValues {
    /// One value of a file, by its dotted path.
    package struct Value: Sendable, Equatable {
        package let path: String
        package let value: JSONValue
    }

    package struct File: Sendable, Equatable {
        /// Relative to the workspace.
        package let file: String
        package let values: [Value]
    }

    /// A value at two revisions; nil where the side does not have it.
    package struct Change: Sendable, Equatable {
        package let file: String
        package let path: String
        package let old: JSONValue?
        package let new: JSONValue?
        /// New minus old, of numbers.
        package let difference: JSONValue?
    }

    package struct Plot: Sendable, Equatable {
        package let file: String
        package let title: String
        /// The column of the horizontal axis; the number of the row when nil.
        package let x: String?
        package let y: String
        /// Of all revisions; `rev` in a row says of which.
        package let rows: [JSONValue]
        /// A chart specification for any Vega-Lite 5 viewer.
        package let vegaLite: JSONValue
    }

    /// Parameters that differ between two revisions, or a revision and the workspace (nil).
    package static func parameters(
        from old: String = "HEAD", to new: String? = nil, includesSame: Bool = false, in workspace: Workspace
    ) throws -> [Change] {
        let values = try values(workspace)
        try values.check([old, new])
        return try changes(
            values.parameters(at: old), values.parameters(at: new), includesSame: includesSame)
    }

    /// Metrics that differ between two revisions, or a revision and the workspace (nil).
    package static func metrics(
        from old: String = "HEAD", to new: String? = nil, includesSame: Bool = false, in workspace: Workspace
    ) throws -> [Change] {
        let values = try values(workspace)
        try values.check([old, new])
        return try changes(values.metrics(at: old), values.metrics(at: new), includesSame: includesSame)
    }

    /// The metrics of a revision, or of the workspace (nil), by file.
    package static func metrics(at revision: String?, in workspace: Workspace) throws -> [File] {
        try values(workspace).metrics(at: revision).map { file in
            File(file: file.file, values: file.values.map { Value(path: $0.path, value: $0.value) })
        }
    }

    /// The files that parameters and metrics are looked for in, relative to the workspace.
    package static func sources(in workspace: Workspace) throws -> (parameters: [String], metrics: [String]) {
        let values = try values(workspace)
        return (values.parameterPaths, values.metricFiles)
    }

    /// The plots of these revisions in one chart a file; nil stands for the workspace.
    package static func plots(at revisions: [String?], in workspace: Workspace) throws -> [Plot] {
        let values = try values(workspace)
        try values.check(revisions)
        return try values.plots(at: revisions).map {
            Plot(file: $0.file, title: $0.title, x: $0.x, y: $0.y, rows: $0.rows, vegaLite: $0.vegaLite)
        }
    }

    private static func values(_ workspace: Workspace) throws -> RevisionValues {
        RevisionValues(workspace: workspace, pipelines: try PipelineFiles.load(in: workspace))
    }

    private typealias Files = [(file: String, values: [(path: String, value: JSONValue)])]

    private static func changes(_ old: Files, _ new: Files, includesSame: Bool) -> [Change] {
        RevisionValues.changes(old, new, includesSame: includesSame).map {
            Change(file: $0.file, path: $0.path, old: $0.old, new: $0.new, difference: $0.difference)
        }
    }
}
