extension JSONValue.Entry {
    /// What tells the entries of one map apart: the bytes of the key, and whether it is a text. `1` and `'1'` are two
    /// keys; `1`, `1.0` and `true` are one, as in Python, whose maps DVC's are.
    package struct Name: Hashable, Sendable {
        package let text: ExactText
        package let isText: Bool
    }

    package var name: Name {
        switch keyKind {
        case nil: Name(text: ExactText(key), isText: true)
        case .bool(let flag): Name(text: ExactText(flag ? "1" : "0"), isText: false)
        case .number(let value):
            Name(text: ExactText(Int(exactly: value).map(String.init) ?? key), isText: false)
        default: Name(text: ExactText(key), isText: false)
        }
    }

    fileprivate func hasName(of other: Self) -> Bool {
        if keyKind == nil, other.keyKind == nil { return key.isExactly(other.key) }
        return name == other.name
    }
}

extension JSONValue: Equatable {
    package static func == (a: JSONValue, b: JSONValue) -> Bool {
        switch (a.kind, b.kind) {
        case (.null, .null): return true
        case (.bool(let x), .bool(let y)): return x == y
        case (.integer(let x), .integer(let y)): return x == y
        case (.bigInteger(let x), .bigInteger(let y)): return x == y
        case (.number(let x), .number(let y)): return x == y
        case (.integer(let x), .number(let y)), (.number(let y), .integer(let x)): return Double(x) == y
        case (.string(let x), .string(let y)): return x.isExactly(y)
        case (.list(let x), .list(let y)): return x == y
        case (.map(let x), .map(let y)): return equal(x, y)
        default: return false
        }
    }

    /// Linear where the order of keys is the same, as it nearly always is, and where it is not.
    private static func equal(_ x: [Entry], _ y: [Entry]) -> Bool {
        guard x.count == y.count else { return false }
        var isOrdered = true
        for (a, b) in zip(x, y) {
            isOrdered = isOrdered && a.hasName(of: b)
            if !isOrdered { break }
            if a.value != b.value { return false }
        }
        if isOrdered { return true }
        let others = Dictionary(y.map { ($0.name, $0.value) }) { $1 }
        return x.allSatisfy { others[$0.name] == $0.value }
    }
}
