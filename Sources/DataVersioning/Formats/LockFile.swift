package import Basics
import ConfigurationFiles
import Foundation

/// A `dvc.lock`: what every finished stage read, ran and made.
package struct LockFile: Sendable {
    package struct Stage: Sendable, Equatable {
        /// After templating; one command, or several in order.
        package var commands: [String]
        /// Whether the commands stand as a list even if there is one.
        package var isList: Bool
        package var dependencies: [DataEntry]
        /// Values of parameters by file.
        package var parameters: [JSONValue.Entry]
        package var outputs: [DataEntry]

        package init(
            commands: [String], isList: Bool? = nil, dependencies: [DataEntry], parameters: [JSONValue.Entry] = [],
            outputs: [DataEntry]
        ) {
            self.commands = commands
            self.isList = isList ?? (commands.count != 1)
            self.dependencies = dependencies
            self.parameters = parameters
            self.outputs = outputs
        }

        package static func == (a: Stage, b: Stage) -> Bool {
            a.commands == b.commands && a.dependencies == b.dependencies && a.outputs == b.outputs
                && JSONValue(.map(a.parameters)) == JSONValue(.map(b.parameters))
        }

        /// As the lock and the run cache hold it.
        package var node: JSONValue {
            func sorted(_ entries: [DataEntry]) -> JSONValue {
                .list(
                    entries.sorted { $0.path.unicodeScalars.lexicographicallyPrecedes($1.path.unicodeScalars) }.map(
                        \.lockNode))
            }
            var pairs: [(String, JSONValue)] = [("cmd", isList ? .strings(commands) : .string(commands[0]))]
            if !dependencies.isEmpty { pairs.append(("deps", sorted(dependencies))) }
            if !parameters.isEmpty { pairs.append(("params", JSONValue(.map(parameters)))) }
            if !outputs.isEmpty { pairs.append(("outs", sorted(outputs))) }
            return .map(pairs)
        }

        package init(_ node: JSONValue) throws {
            let reader = try ConfigReader(node, keys: ["cmd", "deps", "params", "outs"])
            let command = reader.value("cmd")
            isList = command?.listValue != nil
            commands = command?.stringValue.map { [$0] } ?? command?.listValue?.compactMap(\.stringValue) ?? []
            if commands.isEmpty { isList = true }
            dependencies = try reader.list("deps").map { try DataEntry($0) }
            parameters = reader.value("params")?.mapValue ?? []
            outputs = try reader.list("outs").map { try DataEntry($0) }
        }
    }

    package let path: String
    /// In the order in which stages were first locked.
    package private(set) var stages: [(name: String, stage: Stage)] = []
    private var positions: [String: Int] = [:]
    /// The YAML of every stage, written once and kept: recording a stage of 500 does not write 500 again.
    private var texts: [String?] = []
    /// How the file stood when it was read or written.
    private var stamp: FileStamp?
    private var datasets: JSONValue?

    /// Reads the lock, or starts an empty one where there is none.
    ///
    /// - Throws: ``ConfigError`` for a damaged lock; nothing is overwritten then.
    package init(_ path: String) throws {
        self.path = path
        stamp = FileStamp.of(path)
        guard stamp != nil else { return }
        try read(text: try FileChunks.text(path))
    }

    /// - Parameter text: what the lock held at a Git revision.
    package init(_ path: String, text: String) throws {
        self.path = path
        try read(text: text)
    }

    private mutating func read(text: String) throws {
        let node = try YAMLFile.parse(text, file: path)
        let reader = try ConfigReader(node, keys: ["schema", "stages", "datasets"])
        guard try reader.string("schema") == "2.0" else {
            throw ConfigError(
                "found lock schema '\(try reader.string("schema"))', expected '2.0'", at: reader.value("schema")?.mark)
        }
        stages = try (reader.value("stages")?.mapValue ?? []).map { ($0.key, try Stage($0.value)) }
        positions = Dictionary(stages.enumerated().map { ($0.element.name, $0.offset) }) { $1 }
        texts = [String?](repeating: nil, count: stages.count)
        datasets = reader.value("datasets")
    }

    package subscript(name: String) -> Stage? { positions[name].map { stages[$0].stage } }

    /// Records a finished stage and writes the file. What another process has written meanwhile is kept.
    package mutating func record(_ name: String, _ stage: Stage) throws {
        if FileStamp.of(path) != stamp { self = try LockFile(path) }
        set(name, stage)
        try AtomicFile.write(text(), to: path)
        stamp = FileStamp.of(path)
    }

    package mutating func set(_ name: String, _ stage: Stage) {
        if let index = positions[name] {
            stages[index].stage = stage
            texts[index] = nil
        } else {
            positions[name] = stages.count
            stages.append((name, stage))
            texts.append(nil)
        }
    }

    package mutating func remove(_ name: String) {
        guard let index = positions[name] else { return }
        stages.remove(at: index)
        texts.remove(at: index)
        positions = Dictionary(stages.enumerated().map { ($0.element.name, $0.offset) }) { $1 }
    }

    package mutating func write() throws {
        try AtomicFile.write(text(), to: path)
        stamp = FileStamp.of(path)
    }

    package mutating func text() -> String {
        guard !stages.isEmpty || datasets != nil else { return YAMLWriter.text(.map(["schema": .string("2.0")])) }
        var out = "schema: '2.0'\nstages:\n"
        for (index, entry) in stages.enumerated() {
            let part = texts[index] ?? YAMLWriter.text(.map([(entry.name, entry.stage.node)]), indent: 2)
            texts[index] = part
            out += part
        }
        if let datasets { out += YAMLWriter.text(.map([("datasets", datasets)])) }
        return out
    }
}
