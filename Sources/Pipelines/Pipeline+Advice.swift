package import Basics
import ConfigurationFiles
package import DataVersioning

extension Pipeline {
    /// Something that runs, but will surprise somebody.
    package struct Advice: Sendable {
        package var stage: String?
        package var mark: SourceMark?
        package var text: String
    }

    /// What a careful reader would say about the pipeline, beyond mistakes, which are errors when it is read.
    /// O(n log n) in the number of paths and parameters.
    ///
    /// - Parameters:
    ///   - graph: of the workspace; what another pipeline makes is not missing.
    ///   - tracked: what Git holds.
    package func advice(
        workspace: Workspace, graph: PipelineGraph? = nil, tracked: GitRepository.IndexedFiles? = nil
    ) throws -> [Advice] {
        var out: [Advice] = []
        let graph = try graph ?? PipelineGraph([self]), values = ParameterValues(overridden: overridden)
        if stages.isEmpty { out.append(Advice(stage: nil, mark: nil, text: "found no stages")) }
        for stage in stages {
            func say(_ text: String, _ mark: SourceMark? = nil) {
                out.append(Advice(stage: stage.name, mark: mark ?? stage.mark, text: text))
            }
            for text in Pipeline.advice(onCommandsOf: stage) { say(text) }
            if stage.pinned == nil {
                for missing in try values.missing(stage) {
                    say("found no parameter '\(missing.key)' in '\(missing.file)'")
                }
            }
            for item in stage.foreign { say(PipelineRunner.foreign(item, stage).problem, item.mark) }
            for path in stage.dependencies {
                let full = stage.absolute(path)
                if graph.makers(touching: full).isEmpty, !Paths.exists(full),
                    try workspace.pointer(covering: full) == nil
                {
                    say("found no '\(path)', which it reads, and no stage that makes it")
                }
                if stage.writes(path) {
                    say("its command seems to change '\(path)', which it reads: it would run every time")
                }
            }
            for path in stage.configs {
                guard let (text, mark) = try Pipeline.reference(in: stage.absolute(path)) else { continue }
                say(
                    "found '\(text)' in '\(path)', where nothing fills it in, and the run would refuse it: write a "
                        + "value there, and give the parameter in the stage, such as set: {training.epochs: \(text)}",
                    mark)
            }
            for output in stage.outputs {
                let full = stage.absolute(output.path)
                if output.isCached, tracked?.contains(full) == true {
                    say("found its output '\(output.path)' tracked by Git; a run would refuse: git rm -r --cached it")
                }
                if (try? workspace.checkInside(full)) == nil {
                    say("found its output '\(output.path)' outside the workspace; a run would refuse")
                }
            }
        }
        return out + (try unusedParameters(values))
    }

    /// The first `${…}` of a configuration, with its place.
    private static func reference(in file: String) throws -> (String, SourceMark)? {
        guard Paths.exists(file), !Paths.isDirectory(file) else { return nil }
        // What is wrong with the file itself, whoever reads it says.
        guard let node = try? YAMLFile.read(file) else { return nil }
        for leaf in node.leaves() {
            guard let text = leaf.value.stringValue, let start = text.firstRange(of: "${"),
                let end = text[start.upperBound...].firstIndex(of: "}")
            else { continue }
            return (String(text[start.lowerBound...end]), leaf.value.mark ?? SourceMark(file: file, line: 1, column: 1))
        }
        return nil
    }

    private func unusedParameters(_ values: ParameterValues) throws -> [Advice] {
        let file = "\(directory)/params.yaml"
        guard isNative, Paths.exists(file) else { return [] }
        let used = Set(stages.flatMap(\.parameters).flatMap(\.keys))
        return try values.file(file).leaves().filter { leaf in
            var path = leaf.path[...]
            while true {
                if used.contains(String(path)) { return false }
                guard let dot = path.lastIndex(of: ".") else { return true }
                path = path[..<dot]
            }
        }.map { Advice(stage: nil, mark: $0.value.mark, text: "no stage uses the parameter '\($0.path)'") }
    }

    private static func advice(onCommandsOf stage: Stage) -> [String] {
        guard stage.commands.contains(where: { !$0.trimmingSpaces.isEmpty }) else {
            return ["found no command, so it makes nothing"]
        }
        return stage.commands.flatMap { command -> [String] in
            var out: [String] = []
            let lines = command.split(separator: "\n").map { String($0).trimmingSpaces }
            if lines.count > 1,
                let line = lines.first(where: { line in
                    ["then", "do", "{", "\\", "|", "&&"].contains {
                        line == $0 || line.hasSuffix(" \($0)") || line.hasSuffix("\\")
                    } || line.hasPrefix("if ") || line.hasPrefix("for ")
                })
            {
                out.append(
                    "every line of a command runs in a shell of its own, and '\(line)' goes on in the next one; "
                        + "move this to a script")
            }
            // DVC writes such texts folded in a way that does not read back; ours stay whole, and its next write
            // changes them.
            if command.count > 60,
                command.contains("\n") || command.contains("'") && (command.contains("\\") || command.contains("\""))
            {
                out.append(
                    "DVC writes this command into its lock so that it does not always read back; move it to a script")
            }
            return out
        }
    }
}

extension Stage {
    /// Whether a command visibly writes to a path: behind `>` or `>>`, by `tee`, or edited in place by `sed -i`, or by
    /// `sort -o`.
    func writes(_ path: String) -> Bool {
        commands.contains { command in
            guard command.contains(path) else { return false }
            var text = command
            for sign in [">>", ">"] { text = text.replacing(sign, with: " > ") }
            let words = text.split(whereSeparator: { $0.isWhitespace || $0 == ";" || $0 == "&" || $0 == "|" }).map {
                $0.trimmingPrefix { $0 == "'" || $0 == "\"" }
            }.map { word in word.last.map { $0 == "'" || $0 == "\"" } == true ? word.dropLast() : word }
            for (index, word) in words.enumerated() where word == path[...] && index > 0 {
                let before = words[index - 1]
                if before == ">" || before == "tee" || (before == "-a" && index > 1 && words[index - 2] == "tee") {
                    return true
                }
                let head = words[..<index]
                if before == "-o", head.contains("sort") { return true }
                if head.contains("sed"), head.contains(where: { $0.hasPrefix("-i") || $0 == "--in-place" }) {
                    return true
                }
            }
            return false
        }
    }
}
