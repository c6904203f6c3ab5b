package import Basics

extension LockFile {
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
            a.commands.elementsEqual(b.commands) { $0.isExactly($1) } && a.dependencies == b.dependencies
                && a.outputs == b.outputs && JSONValue(.map(a.parameters)) == JSONValue(.map(b.parameters))
        }

        /// As the lock and the run cache hold it.
        package var node: JSONValue {
            func sorted(_ entries: [DataEntry]) -> JSONValue {
                .list(entries.sorted { $0.path.precedesExactly($1.path) }.map(\.lockNode))
            }
            let command = isList ? .strings(commands) : JSONValue.string(commands.first ?? "")
            var pairs: [(String, JSONValue)] = [("cmd", command)]
            if !dependencies.isEmpty { pairs.append(("deps", sorted(dependencies))) }
            if !parameters.isEmpty { pairs.append(("params", JSONValue(.map(parameters)))) }
            if !outputs.isEmpty { pairs.append(("outs", sorted(outputs))) }
            return .map(pairs)
        }

        /// - Throws: ``ConfigError`` for what DVC would refuse as well.
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
}
