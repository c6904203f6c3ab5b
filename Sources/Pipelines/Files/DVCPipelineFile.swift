import Basics
import ConfigurationFiles

/// Reads a `dvc.yaml` as DVC 3 does: templating from `params.yaml` and `vars`, `foreach`, `matrix`, `wdir`.
struct DVCPipelineFile {
    private(set) var stages: [Stage] = []
    private(set) var metrics: [String] = []
    private(set) var plots: [PlotDefinition] = []

    private let directory: String
    private static let stageKeys = [
        "cmd", "wdir", "deps", "params", "outs", "metrics", "plots", "frozen", "always_changed", "desc", "meta", "vars",
    ]
    private static let outputKeys = [
        "cache", "persist", "remote", "push", "desc", "type", "labels", "meta", "checkpoint",
    ]
    private static let plotKeys = ["template", "x", "y", "x_label", "y_label", "title", "header"]
    private static let productLimit = 100_000

    /// - Parameter parameters: `params.yaml` beside the file, with overrides.
    init(_ node: JSONValue, directory: String, parameters: JSONValue) throws {
        self.directory = directory
        let reader = try ConfigReader(
            node.isNull ? .map([(String, JSONValue)]()) : node,
            keys: ["stages", "vars", "params", "metrics", "plots", "artifacts", "datasets"])
        var context = parameters
        try load(try reader.list("vars"), into: &context, from: directory)
        metrics = try reader.strings("metrics")
        plots = try PlotDefinition.list(try reader.list("plots"), directory: directory)
        if let stages = reader.value("stages"), stages.mapValue == nil, !stages.isNull {
            throw ConfigError("found \(stages.kindName) for 'stages', expected a map of stages", at: stages.mark)
        }
        for entry in reader.value("stages")?.mapValue ?? [] {
            // `dvc stage add` is stricter; what is written by hand may have any name.
            guard !entry.key.isEmpty else {
                throw ConfigError("found an empty stage name, expected some text", at: entry.keyMark)
            }
            try add(entry, context)
        }
    }

    /// Adds `vars`: maps, files, and `file:key,key`. Maps merge; another value for a key that is there is an error.
    private func load(_ vars: [JSONValue], into context: inout JSONValue, from directory: String) throws {
        for item in vars {
            if item.mapValue != nil {
                try DVCPipelineFile.refuseReferences(item)
                try merge(item, into: &context, prefix: "")
                continue
            }
            var template = Template(context)
            guard let text = try template.fill(item).stringValue else {
                throw ConfigError("found \(item.kindName) in 'vars', expected a file name or a map", at: item.mark)
            }
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            let path = Paths.normalized(Paths.join(directory, parts[0]))
            guard Paths.exists(path) else {
                throw ConfigError(
                    "found no file '\(parts[0])', which 'vars' names", at: item.mark,
                    hint: "paths in vars are relative to the dvc.yaml")
            }
            // params.yaml is loaded in any case.
            if parts.count == 1, parts[0] == "params.yaml" { continue }
            let values = try ParameterFile.read(path)
            guard parts.count == 2 else {
                try merge(values, into: &context, prefix: "")
                continue
            }
            for key in parts[1].split(separator: ",").map({ String($0).trimmingSpaces }) {
                guard let value = values[key: key] ?? values[path: key] else {
                    throw ConfigError("found no '\(key)' in '\(parts[0])'", at: item.mark)
                }
                try merge(.map([(key, value)]), into: &context, prefix: "")
            }
        }
    }

    /// Values inside `vars` are taken as they are: DVC refuses references there, and a directory called `${a}` helps
    /// nobody.
    private static func refuseReferences(_ node: JSONValue) throws {
        switch node.kind {
        case .string(let text):
            guard text.replacing("\\${", with: "").contains("${") else { return }
            throw ConfigError(
                "found '\(text)' inside 'vars', where values cannot refer to others", at: node.mark,
                code: "pipeline.template", hint: "write the value itself, or refer to both where they are used")
        case .list(let items): for item in items { try refuseReferences(item) }
        case .map(let entries): for entry in entries { try refuseReferences(entry.value) }
        default: return
        }
    }

