package import Basics

/// A file of parameters in any form that DVC reads: YAML, JSON, TOML, or Python assignments.
package enum ParameterFile {
    /// Turns the text of a file into a value with positions; the second argument is the file's name for messages.
    package typealias Reader = @Sendable (_ text: String, _ file: String) throws -> JSONValue

    /// By the ending of the file's name; any other is read as YAML, as DVC does.
    package static let kinds = Kinds<Reader>(
        "parameter file",
        [
            .init("yaml", "YAML 1.2 as DVC reads it", yaml),
            .init("yml", "the same", yaml),
            .init("json", "JSON") { lastOfEach(try JSONParser.parse(Array($0.utf8), file: $1)) },
            .init("toml", "TOML") { try TOMLFile.parse($0, file: $1) },
            .init("py", "Python: assignments of constants, at the top and in classes") {
                try PythonAssignments.parse($0, file: $1)
            },
        ])

    /// - Throws: ``ConfigError`` with its place; ``FileError``.
    package static func read(_ path: String) throws -> JSONValue { try parse(try FileChunks.text(path), file: path) }

    /// - Parameter file: its name says the kind, and stands in messages.
    /// - Throws: ``ConfigError`` with its place.
    package static func parse(_ text: String, file: String) throws -> JSONValue {
        let ending = Paths.name(file).split(separator: ".").last.map(String.init) ?? ""
        return try (kinds[ending] ?? yaml)(text, file)
    }

    /// An empty file is an empty map.
    private static let yaml: Reader = { text, file in
        let node = try YAMLFile.parse(text, file: file)
        return node.isNull ? .map([(String, JSONValue)]()) : node
    }

    /// Of a key that stands twice in JSON, Python takes the last value at the first place, and DVC with it.
    private static func lastOfEach(_ node: JSONValue) -> JSONValue {
        switch node.kind {
        case .list(let items): return JSONValue(.list(items.map(lastOfEach)), mark: node.mark)
        case .map(let entries):
            var out: [JSONValue.Entry] = [], places: [ExactText: Int] = [:]
            for entry in entries.map({ $0.holding(lastOfEach($0.value)) }) {
                let key = ExactText(entry.key)
                if let place = places[key] {
                    out[place] = entry
                } else {
                    places[key] = out.count
                    out.append(entry)
                }
            }
            return JSONValue(.map(out), mark: node.mark)
        default: return node
        }
    }
}
