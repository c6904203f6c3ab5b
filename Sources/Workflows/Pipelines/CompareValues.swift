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

    /// A file that is missing or cannot be read.
    package struct Problem: Sendable, Equatable {
        /// Relative to the workspace.
        package let file: String
        package let text: String
    }

    package struct Plot: Sendable, Equatable {
        package struct Point: Sendable, Equatable {
            package let revision: String
            /// Column, with its file before it where there are several.
            package let series: String
            package let x: JSONValue
            package let y: JSONValue
        }

        /// The points of one column at one revision.
        package struct Line: Sendable, Equatable {
            package let name: String
            package let points: [Point]
        }

        /// Relative to the workspace, or an id.
        package let file: String
        package let title: String
        /// The column of the horizontal axis; the number of the row when nil.
        package let x: String?
        package let y: String
        package let xLabel: String
        package let yLabel: String
        /// Of DVC's names, such as `scatter`.
        package let template: String
        /// Of all revisions; `rev` in a row says of which.
        package let rows: [JSONValue]
        package let points: [Point]
        /// A chart specification for any Vega-Lite 5 viewer.
        package let vegaLite: JSONValue

        /// What is drawn as one: named by what tells it from the others.
        package var lines: [Line] {
            let isOneSeries = Set(points.map(\.series)).count < 2, isOneRevision = Set(points.map(\.revision)).count < 2
            var order: [String] = [], groups: [String: [Point]] = [:]
            for point in points {
                let name =
                    isOneSeries
                    ? point.revision : isOneRevision ? point.series : "\(point.revision): \(point.series)"
                if groups[name] == nil { order.append(name) }
                groups[name, default: []].append(point)
            }
            return order.map { Line(name: $0, points: groups[$0] ?? []) }
        }
    }

    /// Parameters that differ between two revisions, or a revision and the workspace (nil).
    ///
    /// - Parameter onlyNamed: leaves out what no stage names.
    package static func parameters(
        from old: String = "HEAD", to new: String? = nil, includesSame: Bool = false, onlyNamed: Bool = false,
        in workspace: Workspace
    ) throws -> [Change] {
        let values = try values(workspace)
        try values.check([old, new])
        return try changes(
            values.parameters(at: old, onlyNamed: onlyNamed), values.parameters(at: new, onlyNamed: onlyNamed),
            includesSame: includesSame)
    }

    /// Metrics that differ between two revisions, or a revision and the workspace (nil).
    package static func metrics(
        from old: String = "HEAD", to new: String? = nil, includesSame: Bool = false, in workspace: Workspace
    ) throws -> [Change] {
        let values = try values(workspace)
        try values.check([old, new])
        return try changes(values.metrics(at: old), values.metrics(at: new), includesSame: includesSame)
    }

    /// The files that such a comparison leaves out, because they cannot be read on one side.
    package static func unreadableMetrics(from old: String = "HEAD", to new: String? = nil, in workspace: Workspace)
        throws -> [Problem]
    {
        let values = try values(workspace)
        return try [old, new].flatMap { revision in
            try values.metricsAndProblems(at: revision).problems.filter { !$0.isMissing }.map { problem in
                Problem(file: problem.file, text: "at \(revision ?? "the workspace"): \(problem.text)")
            }
        }
    }

    /// The metrics of a revision, or of the workspace (nil), by file, and the files that are missing or broken.
    package static func metrics(at revision: String?, in workspace: Workspace) throws -> (
        files: [File], problems: [Problem]
    ) {
        let values = try values(workspace)
        try values.check([revision])
        let (files, problems) = try values.metricsAndProblems(at: revision)
        return (
            files.map { file in
                File(file: file.file, values: file.values.map { Value(path: $0.path, value: $0.value) })
            }, problems.map { Problem(file: $0.file, text: $0.text) }
        )
    }

    /// The files that parameters and metrics are looked for in, relative to the workspace.
    package static func sources(in workspace: Workspace) throws -> (parameters: [String], metrics: [String]) {
        let values = try values(workspace)
        return (values.parameterPaths, values.metricFiles)
    }

    /// The plots of these revisions in one chart a file or id, and the files that are missing or broken; nil stands for
    /// the workspace.
    package static func plots(at revisions: [String?], in workspace: Workspace) throws -> (
        plots: [Plot], problems: [Problem]
    ) {
        let values = try values(workspace)
        try values.check(revisions)
        let (plots, problems) = try values.plots(at: revisions)
        return (
            plots.map { plot in
                Plot(
                    file: plot.file, title: plot.title, x: plot.x, y: plot.y, xLabel: plot.xLabel, yLabel: plot.yLabel,
                    template: plot.template, rows: plot.rows,
                    points: plot.points.map {
                        Plot.Point(revision: $0.revision, series: $0.series, x: $0.x, y: $0.y)
                    }, vegaLite: plot.vegaLite)
            }, problems.map { Problem(file: $0.file, text: $0.text) }
        )
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
