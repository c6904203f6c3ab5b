import Basics
import Documents

/// The keys and types of a document, a line each: `runs[].id: string`. What scripts rely on.
enum Shape {
    /// Lists show what their first element is made of; `null` says that a value may be missing.
    static func lines(_ value: JSONValue, at path: String = "") -> [String] {
        if let entries = value.mapValue {
            if entries.isEmpty { return ["\(path): {}"] }
            return entries.flatMap { lines($0.value, at: path.isEmpty ? $0.key : "\(path).\($0.key)") }
        }
        if let list = value.listValue {
            return list.first.map { lines($0, at: "\(path)[]") } ?? ["\(path): []"]
        }
        return ["\(path): \(kind(value))"]
    }

    static func of(_ document: some Document) -> [String] { lines(document.json) }

    private static func kind(_ value: JSONValue) -> String {
        if value.stringValue != nil { return "string" }
        if value.boolValue != nil { return "bool" }
        if value.doubleValue != nil { return "number" }
        return "null"
    }
}
