import Basics
import TOMLKit

/// A file of parameters in any form that DVC reads: YAML, JSON, TOML, or Python assignments.
package enum ParameterFile {
    /// - Throws: ``ConfigError`` with its place; ``FileError``.
    package static func read(_ path: String) throws -> JSONValue { try parse(try FileChunks.text(path), file: path) }

    package static func parse(_ text: String, file: String) throws -> JSONValue {
        switch Paths.name(file).split(separator: ".").last.map(String.init) {
        case "json": return try JSONParser.parse(Array(text.utf8), file: file)
        case "toml": return try toml(text, file: file)
        case "py": return try PythonAssignments.parse(text, file: file)
        default:
            let node = try YAMLFile.parse(text, file: file)
            return node.isNull ? .map([(String, JSONValue)]()) : node
        }
    }

    private static func toml(_ text: String, file: String) throws -> JSONValue {
        do {
            // toml++ keeps tables sorted by key, not in the order of the file.
            return try JSONParser.parse(Array(try TOMLTable(string: text).convert(to: .json).utf8), file: file)
        } catch let error as TOMLParseError {
            throw ConfigError(
                "the TOML is malformed: \(error.description)",
                at: SourceMark(file: file, line: error.source.begin.line, column: error.source.begin.column),
                code: "toml.syntax")
        }
    }
}
