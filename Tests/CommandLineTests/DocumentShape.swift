import Basics

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
}
