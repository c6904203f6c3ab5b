package import Basics
import ConfigurationFiles
package import DataVersioning

/// Parameters, metrics and plots of a workspace's pipelines, as they stand or as they were at a Git revision.
package struct RevisionValues {
    private let workspace: Workspace
    private let pipelines: [Pipeline]
    /// Relative to the workspace, with the keys that stages name; no keys for all.
    private let parameterFiles: [(path: String, keys: Set<String>)]
    /// Files that stages or pipelines name as metrics, relative to the workspace.
    package let metricFiles: [String]
    private let plotFiles: [(path: String, settings: JSONValue?)]

    package init(workspace: Workspace, pipelines: [Pipeline]) {
        self.workspace = workspace
        self.pipelines = pipelines
        var parameters: [(path: String, keys: Set<String>)] = []
        var metrics: [String] = [], plots: [(path: String, settings: JSONValue?)] = []
        for pipeline in pipelines {
            for stage in pipeline.stages {
                for item in stage.parameters {
                    let path = workspace.shown(stage.absolute(item.file))
                    if let index = parameters.firstIndex(where: { $0.path == path }) {
                        parameters[index].keys =
                            item.keys.isEmpty || parameters[index].keys.isEmpty
                            ? [] : parameters[index].keys.union(item.keys)
                    } else {
                        parameters.append((path, Set(item.keys)))
                    }
                }
                metrics += stage.outputs.filter { $0.kind == .metric }.map { workspace.shown(stage.absolute($0.path)) }
                plots += stage.outputs.filter { $0.kind == .plot }.map {
                    (workspace.shown(stage.absolute($0.path)), $0.plot)
                }
            }
            metrics += pipeline.metrics.map { workspace.shown(Paths.normalized(Paths.join(pipeline.directory, $0))) }
            plots += pipeline.plots.map { (workspace.shown(Paths.normalized(Paths.join(pipeline.directory, $0))), nil) }
            let own = workspace.shown("\(pipeline.directory)/params.yaml")
            if !parameters.contains(where: { $0.path == own }), Paths.exists("\(pipeline.directory)/params.yaml") {
                parameters.append((own, []))
            }
        }
        parameterFiles = parameters
        metricFiles = metrics.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        plotFiles = plots
    }

    /// Files of parameters, relative to the workspace.
    package var parameterPaths: [String] { parameterFiles.map(\.path) }

    /// Whether a revision exists is seen here also where no file is read at it. A repository without a commit has no
    /// `HEAD` yet, which is no mistake.
    ///
    /// - Throws: as ``GitRepository/commit(_:)``.
    package func check(_ revisions: [String?]) throws {
        for revision in revisions.compactMap({ $0 }) where revision != "HEAD" {
            _ = try workspace.git().commit(revision)
        }
    }

    /// A file's bytes: from the disk, from Git, or, for data under version control, from the cache.
    private func bytes(_ path: String, at revision: String?) throws -> [UInt8]? {
        guard let revision else {
            let full = "\(workspace.root)/\(path)"
            return Paths.exists(full) && !Paths.isDirectory(full) ? try FileChunks.bytes(full) : nil
        }
        let repository = try workspace.git()
        if let bytes = try repository.file(workspace.gitPrefix(repository) + path, at: revision) { return bytes }
        guard let item = try workspace.trackedData(at: revision).first(where: { $0.path == path }),
            workspace.isCached(item.entry), !item.entry.isDirectory
        else { return nil }
        return try workspace.store.bytes(item.entry.md5, for: path)
    }

    private func values(_ path: String, at revision: String?) throws -> JSONValue? {
        guard let bytes = try bytes(path, at: revision) else { return nil }
        return try ParameterFile.parse(String(decoding: bytes, as: UTF8.self), file: path)
    }

    /// Leaves by dotted path; lists stay whole.
    private static func flattened(_ node: JSONValue, prefix: String = "") -> [(path: String, value: JSONValue)] {
        guard let entries = node.mapValue else { return prefix.isEmpty ? [] : [(prefix, node)] }
        return entries.flatMap { flattened($0.value, prefix: prefix.isEmpty ? $0.key : "\(prefix).\($0.key)") }
    }

    package func parameters(at revision: String?) throws -> [(file: String, values: [(path: String, value: JSONValue)])]
    {
        try parameterFiles.compactMap { file in
            guard let node = try values(file.path, at: revision) else { return nil }
            let all = RevisionValues.flattened(node)
            return (
                file.path,
                file.keys.isEmpty
                    ? all
                    : all.filter { leaf in file.keys.contains { leaf.path == $0 || leaf.path.hasPrefix($0 + ".") } }
            )
        }
    }

    /// Numbers and texts of metric files; lists inside are left out.
    package func metrics(at revision: String?) throws -> [(file: String, values: [(path: String, value: JSONValue)])] {
        try metricFiles.compactMap { file in
            guard let node = try values(file, at: revision) else { return nil }
            return (file, RevisionValues.flattened(node).filter { $0.value.listValue == nil })
        }
    }

    /// A value that is not the same on both sides.
    package struct Change: Sendable {
        package var file: String
        package var path: String
        package var old: JSONValue?
        package var new: JSONValue?

        /// For numbers.
        package var difference: JSONValue? {
            if let a = old?.intValue, let b = new?.intValue { return .int(b - a) }
            if let a = old?.doubleValue, let b = new?.doubleValue { return .double(b - a) }
            return nil
        }
    }

    /// - Parameter includesSame: whether unchanged values are listed too.
    package static func changes(
        _ old: [(file: String, values: [(path: String, value: JSONValue)])],
        _ new: [(file: String, values: [(path: String, value: JSONValue)])], includesSame: Bool = false
    ) -> [Change] {
        var out: [Change] = []
        for file in new.map(\.file) + old.map(\.file).filter({ name in !new.contains { $0.file == name } }) {
            let before = old.first { $0.file == file }?.values ?? [],
                after = new.first { $0.file == file }?.values ?? []
            let earlier = Dictionary(before.map { ($0.path, $0.value) }) { $1 },
                later = Dictionary(after.map { ($0.path, $0.value) }) { $1 }
            for path in after.map(\.path) + before.map(\.path).filter({ later[$0] == nil })
            where includesSame || earlier[path] != later[path] {
                out.append(Change(file: file, path: path, old: earlier[path], new: later[path]))
            }
        }
        return out
    }

    /// Rows of a plot file with the revision that they are of, and how to draw them.
    package struct Plot: Sendable {
        package var file: String
        package var rows: [JSONValue]
        package var x: String?
        package var y: String
        package var title: String

        /// A chart specification for any Vega-Lite 5 viewer.
        package var vegaLite: JSONValue {
            let horizontal = x ?? "step"
            return .map([
                "$schema": .string("https://vega.github.io/schema/vega-lite/v5.json"), "title": .string(title),
                "width": .int(300), "height": .int(300),
                "data": .map(["values": .list(rows)]),
                "mark": .map([("type", .string("line")), ("tooltip", .bool(true))]),
                "encoding": .map([
                    "x": .map([
                        ("field", .string(horizontal)), ("type", .string("quantitative")),
                        ("title", .string(horizontal)),
                    ]),
                    "y": .map([
                        ("field", .string(y)), ("type", .string("quantitative")), ("title", .string(y)),
                        ("scale", .map([("zero", .bool(false))])),
                    ]),
                    "color": .map([("field", .string("rev")), ("type", .string("nominal"))]),
                ]),
            ])
        }
    }

    /// - Parameter revisions: nil for the workspace.
    package func plots(at revisions: [String?]) throws -> [Plot] {
        try plotFiles.compactMap { file in
            var rows: [JSONValue] = [], columns: [String] = []
            for revision in revisions {
                guard let bytes = try bytes(file.path, at: revision) else { continue }
                for (step, row) in try RevisionValues.rows(String(decoding: bytes, as: UTF8.self), file: file.path)
                    .enumerated()
                {
                    if columns.isEmpty { columns = row.map(\.0) }
                    rows.append(
                        .map(
                            [("rev", .string(revision ?? "workspace"))]
                                + (file.settings?[key: "x"] == nil ? [("step", .int(step))] : []) + row))
                }
            }
            guard let last = columns.last else { return nil }
            return Plot(
                file: file.path, rows: rows, x: file.settings?[key: "x"]?.stringValue,
                y: file.settings?[key: "y"]?.stringValue ?? last,
                title: file.settings?[key: "title"]?.stringValue ?? file.path)
        }
    }

    /// Rows of CSV, TSV, or of a list of maps in JSON and YAML.
    private static func rows(_ text: String, file: String) throws -> [[(String, JSONValue)]] {
        let kind = file.split(separator: ".").last.map(String.init)
        if kind == "csv" || kind == "tsv" {
            let lines = text.textLines()
            let separator: Character = kind == "csv" ? "," : "\t"
            guard
                let header = lines.first?.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
            else { return [] }
            return lines.dropFirst().map { line in
                zip(header, line.split(separator: separator, omittingEmptySubsequences: false)).map {
                    ($0, JSONValue(YAMLFile.resolve(String($1))))
                }
            }
        }
        let node = try ParameterFile.parse(text, file: file)
        let list = node.listValue ?? node.mapValue?.compactMap { $0.value.listValue }.first ?? []
        return list.compactMap { $0.mapValue?.map { ($0.key, $0.value) } }
    }
}
