/// A value of the JSON data model that remembers where it was read.
///
/// Configuration files (YAML), bundle manifests and `--json` output all pass through this one type, so a component
/// that reads its options from a `JSONValue` works from a pipeline file and from a bundle alike. Maps keep the order
/// of the file. Equality ignores marks and the order of keys; texts are equal when their bytes are.
package struct JSONValue: Sendable {
    package indirect enum Kind: Sendable {
        case null
        case bool(Bool)
        case integer(Int)
        /// An integer outside 64 bits, as decimal digits with an optional sign.
        case bigInteger(String)
        case number(Double)
        case string(String)
        case list([JSONValue])
        case map([Entry])
    }

    package struct Entry: Sendable {
        package var key: String
        package var value: JSONValue
        package var keyMark: SourceMark?
        /// Where the key is a number, a boolean or null and not a text, as YAML allows: what it is. ``key`` is then its
        /// JSON text.
        package var keyKind: Kind?

        package init(key: String, value: JSONValue, keyMark: SourceMark? = nil, keyKind: Kind? = nil) {
            self.key = key
            self.value = value
            self.keyMark = keyMark
            self.keyKind = keyKind
        }

        /// The same entry with another value.
        package func holding(_ value: JSONValue) -> Entry {
            Entry(key: key, value: value, keyMark: keyMark, keyKind: keyKind)
        }
    }

    package var kind: Kind
    package var mark: SourceMark?

    package init(_ kind: Kind, mark: SourceMark? = nil) {
        self.kind = kind
        self.mark = mark
    }

    package static var null: JSONValue { JSONValue(.null) }
    package static func string(_ value: String) -> JSONValue { JSONValue(.string(value)) }
    package static func int(_ value: Int) -> JSONValue { JSONValue(.integer(value)) }
    package static func double(_ value: Double) -> JSONValue { JSONValue(.number(value)) }
    package static func bool(_ value: Bool) -> JSONValue { JSONValue(.bool(value)) }
    package static func list(_ values: [JSONValue]) -> JSONValue { JSONValue(.list(values)) }
    package static func strings(_ values: [String]) -> JSONValue { JSONValue(.list(values.map { .string($0) })) }
    package static func doubles(_ values: [Double]) -> JSONValue { JSONValue(.list(values.map { .double($0) })) }
    package static func map(_ pairs: KeyValuePairs<String, JSONValue>) -> JSONValue {
        JSONValue(.map(pairs.map { Entry(key: $0.key, value: $0.value) }))
    }
    package static func map(_ pairs: [(String, JSONValue)]) -> JSONValue {
        JSONValue(.map(pairs.map { Entry(key: $0.0, value: $0.1) }))
    }
    /// A value that is left as null when it is undefined.
    package static func double(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }
    package static func string(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

    // MARK: Reading

    package var isNull: Bool { if case .null = kind { true } else { false } }
    package var stringValue: String? { if case .string(let value) = kind { value } else { nil } }
    package var boolValue: Bool? { if case .bool(let value) = kind { value } else { nil } }
    package var intValue: Int? { if case .integer(let value) = kind { value } else { nil } }
    package var listValue: [JSONValue]? { if case .list(let value) = kind { value } else { nil } }
    package var mapValue: [Entry]? { if case .map(let value) = kind { value } else { nil } }
    /// The number as a Double; integers count.
    package var doubleValue: Double? {
        switch kind {
        case .number(let value): value
        case .integer(let value): Double(value)
        case .bigInteger(let digits): Double(digits)
        default: nil
        }
    }

    /// The value under a key of a map; the last one wins where a key is repeated. Linear in the number of keys.
    package subscript(key key: String) -> JSONValue? {
        get { mapValue?.last { $0.key.isExactly(key) }?.value }
        set {
            var entries = mapValue ?? []
            if let index = entries.lastIndex(where: { $0.key.isExactly(key) }) {
                if let newValue { entries[index].value = newValue } else { entries.remove(at: index) }
            } else if let newValue {
                entries.append(Entry(key: key, value: newValue))
            }
            kind = .map(entries)
        }
    }

    /// Follows a dotted path through maps and list positions, as DVC's parameter keys do.
    package subscript(path path: String) -> JSONValue? {
        var current = self
        for part in path.split(separator: ".").map(String.init) {
            if let next = current[key: part] {
                current = next
            } else if let list = current.listValue, let index = Int(part), list.indices.contains(index) {
                current = list[index]
            } else {
                return nil
            }
        }
        return current
    }

    /// Sets the value at a dotted path; maps on the way are made where they are missing.
    package mutating func set(path: String, to value: JSONValue) throws {
        // Each part is a level of nesting, and every reader has a limit of those.
        guard path.utf8.count(where: { $0 == UInt8(ascii: ".") }) < 512 else {
            throw Failure("config.path", "found an option path of more than 512 parts", exitStatus: .usage)
        }
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard let head = parts.first else {
            throw Failure("config.path", "found an empty option path", exitStatus: .usage)
        }
        if case .list(var items) = kind {
            guard let index = Int(head), items.indices.contains(index) else {
                throw Failure(
                    "config.path", "found position '\(head)' in a list of \(items.count) items", exitStatus: .usage)
            }
            if parts.count == 1 { items[index] = value } else { try items[index].set(path: parts[1], to: value) }
            kind = .list(items)
            return
        }
        if parts.count == 1 {
            self[key: head] = value
        } else {
            var child = self[key: head] ?? .map([(String, JSONValue)]())
            try child.set(path: parts[1], to: value)
            self[key: head] = child
        }
    }

    /// The kind in the words of an error message.
    package var kindName: String {
        switch kind {
        case .null: "nothing"
        case .bool: "a boolean"
        case .integer, .bigInteger: "an integer"
        case .number: "a number"
        case .string: "a text"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// Numbers and texts by their leaf paths, in file order: `[("layers.0.units", 64), …]`.
    package func leaves(prefix: String = "") -> [(path: String, value: JSONValue)] {
        func join(_ part: String) -> String { prefix.isEmpty ? part : "\(prefix).\(part)" }
        switch kind {
        case .map(let entries) where !entries.isEmpty: return entries.flatMap { $0.value.leaves(prefix: join($0.key)) }
        case .list(let items) where !items.isEmpty:
            return items.enumerated().flatMap { $0.element.leaves(prefix: join(String($0.offset))) }
        default: return [(prefix, self)]
        }
    }
}
