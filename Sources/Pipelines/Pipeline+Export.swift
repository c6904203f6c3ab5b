package import Basics
import ConfigurationFiles
package import DataVersioning
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
        return "# Written by `hftml pipeline export-dvc` from pipeline.yaml; edit that one.\n"
            + YAMLWriter.text(.map([("stages", .map(entries))]), isSharing: false)
    }

    /// Something that runs, but will surprise somebody.
    package struct Advice: Sendable {
        package var stage: String?
        package var mark: SourceMark?
        package var text: String
    }

    /// What a careful reader would say about the pipeline, beyond mistakes, which are errors when it is read.
    package func advice(workspace: Workspace) throws -> [Advice] {
        var out: [Advice] = []
        let values = ParameterValues(overridden: overridden)
        let repository = try GitRepository.around(workspace.root)
        let index = repository?.indexedFiles()
        for stage in stages {
            func say(_ text: String) { out.append(Advice(stage: stage.name, mark: stage.mark, text: text)) }
            for command in stage.commands {
                let lines = command.split(separator: "\n").map { String($0).trimmingSpaces }
                if lines.count > 1,
                    let line = lines.first(where: { line in
                        ["then", "do", "{", "\\", "|", "&&"].contains {
                            line == $0 || line.hasSuffix(" \($0)") || line.hasSuffix("\\")
                        } || line.hasPrefix("if ") || line.hasPrefix("for ")
                    })
                {
                    say(
                        "every line of a command runs in a shell of its own, and '\(line)' goes on in the next one; "
                            + "move this to a script"
                    )
                }
                // DVC writes such texts folded in a way that does not read back; ours stay whole, and its next write
                // changes them.
                if command.count > 60,
                    command.contains("\n")
                        || command.contains("'") && (command.contains("\\") || command.contains("\""))
                {
                    say(
                        "DVC writes this command into its lock so that it does not always read back; move it to a "
                            + "script"
                    )
                }
            }
            for missing in try values.missing(stage) { say("found no parameter '\(missing.key)' in '\(missing.file)'") }
            for path in stage.dependencies {
                let full = stage.absolute(path)
                let isMade = stages.contains { maker in
                    maker.outputs.contains {
                        StageGraph.covers(maker.absolute($0.path), full)
                            || StageGraph.covers(full, maker.absolute($0.path))
                    }
                }
                if !isMade, !Paths.exists(full), try workspace.pointer(covering: full) == nil {
                    say("found no '\(path)', which it reads, and no stage that makes it")
                }
            }
            for output in stage.outputs where output.isCached && index?.contains(stage.absolute(output.path)) == true {
                say("found its output '\(output.path)' tracked by Git; a run would refuse: git rm -r --cached it")
            }
        }
        let used = Set(stages.flatMap(\.parameters).flatMap(\.keys))
        let file = "\(directory)/params.yaml"
        if isNative, Paths.exists(file) {
            for leaf in try values.file(file).leaves()
            where !used.contains(where: { leaf.path == $0 || leaf.path.hasPrefix($0 + ".") }) {
                out.append(
                    Advice(stage: nil, mark: leaf.value.mark, text: "no stage uses the parameter '\(leaf.path)'"))
            }
        }
        return out
    }
}
