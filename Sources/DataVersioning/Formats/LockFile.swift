import Basics
import ConfigurationFiles

/// A `dvc.lock`: what every finished stage read, ran and made.
package struct LockFile: Sendable {
    package struct Stage: Sendable, Equatable {
        /// After templating; one command, or several in order.
        package var commands: [String]
        package var dependencies: [DataEntry]
        /// Values of parameters by file.
        package var parameters: [JSONValue.Entry]
        package var outputs: [DataEntry]

        package init(commands: [String], dependencies: [DataEntry], parameters: [JSONValue.Entry] = [], outputs: [DataEntry]) {
            self.commands = commands
            self.dependencies = dependencies
            self.parameters = parameters
            self.outputs = outputs
        }

        package static func == (a: Stage, b: Stage) -> Bool {
            a.commands == b.commands && a.dependencies == b.dependencies && a.outputs == b.outputs
                && JSONValue(.map(a.parameters)) == JSONValue(.map(b.parameters))
        }

        fileprivate var node: JSONValue {
            func sorted(_ entries: [DataEntry]) -> JSONValue {
                .list(entries.sorted { $0.path.unicodeScalars.lexicographicallyPrecedes($1.path.unicodeScalars) }.map(\.lockNode))
            }
            var pairs: [(String, JSONValue)] = [("cmd", commands.count == 1 ? .string(commands[0]) : .strings(commands))]
            if !dependencies.isEmpty { pairs.append(("deps", sorted(dependencies))) }
            if !parameters.isEmpty { pairs.append(("params", JSONValue(.map(parameters)))) }
            if !outputs.isEmpty { pairs.append(("outs", sorted(outputs))) }
            return .map(pairs)
        }

        fileprivate init(_ node: JSONValue) throws {
            let reader = try ConfigReader(node, keys: ["cmd", "deps", "params", "outs"])
            let command = reader.value("cmd")
            commands = command?.stringValue.map { [$0] } ?? command?.listValue?.compactMap(\.stringValue) ?? []
            dependencies = try reader.list("deps").map { try DataEntry($0) }
            parameters = reader.value("params")?.mapValue ?? []
            outputs = try reader.list("outs").map { try DataEntry($0) }
        }
    }

    package let path: String
    /// In the order in which stages were first locked.
    package private(set) var stages: [(name: String, stage: Stage)] = []

    /// Reads the lock, or starts an empty one where there is none.
    ///
    /// - Throws: ``ConfigError`` for a damaged lock; nothing is overwritten then.
    package init(_ path: String) throws {
        self.path = path
        guard Paths.exists(path) else { return }
        let node = try YAMLFile.read(path)
        let reader = try ConfigReader(node, keys: ["schema", "stages", "datasets"])
        guard try reader.string("schema") == "2.0" else {
            throw ConfigError("found lock schema '\(try reader.string("schema"))', expected '2.0'", at: reader.value("schema")?.mark)
        }
        stages = try (reader.value("stages")?.mapValue ?? []).map { ($0.key, try Stage($0.value)) }
    }

    package subscript(name: String) -> Stage? { stages.first { $0.name == name }?.stage }

    /// Records a finished stage and writes the file.
    package mutating func record(_ name: String, _ stage: Stage) throws {
        if let index = stages.firstIndex(where: { $0.name == name }) { stages[index].stage = stage } else { stages.append((name, stage)) }
        try AtomicFile.write(text, to: path)
    }

    package var text: String {
        YAMLWriter.text(.map(["schema": .string("2.0"), "stages": .map(stages.map { ($0.name, $0.stage.node) })]))
    }
}
