import Basics

/// Fills `${a.b}` from parameters. A text that is exactly one reference keeps the value's type.
enum Template {
    static func fill(_ node: JSONValue, from parameters: JSONValue) throws -> JSONValue {
        switch node.kind {
        case .string(let text): return try fill(text, from: parameters, mark: node.mark)
        case .list(let items): return JSONValue(.list(try items.map { try fill($0, from: parameters) }), mark: node.mark)
        case .map(let entries):
            return JSONValue(
                .map(try entries.map { JSONValue.Entry(key: $0.key, value: try fill($0.value, from: parameters), keyMark: $0.keyMark) }), mark: node.mark)
        default: return node
        }
    }

    private static func fill(_ text: String, from parameters: JSONValue, mark: SourceMark?) throws -> JSONValue {
        guard text.contains("${") else { return JSONValue(.string(text), mark: mark) }
        var out = ""
        var rest = Substring(text)
        while let start = rest.range(of: "${") {
            if rest[..<start.lowerBound].hasSuffix("\\") {
                out += rest[..<start.lowerBound].dropLast() + "${"
                rest = rest[start.upperBound...]
                continue
            }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw ConfigError("found '${' without '}' in '\(text)'", at: mark, code: "pipeline.template")
            }
            let path = String(rest[start.upperBound..<end])
            guard let value = parameters[path: path] else {
                let names = parameters.leaves().map(\.path)
                throw ConfigError(
                    "found the unknown parameter '\(path)' in '\(text)'", at: mark, code: "pipeline.template",
                    hint: NearestName.of(path, in: names).map { "did you mean '\($0)'?" } ?? "define it in params.yaml")
            }
            let before = rest[..<start.lowerBound]
            rest = rest[rest.index(after: end)...]
            if out.isEmpty, before.isEmpty, rest.isEmpty { return JSONValue(value.kind, mark: mark) }
            switch value.kind {
            case .string(let text): out += before + text
            case .integer, .bigInteger, .number, .bool: out += before + value.text(.compact)
            default: throw ConfigError("found \(value.kindName) for '${\(path)}' inside a text", at: mark, code: "pipeline.template")
            }
        }
        return JSONValue(.string(out + rest), mark: mark)
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