    private func merge(_ new: JSONValue, into old: inout JSONValue, prefix: String) throws {
        for entry in new.mapValue ?? [] {
            let name = prefix.isEmpty ? entry.key : "\(prefix).\(entry.key)"
            guard var present = old[key: entry.key] else {
                old[key: entry.key] = entry.value
                continue
            }
            guard present.mapValue != nil, entry.value.mapValue != nil else {
                throw ConfigError(
                    "found '\(name)' in 'vars', which is defined already", at: entry.keyMark ?? entry.value.mark,
                    hint: "rename one of the two")
            }
            try merge(entry.value, into: &present, prefix: name)
            old[key: entry.key] = present
        }
    }

    // MARK: Generated stages

    private mutating func add(_ entry: JSONValue.Entry, _ context: JSONValue) throws {
        if let list = entry.value[key: "foreach"] {
            let reader = try ConfigReader(entry.value, path: "stages.\(entry.key)", keys: ["foreach", "do"])
            var template = Template(context)
            let items = try template.fill(list)
            let body = try reader.required("do")
            if let pairs = items.mapValue {
                for pair in pairs {
                    try lower(
                        "\(entry.key)@\(pair.key)", body, context, ["item": pair.value, "key": .string(pair.key)],
                        entry.keyMark)
                }
            } else if let values = items.listValue {
                let isIndexed = values.contains { $0.mapValue != nil || $0.listValue != nil }
                for (index, value) in values.enumerated() {
                    try lower(
                        "\(entry.key)@\(isIndexed ? String(index) : name(of: value, from: list))", body, context,
                        ["item": value], entry.keyMark)
                }
            } else {
                throw ConfigError("found \(items.kindName) for 'foreach', expected a list or a map", at: list.mark)
            }
        } else if let matrix = entry.value[key: "matrix"] {
            var body = entry.value
            body[key: "matrix"] = nil
            for combination in try product(matrix, context) {
                try lower(
                    "\(entry.key)@\(combination.name)", body, context,
                    ["item": .map(combination.values), "key": .string(combination.name)], entry.keyMark)
            }
        } else {
            try lower(entry.key, entry.value, context, [:], entry.keyMark)
        }
    }

    /// An item in a stage's name. DVC writes a boolean of a list that a parameter holds as Python does, one of a list
    /// in `dvc.yaml` as YAML does.
    private func name(of item: JSONValue, from list: JSONValue) -> String {
        if let flag = item.boolValue, list.stringValue != nil { return flag ? "True" : "False" }
        return Template.text(item) ?? ""
    }

    private func product(_ matrix: JSONValue, _ context: JSONValue) throws -> [(
        name: String, values: [(String, JSONValue)]
    )] {
        var out: [(name: String, values: [(String, JSONValue)])] = [("", [])]
        for dimension in matrix.mapValue ?? [] {
            var template = Template(context)
            guard let items = try template.fill(dimension.value).listValue else {
                throw ConfigError(
                    "found no list for 'matrix.\(dimension.key)', expected one with values", at: dimension.value.mark)
            }
            guard out.count * items.count <= DVCPipelineFile.productLimit else {
                throw ConfigError(
                    "found a matrix of more than \(DVCPipelineFile.productLimit) combinations", at: dimension.keyMark)
            }
            out = out.flatMap { start in
                items.enumerated().map { index, item in
                    let text =
                        item.mapValue != nil || item.listValue != nil
                        ? "\(dimension.key)\(index)" : name(of: item, from: dimension.value)
                    return (start.name.isEmpty ? text : "\(start.name)-\(text)", start.values + [(dimension.key, item)])
                }
            }
        }
        guard matrix.mapValue?.isEmpty == false else {
            throw ConfigError("found \(matrix.kindName) for 'matrix', expected a map of lists", at: matrix.mark)
        }
        return out
    }

