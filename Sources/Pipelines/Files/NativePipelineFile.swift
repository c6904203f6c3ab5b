import Basics
import ConfigurationFiles

/// Lowers the stages of a `pipeline.yaml`: each is of one type, or a plain `run`. What a typed stage reads and makes is
/// inferred.
package enum NativePipelineFile {
    /// What a stage of any type may say.
    package static let commonKeys = [
        "run", "deps", "outs", "metrics", "plots", "desc", "frozen", "always", "persist", "each", "uses",
    ]

    /// What a pipeline says beside its stages, as a `dvc.yaml` may.
    struct Content {
        var stages: [Stage]
        var metrics: [String]
        /// As they are written.
        var plots: [JSONValue]
    }

    static func content(_ node: JSONValue, directory: String, parameters: JSONValue, types: Kinds<StageType>) throws
        -> Content
    {
        let reader = try ConfigReader(node, keys: ["schemaVersion", "desc", "stages", "metrics", "plots"])
        try reader.checkSchemaVersion(1)
        let entries = try reader.required("stages").mapValue ?? []
        guard !entries.isEmpty else { throw ConfigError("found no stages", at: reader.value("stages")?.mark) }
        let stages = try entries.map { entry in
            guard !entry.key.isEmpty, entry.key.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" })
            else {
                throw ConfigError(
                    "found the stage name '\(entry.key)', expected letters, digits, '_' and '-'", at: entry.keyMark)
            }
            let isPartitioned = entry.value[key: "each"] != nil
            var template = Template(parameters, deferred: isPartitioned ? ["each"] : [])
            var stage = try lower(entry, try template.fill(entry.value), directory: directory, types: types)
            // The parameters that a stage refers to are those that it depends on.
            if !template.used.isEmpty {
                stage.parameters = [Stage.Parameters(file: "params.yaml", keys: template.used)]
                stage.interpolated = template.used
            }
            return stage
        }
        return Content(stages: stages, metrics: try reader.strings("metrics"), plots: try reader.list("plots"))
    }

    private static func lower(_ entry: JSONValue.Entry, _ node: JSONValue, directory: String, types: Kinds<StageType>)
        throws
        -> Stage
    {
        let reader = try ConfigReader(node, path: "stages.\(entry.key)", keys: commonKeys + types.names)
        let found = types.entries.map(\.value).filter { reader.has($0.name) }
        var stage = Stage(
            name: entry.key, commands: [], directory: directory, dependencies: try reader.strings("deps"),
            outputs: try reader.strings("outs").map { Stage.Output(path: $0) }, mark: entry.keyMark ?? node.mark)
        for metric in try reader.strings("metrics") {
            var output = Stage.Output(path: metric, isCached: false)
            output.kind = .metric
            stage.outputs.append(output)
        }
        stage.outputs += try reader.list("plots").map { try DVCPipelineFile.output($0, .plot) }
        stage.isFrozen = try reader.bool("frozen", default: false)
        stage.alwaysRuns = try reader.bool("always", default: false)
        stage.description = try reader.optionalString("desc")
        stage.uses = try uses(reader)
        if try reader.bool("persist", default: false) {
            for index in stage.outputs.indices { stage.outputs[index].persists = true }
        }
        if let command = reader.value("run") {
            guard found.isEmpty else {
                throw ConfigError("found both 'run' and '\(found[0].name)' in stage '\(entry.key)'", at: node.mark)
            }
            let lines = command.stringValue.map { [$0] } ?? command.listValue?.compactMap(\.stringValue) ?? []
            guard !lines.isEmpty, lines.count == command.listValue?.count ?? 1 else {
                throw ConfigError(
                    "found \(command.kindName) for 'run', expected a command or a list of them", at: command.mark)
            }
            stage.commands = lines
            stage.isList = command.listValue != nil
        } else {
            guard let type = found.first, found.count == 1 else {
                throw ConfigError(
                    "found \(found.count) kinds in stage '\(entry.key)', expected one of run, "
                        + "\(types.names.joined(separator: ", "))",
                    at: node.mark ?? entry.keyMark)
            }
            let parts = try type.lower(try reader.required(type.name), stage: entry.key)
            stage.commands = [parts.command]
            stage.dependencies = parts.dependencies + stage.dependencies
            stage.outputs = parts.outputs + stage.outputs
            stage.saysVerdict = type.saysVerdict
            stage.configs = parts.dependencies.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        }
        for path in stage.dependencies + stage.outputs.map(\.path) {
            guard !path.isEmpty, !Stage.ForeignPath.isAddress(path) else {
                throw ConfigError(
                    path.isEmpty
                        ? "found an empty path in stage '\(entry.key)'"
                        : "found the address '\(path)' in stage '\(entry.key)', expected a path of this machine",
                    at: stage.mark, hint: path.isEmpty ? nil : "import it first: hftml import-url \(path)")
            }
        }
        if let pattern = try reader.optionalString("each") { try partition(&stage, pattern, reader) }
        return stage
    }

    /// `uses: {memory: 4GiB, gpu: 1}`; memory in bytes.
    private static func uses(_ reader: ConfigReader) throws -> [String: Int] {
        var out: [String: Int] = [:]
        for entry in reader.value("uses")?.mapValue ?? [] {
            guard let amount = entry.value.intValue ?? entry.value.stringValue.flatMap(Resources.amount), amount >= 0
            else {
                throw ConfigError(
                    "found \(entry.value.stringValue.map { "'\($0)'" } ?? entry.value.kindName) for "
                        + "'\(reader.name("uses")).\(entry.key)', expected a count or a size such as 4GiB",
                    at: entry.value.mark)
            }
            out[entry.key] = amount
        }
        if let value = reader.value("uses"), value.mapValue == nil {
            throw ConfigError(
                "found \(value.kindName) for '\(reader.name("uses"))', expected a map such as {memory: 4GiB}",
                at: value.mark)
        }
        return out
    }

    /// As a whole, a partitioned stage reads the directory of its inputs and makes the directories of its outputs.
    private static func partition(_ stage: inout Stage, _ pattern: String, _ reader: ConfigReader) throws {
        let mark = reader.value("each")?.mark
        guard !pattern.hasPrefix("/"), pattern.contains(where: { "*?[{".contains($0) }) else {
            throw ConfigError(
                "found '\(pattern)' for '\(reader.name("each"))', expected a pattern with a wildcard or a field, such "
                    + "as data/raw/*.csv or data/raw/{date:%Y-%m-%d}_{symbol}.csv",
                at: mark)
        }
        _ = try PartitionSpec.typed(pattern, at: mark)
        let outputs = stage.outputs.map(\.path)
        guard !outputs.isEmpty, outputs.allSatisfy({ $0.contains("${each.") }) else {
            throw ConfigError(
                "found outputs of '\(stage.name)' that are the same for every file, expected ${each.stem} or "
                    + "${each.name} in each",
                at: mark)
        }
        stage.partitions = PartitionSpec(
            pattern: pattern, commands: stage.commands, outputs: outputs, shared: stage.dependencies)
        let bases = outputs.map { PartitionSpec.base(of: $0) }
        if let base = bases.first(where: { $0 == "." || $0.isEmpty }) {
            throw ConfigError(
                "found partitions of '\(stage.name)' written to '\(base)', expected a directory of their own, such as "
                    + "out/${each.stem}.csv",
                at: mark)
        }
        stage.outputs = Array(Set(bases)).sorted().map { base in
            var output = Stage.Output(path: base)
            output.persists = true
            return output
        }
        stage.dependencies = [PartitionSpec.base(of: pattern)] + stage.dependencies
        // What stands for all partitions where one command is wanted: running just this stage.
        stage.commands = ["hftml repro . --stage \(stage.name)"]
        stage.isList = false
    }
}
