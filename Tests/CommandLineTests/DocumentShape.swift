import Basics
import Foundation

/// The keys of a document and the types of their values, a line each, sorted; elements of a list count as one.
struct DocumentShape: CustomStringConvertible {
    private var types: [String: Set<String>] = [:]

    init(_ document: JSONValue) { add(document, at: "") }

    private mutating func add(_ value: JSONValue, at path: String) {
        if let entries = value.mapValue {
            if entries.isEmpty { types[path, default: []].insert("empty map") }
            for entry in entries { add(entry.value, at: path.isEmpty ? entry.key : "\(path).\(entry.key)") }
        } else if let items = value.listValue {
            if items.isEmpty { types[path, default: []].insert("empty list") }
            for item in items { add(item, at: "\(path)[]") }
        } else {
            types[path, default: []].insert(DocumentShape.type(of: value))
        }
    }

    private static func type(of value: JSONValue) -> String {
        value.isNull ? "null" : value.stringValue != nil ? "string" : value.boolValue != nil ? "boolean" : "number"
    }

    var description: String {
        types.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.sorted().joined(separator: " or "))" }
            .joined(separator: "\n")
    }

    /// Whether the lines of a shape are those of the recorded one. A value that may be null there (`null or string`)
    /// may be any of its types here: what a machine lacks shows as a hint in `doctor`, for example.
    static func agrees(_ found: String, with recorded: String) -> Bool {
        let (lines, golden) = (found.split(separator: "\n"), recorded.split(separator: "\n"))
        return lines.count == golden.count
            && zip(lines, golden).allSatisfy { line, expected in
                if line == expected { return true }
                let (key, types) = parts(line), (expectedKey, allowed) = parts(expected)
                return key == expectedKey && allowed.contains("null") && types.isSubset(of: allowed)
            }
    }

    private static func parts(_ line: Substring) -> (key: String, types: Set<String>) {
        guard let colon = line.range(of: ": ", options: .backwards) else { return (String(line), []) }
        return (String(line[..<colon.lowerBound]), Set(line[colon.upperBound...].components(separatedBy: " or ")))
    }
}
