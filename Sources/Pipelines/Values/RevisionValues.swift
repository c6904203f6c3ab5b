package import Basics
import ConfigurationFiles
package import DataVersioning

/// Parameters, metrics and plots of a workspace's pipelines, as they stand or as they were at a Git revision.
package struct RevisionValues {
    /// A file that is missing or cannot be read.
    package struct Problem: Sendable, Equatable {
        /// Relative to the workspace.
        package var file: String
        package var text: String
        /// Whether there is no such file, which is no mistake where two revisions are compared.
        package var isMissing = false
    }

    /// Data under version control by revision and path: read once, since every file of a revision asks for it.
    private final class Known {
        var data: [String: [String: TrackedData]] = [:]
    }

    let workspace: Workspace
    /// Relative to the workspace, with the keys that stages name, no keys for all; nil for a file that no stage names.
    private let parameterFiles: [(path: String, keys: Set<String>?)]
    /// Files that stages or pipelines name as metrics, relative to the workspace.
    package let metricFiles: [String]
    /// Those that a native stage which never ran would make: that they are missing is no surprise.
    private let optionalMetrics: Set<String>
    let plotDefinitions: [(definition: PlotDefinition, isOptional: Bool)]
    private let known = Known()

    package init(workspace: Workspace, pipelines: [Pipeline]) {
        self.workspace = workspace
        var parameters: [String: Set<String>] = [:], order: [String] = [], unnamed: [String] = []
        var metrics: [String] = [], optional: Set<String> = [], plots: [(PlotDefinition, Bool)] = []
        func add(_ path: String, _ keys: Set<String>) {
            guard let old = parameters[path] else {
                order.append(path)
                parameters[path] = keys
                return
            }
            parameters[path] = keys.isEmpty || old.isEmpty ? [] : old.union(keys)
        }
        for pipeline in pipelines {
            let isOptional = pipeline.isNative && !Paths.exists(pipeline.lockPath)
            plots += pipeline.plots.map { ($0, isOptional) }
            metrics += pipeline.metrics.map { workspace.shown(Paths.normalized(Paths.join(pipeline.directory, $0))) }
            for stage in pipeline.stages {
                for item in stage.parameters { add(workspace.shown(stage.absolute(item.file)), Set(item.keys)) }
                let own = stage.outputs.filter { $0.kind == .metric }.map { workspace.shown(stage.absolute($0.path)) }
                metrics += own
                if isOptional { optional.formUnion(own) }
                plots += stage.outputs.filter { $0.kind == .plot }.map {
                    (PlotDefinition($0.path, $0.plot, directory: stage.directory), isOptional)
                }
            }
            let own = workspace.shown("\(pipeline.directory)/params.yaml")
            if parameters[own] == nil, Paths.exists("\(pipeline.directory)/params.yaml") { unnamed.append(own) }
        }
        parameterFiles =
            order.map { ($0, parameters[$0]) }
            + ExactSet(unnamed).sorted.filter { parameters[$0] == nil }.map { ($0, nil) }
        var seen: Set<String> = []
        metricFiles = metrics.filter { seen.insert($0).inserted }
        optionalMetrics = optional
        plotDefinitions = plots.map { (definition: $0.0, isOptional: $0.1) }
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
    func bytes(_ path: String, at revision: String?) throws -> [UInt8]? {
        guard let revision else {
            let full = "\(workspace.root)/\(path)"
            return Paths.exists(full) && !Paths.isDirectory(full) ? try FileChunks.bytes(full) : nil
        }
        let repository = try workspace.git()
        if let bytes = try repository.file(workspace.gitPrefix(repository) + path, at: revision) { return bytes }
        let data = try tracked(at: revision)
        if let item = data[path], workspace.isCached(item.entry), !item.entry.isDirectory {
            return try workspace.store.bytes(item.entry.md5, for: path, isLegacy: item.entry.isLegacy)
        }
        guard let (item, name) = directory(of: path, in: data), workspace.isCached(item.entry) else { return nil }
        let tree = try workspace.store.tree(item.entry.md5, for: item.path, isLegacy: item.entry.isLegacy)
        guard let file = tree.files.first(where: { $0.path == name }) else { return nil }
        return try workspace.store.bytes(file.md5, for: path, isLegacy: item.entry.isLegacy)
    }

    /// The names of the files of a directory; none where there is none.
    func files(in directory: String, at revision: String?) throws -> [String] {
        guard let revision else {
            let full = "\(workspace.root)/\(directory)"
            return Paths.isDirectory(full) ? try Paths.files(below: full) : []
        }
        let repository = try workspace.git(), prefix = workspace.gitPrefix(repository) + directory + "/"
        let committed = try repository.files(at: revision, named: { _ in true }).filter { $0.path.hasPrefix(prefix) }
        if !committed.isEmpty { return committed.map { String($0.path.dropFirst(prefix.count)) } }
        guard let item = try tracked(at: revision)[directory], item.entry.isDirectory, workspace.isCached(item.entry)
        else { return [] }
        return try workspace.store.tree(item.entry.md5, for: item.path, isLegacy: item.entry.isLegacy).files.map(\.path)
    }

    private func tracked(at revision: String) throws -> [String: TrackedData] {
        if let data = known.data[revision] { return data }
        let data = Dictionary(try workspace.trackedData(at: revision).map { ($0.path, $0) }) { first, _ in first }
        known.data[revision] = data
        return data
    }

    /// The directory under version control that a path lies in, and its name there.
    private func directory(of path: String, in data: [String: TrackedData]) -> (TrackedData, String)? {
        var current = Paths.parent(path)
        while current != "." && current != "/" && !current.isEmpty {
            if let item = data[current], item.entry.isDirectory {
                return (item, String(path.dropFirst(current.count + 1)))
            }
            current = Paths.parent(current)
        }
        return nil
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

    /// Parameters of all files that stages read or that lie beside a pipeline.
    ///
    /// - Parameter onlyNamed: leaves out what no stage names.
    package func parameters(at revision: String?, onlyNamed: Bool = false) throws -> [(
        file: String, values: [(path: String, value: JSONValue)]
    )] {
        try parameterFiles.compactMap { file in
            if onlyNamed, file.keys == nil { return nil }
            guard let node = try values(file.path, at: revision) else { return nil }
            let all = RevisionValues.flattened(node)
            guard onlyNamed, let keys = file.keys, !keys.isEmpty else { return (file.path, all) }
            return (
                file.path, all.filter { leaf in keys.contains { leaf.path == $0 || leaf.path.hasPrefix($0 + ".") } }
            )
        }
    }

    /// Numbers and texts of metric files; lists inside are left out.
    package func metrics(at revision: String?) throws -> [(file: String, values: [(path: String, value: JSONValue)])] {
        try metricsAndProblems(at: revision).files
    }

    /// The same, and the files among them that are missing or broken.
    package func metricsAndProblems(at revision: String?) throws -> (
        files: [(file: String, values: [(path: String, value: JSONValue)])], problems: [Problem]
    ) {
        var files: [(file: String, values: [(path: String, value: JSONValue)])] = [], problems: [Problem] = []
        for file in metricFiles {
            do {
                if let node = try values(file, at: revision) {
                    files.append((file, RevisionValues.flattened(node).filter { $0.value.listValue == nil }))
                } else if !optionalMetrics.contains(file) {
                    problems.append(Problem(file: file, text: "there is no such file", isMissing: true))
                }
            } catch let error as any UserFacingError {
                // One that is damaged or out of reach does not keep back the others.
                problems.append(Problem(file: file, text: error.message))
            }
        }
        return (files, problems)
    }

    /// A value that is not the same on both sides.
    package struct Change: Sendable {
        package var file: String
        package var path: String
        package var old: JSONValue?
        package var new: JSONValue?

        /// For numbers.
        package var difference: JSONValue? {
            if let a = old?.intValue, let b = new?.intValue {
                let (exact, isTooLarge) = b.subtractingReportingOverflow(a)
                if !isTooLarge { return .int(exact) }
            }
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
        let olds = Dictionary(old.map { ($0.file, $0.values) }) { first, _ in first }
        let news = Dictionary(new.map { ($0.file, $0.values) }) { first, _ in first }
        for file in new.map(\.file) + old.map(\.file).filter({ news[$0] == nil }) {
            let before = olds[file] ?? [], after = news[file] ?? []
            let earlier = Dictionary(before.map { ($0.path, $0.value) }) { $1 },
                later = Dictionary(after.map { ($0.path, $0.value) }) { $1 }
            for path in after.map(\.path) + before.map(\.path).filter({ later[$0] == nil })
            where includesSame || earlier[path] != later[path] {
                out.append(Change(file: file, path: path, old: earlier[path], new: later[path]))
            }
        }
        return out
    }
}
