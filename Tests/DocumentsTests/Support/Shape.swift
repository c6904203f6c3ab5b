import Basics
import Documents

/// The keys and types of a document, a line each, in order: `runs[].id: string`. What scripts rely on.
struct Shape {
    private var order: [String] = []
    private var types: [String: [String]] = [:]

    private init(_ value: JSONValue) { add(value, at: "") }

    static func of(_ document: some Document) -> [String] {
        let shape = Shape(document.json)
        return shape.order.map { "\($0): \(shape.types[$0, default: []].sorted().joined(separator: " or "))" }
    }

    /// The elements of a list count as one; `null or string` says that a value may be missing.
    private mutating func add(_ value: JSONValue, at path: String) {
        if let entries = value.mapValue {
            if entries.isEmpty { note("{}", at: path) }
            for entry in entries { add(entry.value, at: path.isEmpty ? entry.key : "\(path).\(entry.key)") }
        } else if let list = value.listValue {
            if list.isEmpty { note("[]", at: path) }
            for item in list { add(item, at: "\(path)[]") }
        } else {
            note(Shape.kind(value), at: path)
        }
    }

    private mutating func note(_ kind: String, at path: String) {
        if types[path] == nil { order.append(path) }
        if types[path]?.contains(kind) != true { types[path, default: []].append(kind) }
    }

    private static func kind(_ value: JSONValue) -> String {
        if value.stringValue != nil { return "string" }
        if value.boolValue != nil { return "bool" }
        if value.doubleValue != nil { return "number" }
        return "null"
    }
}
