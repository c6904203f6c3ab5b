import Basics
import ConfigurationFiles
import DataVersioning
import Foundation

extension Pipeline {
    /// The same pipeline as DVC writes it: plain stages with everything that was inferred spelled out. Since both share
    /// the lock, real `dvc status` finds nothing to do where ours does.
    package func dvcText() -> String {
        func literal(_ text: String) -> String { text.replacing("${", with: "\\${") }
        var entries: [(String, JSONValue)] = []
        for stage in stages {
            var pairs: [(String, JSONValue)] = [
                ("cmd", stage.isList ? .strings(stage.commands.map(literal)) : .string(literal(stage.commands[0])))
            ]
            if stage.directory != directory {
                pairs.append(("wdir", .string(Paths.relative(stage.directory, to: directory))))
            }
            if let description = stage.description { pairs.append(("desc", .string(literal(description)))) }
            if !stage.dependencies.isEmpty { pairs.append(("deps", .strings(stage.dependencies.map(literal)))) }
            let parameters = stage.parameters.flatMap { item -> [JSONValue] in
                if item.keys.isEmpty { return [.map([(item.file, .null)])] }
                return item.file == "params.yaml"
                    ? item.keys.map { .string($0) } : [.map([(item.file, .strings(item.keys))])]
            }
            if !parameters.isEmpty { pairs.append(("params", .list(parameters))) }
            for kind in [Stage.Output.Kind.plain, .metric, .plot] {
                let outputs = stage.outputs.filter { $0.kind == kind }.map { output -> JSONValue in
                    var settings: [(String, JSONValue)] = []
                    if !output.isCached { settings.append(("cache", .bool(false))) }
                    if output.persists { settings.append(("persist", .bool(true))) }
                    if !output.isPushed { settings.append(("push", .bool(false))) }
                    if let remote = output.remote { settings.append(("remote", .string(remote))) }
                    for entry in output.plot?.mapValue ?? [] where !settings.contains(where: { $0.0 == entry.key }) {
                        settings.append((entry.key, entry.value))
                    }
                    return settings.isEmpty
                        ? .string(literal(output.path)) : .map([(literal(output.path), .map(settings))])
                }
                if !outputs.isEmpty { pairs.append((kind.rawValue, .list(outputs))) }
            }
            if stage.isFrozen { pairs.append(("frozen", .bool(true))) }
            if stage.alwaysRuns { pairs.append(("always_changed", .bool(true))) }
            entries.append((stage.name, .map(pairs)))
        }
        var document: [(String, JSONValue)] = [("stages", .map(entries))]
        if !metrics.isEmpty { document.append(("metrics", .strings(metrics))) }
        if !plotNodes.isEmpty { document.append(("plots", .list(plotNodes))) }
        return "# Written by `hftml pipeline export-dvc` from pipeline.yaml; edit that one.\n"
            + YAMLWriter.text(.map(document), isSharing: false)
    }
}