    private mutating func lower(
        _ name: String, _ body: JSONValue, _ context: JSONValue, _ extra: [String: JSONValue], _ mark: SourceMark?
    ) throws {
        let reader = try ConfigReader(body, path: "stages.\(name)", keys: DVCPipelineFile.stageKeys)
        var context = context
        for (key, value) in extra { context[key: key] = value }
        var template = Template(context)
        var home = directory
        if let wdir = reader.value("wdir") {
            guard let text = try template.fill(wdir).stringValue else {
                throw ConfigError("found \(wdir.kindName) for 'wdir', expected a path", at: wdir.mark)
            }
            home = Paths.normalized(Paths.join(directory, text))
        }
        try load(try reader.list("vars"), into: &context, from: home)
        template = Template(context)
        var commands = Template(context, spreadsMaps: true)
        let command = try commands.fill(try reader.required("cmd"))
        var stage = Stage(name: name, commands: [], directory: home, mark: mark ?? body.mark)
        stage.isList = command.listValue != nil
        let lines = try (command.listValue ?? [command]).map { item in
            guard let text = item.stringValue ?? Template.text(item) else {
                throw ConfigError("found \(item.kindName) for 'cmd', expected a command", at: item.mark)
            }
            return text
        }
        stage.commands = lines
        stage.interpolated = commands.used
        for item in try reader.list("deps") {
            guard let path = try template.fill(item).stringValue, !path.isEmpty else {
                throw ConfigError("found \(item.kindName) in 'deps', expected a path", at: item.mark)
            }
            if Stage.ForeignPath.isAddress(path) {
                stage.foreign.append(.init(path: path, isOutput: false, mark: item.mark))
                continue
            }
            guard Paths.name(path) != "dvc.yaml", !path.hasSuffix(".dvc") else {
                throw ConfigError("found '\(path)' in 'deps', expected data", at: item.mark)
            }
            stage.dependencies.append(path)
        }
        for item in try reader.list("params") { stage.parameters += try parameters(try template.fill(item)) }
        for kind in [Stage.Output.Kind.plain, .metric, .plot] {
            for item in try reader.list(kind.rawValue) {
                let output = try DVCPipelineFile.output(try template.fill(item), kind)
                if Stage.ForeignPath.isAddress(output.path) {
                    stage.foreign.append(.init(path: output.path, isOutput: true, mark: item.mark ?? stage.mark))
                } else {
                    stage.outputs.append(output)
                }
            }
        }
        stage.isFrozen = try reader.bool("frozen", default: false)
        stage.alwaysRuns = try reader.bool("always_changed", default: false)
        stage.description = reader.value("desc")?.stringValue
        stages.append(stage)
    }

    private func parameters(_ node: JSONValue) throws -> [Stage.Parameters] {
        if let key = node.stringValue ?? Template.text(node), node.mapValue == nil {
            return [Stage.Parameters(file: "params.yaml", keys: [key])]
        }
        guard let files = node.mapValue else {
            throw ConfigError("found \(node.kindName) in 'params', expected a key or a file with keys", at: node.mark)
        }
        return try files.map { entry in
            let keys = try (entry.value.listValue ?? []).map { item in
                guard let key = Template.text(item) else {
                    throw ConfigError("found \(item.kindName) in 'params', expected a key", at: item.mark)
                }
                return key
            }
            guard entry.value.isNull || entry.value.listValue != nil else {
                throw ConfigError(
                    "found \(entry.value.kindName) for '\(entry.key)', expected a list of keys", at: entry.value.mark)
            }
            return Stage.Parameters(file: entry.key, keys: keys)
        }
    }

    /// A path, or a path with its settings.
    static func output(_ node: JSONValue, _ kind: Stage.Output.Kind) throws -> Stage.Output {
        if let path = node.stringValue, !path.isEmpty {
            var output = Stage.Output(path: path)
            output.kind = kind
            return output
        }
        guard let entries = node.mapValue, entries.count == 1, !entries[0].key.isEmpty else {
            throw ConfigError(
                "found \(node.kindName) in '\(kind.rawValue)', expected a path, or a path with its settings",
                at: node.mark)
        }
        var output = Stage.Output(path: entries[0].key)
        output.kind = kind
        if entries[0].value.isNull { return output }
        let reader = try ConfigReader(
            entries[0].value, path: entries[0].key,
            keys: DVCPipelineFile.outputKeys + (kind == .plot ? DVCPipelineFile.plotKeys : []))
        output.isCached = try reader.bool("cache", default: true)
        output.persists = try reader.bool("persist", default: false)
        output.isPushed = try reader.bool("push", default: true)
        output.remote = try reader.optionalString("remote")
        if kind == .plot { output.plot = entries[0].value }
        return output
    }
}
