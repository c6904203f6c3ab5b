package import Basics
import Yams

/// Reads YAML into the JSON data model with positions: YAML 1.2 core, as DVC and people's expectations have it.
///
/// libyaml's own resolver follows YAML 1.1 (`yes` is true, `12:30` is a number), so plain scalars are resolved here:
/// `true`, `false`, `null`, `~`, decimal, `0x` and `0o` integers, floats, `.inf`, `.nan`; everything else is text.
/// `012` is 12.
package enum YAMLFile {
    /// Nodes after which a document is refused; aliases count each time they are used, so that a small file cannot
    /// unfold into gigabytes.
    private static let nodeLimit = 2_000_000
    private static let depthLimit = 256

    package static func read(_ path: String) throws -> JSONValue {
        try parse(try FileChunks.text(path), file: path)
    }

    /// - Throws: ``ConfigError`` with file, line and column.
    package static func parse(_ text: String, file: String) throws -> JSONValue {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text, Resolver.basic)
        } catch let error as YamlError {
            throw convert(error, file: file)
        }
        guard let root else { return JSONValue(.null, mark: SourceMark(file: file, line: 1, column: 1)) }
        var converter = Converter(file: file)
        return try converter.convert(root, depth: 0)
    }

    private static func convert(_ error: YamlError, file: String) -> ConfigError {
        func mark(_ mark: Mark) -> SourceMark { SourceMark(file: file, line: mark.line, column: mark.column) }
        switch error {
        case .scanner(_, let problem, let place, _), .parser(_, let problem, let place, _),
            .composer(_, let problem, let place, _):
            return ConfigError("the YAML is malformed: \(problem)", at: mark(place), code: "yaml.syntax")
        case .duplicatedKeysInMapping(let keys, let context):
            return ConfigError(
                "found the key '\(keys.map { "\($0)" }.joined(separator: "', '"))' twice in a map",
                at: mark(context.mark),
                code: "yaml.syntax")
        default:
            return ConfigError(
                "the YAML is malformed: \(error)", at: SourceMark(file: file, line: 1, column: 1), code: "yaml.syntax")
        }
    }

    private struct Converter {
        let file: String
        var nodes = 0

        mutating func convert(_ node: Node, depth: Int) throws -> JSONValue {
            nodes += 1
            let mark = node.mark.map { SourceMark(file: file, line: $0.line, column: $0.column) }
            guard nodes <= nodeLimit, depth <= depthLimit else {
                throw ConfigError(
                    "found more than \(nodeLimit) values or \(depthLimit) levels", at: mark, code: "yaml.syntax")
            }
            switch node {
            case .scalar(let scalar):
                let isPlain = scalar.style == .plain || scalar.style == .any
                return JSONValue(isPlain ? YAMLFile.resolve(scalar.string) : .string(scalar.string), mark: mark)
            case .sequence(let items):
                return JSONValue(.list(try items.map { try convert($0, depth: depth + 1) }), mark: mark)
            case .mapping(let pairs):
                return JSONValue(
                    .map(
                        try pairs.map { key, value in
                            guard let name = key.scalar?.string else {
                                throw ConfigError("found a key that is not a text", at: mark, code: "yaml.syntax")
                            }
                            let keyMark = key.mark.map { SourceMark(file: file, line: $0.line, column: $0.column) }
                            return JSONValue.Entry(
                                key: name, value: try convert(value, depth: depth + 1), keyMark: keyMark)
                        }), mark: mark)
            case .alias:
                throw ConfigError("found an alias without its anchor", at: mark, code: "yaml.syntax")
            }
        }
    }

    /// The value of a plain scalar.
    package static func resolve(_ text: String) -> JSONValue.Kind {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
        case ".nan", ".NaN", ".NAN": return .number(.nan)
        default: break
        }
        guard let first = text.utf8.first(where: { $0 != 43 && $0 != 45 }), (48...57).contains(first) || first == 46
        else {
            return .string(text)
        }
        return number(text) ?? .string(text)
    }

    private static func number(_ text: String) -> JSONValue.Kind? {
        let isNegative = text.hasPrefix("-")
        var body = Substring(text)
        if isNegative || text.hasPrefix("+") { body = body.dropFirst() }
        let digits = body.filter { $0 != "_" }
        guard !digits.isEmpty, body.first != "_" else { return nil }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            guard let value = Int(digits.dropFirst(2), radix: radix), digits.dropFirst(2).first != "-",
                digits.dropFirst(2).first != "+"
            else { return nil }
            return .integer(isNegative ? -value : value)
        }
        if digits.allSatisfy({ $0.isASCII && $0.isNumber }) {
            let trimmed = String(digits.drop { $0 == "0" })
            if trimmed.isEmpty { return .integer(0) }
            return Int((isNegative ? "-" : "") + trimmed).map { .integer($0) }
                ?? .bigInteger((isNegative ? "-" : "") + trimmed)
        }
        guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || ".eE+-".contains($0)) }),
            digits.contains(where: \.isNumber),
            let value = Double((isNegative ? "-" : "") + digits)
        else { return nil }
        return .number(value)
    }
}
