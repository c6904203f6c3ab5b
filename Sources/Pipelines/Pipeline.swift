import Basics
import ConfigurationFiles

/// A `pipeline.yaml`: stages, each of one type or a plain command, and the order that their files imply.
package struct Pipeline: Sendable {
    package let path: String
    /// Absolute; commands run here and paths are relative to it.
    package let directory: String
    /// In topological order; ties keep the order of the file.
    package let stages: [Stage]

    /// Which stage needs which; made once, for the runner asks at every stage.
    package let edges: [(source: String, target: String)]

    package var lockPath: String { "\(directory)/dvc.lock" }
    package var name: String { Paths.name(directory) }

    private static let commonKeys = ["run", "deps", "outs", "desc", "frozen", "always"]

    /// Finds the pipeline file at a path, which may be its directory.
    package static func file(at path: String) throws -> String {
        let file = Paths.isDirectory(path) ? Paths.join(path, "pipeline.yaml") : path
        guard Paths.exists(file) else {
            throw Failure("pipeline.missing", "found no pipeline at '\(path)'", hint: "give a directory with a pipeline.yaml, such as Pipelines/demo")
        }
        return Paths.absolute(file)
    }

    /// Reads and lowers a pipeline; nothing runs.
    ///
    /// - Parameters:
    ///   - overrides: parameter paths and values that replace those of `params.yaml`.
    /// - Throws: ``ConfigError`` with file:line:column and the nearest valid name.
    package init(_ path: String, types: [StageType], overrides: [(String, JSONValue)] = []) throws {
        let file = try Pipeline.file(at: path)
        self.path = file
        directory = Paths.parent(file)
        var parameters = JSONValue.map([(String, JSONValue)]())
        let parameterFile = Paths.join(directory, "params.yaml")
        if Paths.exists(parameterFile) {
            parameters = try YAMLFile.read(parameterFile)
            if parameters.isNull { parameters = .map([(String, JSONValue)]()) }
        }
        for (key, value) in overrides {
            guard parameters[path: key] != nil else {
                throw Failure(
                    "pipeline.parameter", "found no parameter '\(key)' in '\(parameterFile)'",
                    hint: NearestName.of(key, in: parameters.leaves().map(\.path)).map { "did you mean '\($0)'?" }, exitStatus: .usage)
            }
            try parameters.set(path: key, to: value)
        }
        let reader = try ConfigReader(try YAMLFile.read(file), keys: ["schemaVersion", "desc", "stages"])
        try reader.checkSchemaVersion(1)
        let entries = try reader.required("stages").mapValue ?? []
        guard !entries.isEmpty else { throw ConfigError("found no stages", at: reader.value("stages")?.mark) }
        let lowered = try entries.map { entry in
            guard !entry.key.isEmpty, entry.key.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }) else {
                throw ConfigError("found the stage name '\(entry.key)', expected letters, digits, '_' and '-'", at: entry.keyMark)
            }
            return try Pipeline.lower(entry, try Template.fill(entry.value, from: parameters), types: types)
        }
        stages = try Pipeline.ordered(lowered, directory: directory)
        edges = Pipeline.edges(stages, directory: directory)
    }

    private static func lower(_ entry: JSONValue.Entry, _ node: JSONValue, types: [StageType]) throws -> Stage {
        let reader = try ConfigReader(node, path: "stages.\(entry.key)", keys: commonKeys + types.map(\.name))
        let found = types.filter { reader.has($0.name) }
        var stage = Stage(
            name: entry.key, commands: [], dependencies: try reader.strings("deps"),
            outputs: try reader.strings("outs").map { Stage.Output(path: $0) }, isFrozen: try reader.bool("frozen", default: false),
            alwaysRuns: try reader.bool("always", default: false), mark: entry.keyMark)
        if let command = reader.value("run") {
            guard found.isEmpty else { throw ConfigError("found both 'run' and '\(found[0].name)' in stage '\(entry.key)'", at: node.mark) }
            let lines = command.stringValue.map { [$0] } ?? command.listValue?.compactMap(\.stringValue) ?? []
            guard !lines.isEmpty else { throw ConfigError("found \(command.kindName) for 'run', expected a command or a list of them", at: command.mark) }
            stage.commands = lines
            return stage
        }
        guard let type = found.first, found.count == 1 else {
            throw ConfigError(
                "found \(found.count) kinds in stage '\(entry.key)', expected one of run, \(types.map(\.name).joined(separator: ", "))", at: node.mark ?? entry.keyMark)
        }
        let parts = try type.lower(try reader.required(type.name), stage: entry.key)
        stage.commands = [parts.command]
        stage.dependencies = parts.dependencies + stage.dependencies
        stage.outputs = parts.outputs + stage.outputs
        return stage
    }

    /// Whether `path` is `other` or lies below it; both normalised.
    private static func covers(_ other: String, _ path: String) -> Bool { path == other || path.hasPrefix(other + "/") }

    private static func ordered(_ stages: [Stage], directory: String) throws -> [Stage] {
        func absolute(_ path: String) -> String { Paths.normalized(Paths.join(directory, path)) }
        var makers: [(path: String, stage: Int)] = []
        for (index, stage) in stages.enumerated() {
            for output in stage.outputs {
                let path = absolute(output.path)
                // A run deletes its outputs first: never the pipeline itself, nor what the stage reads.
                if let victim = ([directory] + stage.dependencies.map(absolute)).first(where: { covers(path, $0) }) {
                    throw ConfigError("found the output '\(output.path)' of stage '\(stage.name)', which holds '\(Paths.relative(victim, to: directory))'", at: stage.mark)
                }
                if let other = makers.first(where: { covers($0.path, path) || covers(path, $0.path) }) {
                    throw ConfigError("found '\(output.path)' as output of both '\(stages[other.stage].name)' and '\(stage.name)'", at: stage.mark)
                }
                makers.append((path, index))
            }
        }
        let sources = stages.map { stage in
            Set(
                stage.dependencies.flatMap { dependency in
                    let path = absolute(dependency)
                    return makers.filter { covers($0.path, path) || covers(path, $0.path) }.map(\.stage)
                })
        }
        var order: [Int] = [], isDone = [Bool](repeating: false, count: stages.count)
        while order.count < stages.count {
            guard let next = stages.indices.first(where: { index in !isDone[index] && sources[index].allSatisfy { isDone[$0] } }) else {
                let names = stages.indices.filter { !isDone[$0] }.map { stages[$0].name }
                throw ConfigError("found stages that wait for each other: \(names.joined(separator: ", "))", at: stages[stages.indices.first { !isDone[$0] } ?? 0].mark)
            }
            isDone[next] = true
            order.append(next)
        }
        return order.map { stages[$0] }
    }

    private static func edges(_ stages: [Stage], directory: String) -> [(source: String, target: String)] {
        func absolute(_ paths: [String]) -> [String] { paths.map { Paths.normalized(Paths.join(directory, $0)) } }
        let made = stages.map { absolute($0.outputs.map(\.path)) }, read = stages.map { absolute($0.dependencies) }
        var out: [(String, String)] = []
        for target in stages.indices {
            for source in stages.indices where source != target {
                if read[target].contains(where: { path in made[source].contains { covers($0, path) || covers(path, $0) } }) {
                    out.append((stages[source].name, stages[target].name))
                }
            }
        }
        return out
    }
}
