package import Basics
import ConfigurationFiles

/// A pipeline: stages and the order that their files imply. Read from a `pipeline.yaml` with typed stages, or from any
/// `dvc.yaml`.
package struct Pipeline: Sendable {
    package let path: String
    /// Absolute; paths of a native pipeline are relative to it, and the lock lies in it.
    package let directory: String
    /// In topological order, in which a stage comes right after what it needs.
    package let stages: [Stage]
    /// In the order of the file.
    package let written: [Stage]
    /// Which stage needs which.
    package let edges: [(source: String, target: String)]
    /// Metric and plot files named outside of stages, as a `dvc.yaml` may.
    package let metrics: [String]
    package let plots: [PlotDefinition]
    /// Those of a native pipeline as they are written.
    let plotNodes: [JSONValue]
    /// `params.yaml` as it was when the pipeline was read, with what `--set` changed.
    let parameters: JSONValue
    /// `params.yaml` with what `--set` changed, where it did.
    let overridden: [String: JSONValue]
    private let sourcesByName: [String: [String]]

    package var lockPath: String { "\(directory)/dvc.lock" }
    package var name: String { Paths.name(directory) }
    package var isNative: Bool { Paths.name(path) != "dvc.yaml" }

    /// Finds the pipeline file at a path, which may be its directory.
    package static func file(at path: String) throws -> String {
        var file = path
        if Paths.isDirectory(path) {
            file = Paths.join(path, "pipeline.yaml")
            if !Paths.exists(file), Paths.exists(Paths.join(path, "dvc.yaml")) { file = Paths.join(path, "dvc.yaml") }
        }
        guard Paths.exists(file) else {
            throw Failure(
                "pipeline.missing", "found no pipeline at '\(path)'",
                hint: "give a directory with a pipeline.yaml or dvc.yaml, such as Pipelines/demo")
        }
        // By one name whatever links lead to it: stages are locked by the text of their paths.
        return Paths.join(Paths.absolute(Paths.resolved(Paths.parent(file))), Paths.name(file))
    }

    /// Reads and lowers a pipeline; nothing runs.
    ///
    /// - Parameters:
    ///   - shownFile: what its stages are called by, beside their name, where it was not asked for itself.
    ///   - overrides: parameter paths and values that replace those of `params.yaml`.
    /// - Throws: ``ConfigError`` with file:line:column and the nearest valid name.
    package init(_ path: String, types: Kinds<StageType>, shownFile: String = "", overrides: [(String, JSONValue)] = [])
        throws
    {
        let file = try Pipeline.file(at: path)
        self.path = file
        directory = Paths.parent(file)
        let parameterFile = Paths.join(directory, "params.yaml")
        var parameters =
            Paths.exists(parameterFile) ? try ParameterFile.read(parameterFile) : .map([(String, JSONValue)]())
        for (key, value) in overrides {
            guard parameters[path: key] != nil else {
                throw Failure(
                    "pipeline.parameter", "found no parameter '\(key)' in '\(parameterFile)'",
                    hint: NearestName.of(key, in: parameters.leaves().map(\.path)).map { "did you mean '\($0)'?" },
                    exitStatus: .usage)
            }
            try parameters.set(path: key, to: value)
        }
        self.parameters = parameters
        overridden = overrides.isEmpty ? [:] : [parameterFile: parameters]
        let node = try YAMLFile.read(file)
        var loaded: [Stage]
        if Paths.name(file) == "dvc.yaml" {
            let document = try DVCPipelineFile(node, directory: directory, parameters: parameters)
            (loaded, metrics, plots, plotNodes) = (document.stages, document.metrics, document.plots, [])
        } else {
            let content = try NativePipelineFile.content(
                node, directory: directory, parameters: parameters, types: types)
            (loaded, metrics, plotNodes) = (content.stages, content.metrics, content.plots)
            plots = try PlotDefinition.list(content.plots, directory: directory)
            let values = ParameterValues(overridden: [parameterFile: parameters])
            // A native stage has its parameters by its command alone, which was made from the values of this moment.
            for index in loaded.indices { loaded[index].pinned = try values.of(loaded[index]) }
        }
        for index in loaded.indices { (loaded[index].file, loaded[index].shownFile) = (file, shownFile) }
        try Pipeline.checkNames(loaded)
        let graph = try StageGraph(loaded, files: [file])
        written = loaded
        stages = graph.order.map { loaded[$0] }
        edges = graph.order.flatMap { target in
            graph.sources[target].sorted().map { (loaded[$0].name, loaded[target].name) }
        }
        sourcesByName = Dictionary(grouping: edges, by: \.target).mapValues { $0.map(\.source) }
    }

    /// Names that are equal would share one entry of the lock.
    private static func checkNames(_ stages: [Stage]) throws {
        var seen: Set<String> = []
        for stage in stages where !seen.insert(stage.name).inserted {
            throw ConfigError(
                "found two stages called '\(stage.name)', expected a name of its own for each", at: stage.mark,
                hint: stage.name.contains("@") ? "list every value of its foreach or matrix once" : nil)
        }
    }

    package func sources(of stage: String) -> [String] { sourcesByName[stage] ?? [] }
}
