import Basics

/// Reads parameters from Python source as DVC does: assignments of literals at the top level and in classes (also in
/// `__init__` to `self`). Everything else in the file is passed over; nothing is executed.
enum PythonAssignments {
    static func parse(_ text: String, file: String) throws -> JSONValue {
        var out = JSONValue.map([(String, JSONValue)]())
        // Open classes with the indentation of their bodies.
        var scopes: [(indent: Int, name: String?)] = []
        var lines = text.textLines(omittingEmpty: false).map(String.init)[...]
        while let raw = lines.popFirst() {
            let indent = raw.prefix { $0 == " " || $0 == "\t" }.count
            var line = String(raw.dropFirst(indent))
            if line.isEmpty || line.hasPrefix("#") { continue }
            while let last = scopes.last, indent <= last.indent { scopes.removeLast() }
            if line.hasPrefix("class "), let end = line.firstIndex(where: { $0 == ":" || $0 == "(" }) {
                scopes.append(
                    (indent, String(line[line.index(line.startIndex, offsetBy: 6)..<end]).filter { $0 != " " }))
                continue
            }
            if line.hasPrefix("def __init__") {
                scopes.append((indent, ""))
                continue
            }
            if ["def ", "if ", "for ", "while ", "with ", "try:", "async ", "else:", "elif ", "except", "finally:"]
                .contains(where: { line.hasPrefix($0) })
            {
                scopes.append((indent, nil))
                continue
            }
            // Functions and branches define no parameters.
            if scopes.contains(where: { $0.name == nil }) { continue }
            // Brackets may stay open over several lines.
            var open = PythonAssignments.opened(line)
            while open > 0, let next = lines.popFirst() {
                open += PythonAssignments.opened(next)
                line += "\n" + next
            }
            guard case (var name, let value)? = PythonAssignments.split(line) else { continue }
            if scopes.last?.name == "" {
                guard name.hasPrefix("self.") else { continue }
                name = String(name.dropFirst(5))
            }
            var literal = PythonLiteral(value)
            guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }), let parsed = literal.parse() else {
                continue
            }
            let path = scopes.compactMap(\.name).filter { !$0.isEmpty } + [name]
            try out.set(path: path.joined(separator: "."), to: parsed)
        }
        return out
    }

    private static func split(_ line: String) -> (String, String)? {
        guard let equals = line.firstIndex(of: "="), line.index(after: equals) < line.endIndex,
            line[line.index(after: equals)] != "="
        else { return nil }
        var name = line[..<equals]
        // `rate: float = 0.1`
        if let colon = name.firstIndex(of: ":") { name = name[..<colon] }
        guard let last = name.last(where: { $0 != " " }), !"+-*/%&|^<>!".contains(last) else { return nil }
        return (name.filter { $0 != " " }, String(line[line.index(after: equals)...]))
    }

    /// Brackets that a line opens, less those that it closes.
    private static func opened(_ line: String) -> Int {
        var depth = 0
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if "([{".contains(character) {
                depth += 1
            } else if ")]}".contains(character) {
                depth -= 1
            } else if character == "#" {
                break
            }
        }
        return depth
    }
}

/// A Python literal: numbers, texts, True, False, None, lists, tuples, dictionaries, sets.
private struct PythonLiteral {
    private let text: [Character]
    private var at = 0

    init(_ text: String) { self.text = Array(text) }

    /// Nil for anything that is not a literal, such as a call.
    mutating func parse() -> JSONValue? {
        guard let value = value(depth: 0) else { return nil }
        skip()
        return at == text.count ? value : nil
    }

    private mutating func skip() {
        while at < text.count, text[at].isWhitespace || text[at] == "#" {
            if text[at] == "#" { while at < text.count, text[at] != "\n" { at += 1 } } else { at += 1 }
        }
    }

    private mutating func take(_ character: Character) -> Bool {
        skip()
        guard at < text.count, text[at] == character else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) -> JSONValue? {
        skip()
        guard at < text.count, depth < 64 else { return nil }
        switch text[at] {
        case "'", "\"": return string()
        case "[": return list(closing: "]", depth)
        case "(": return list(closing: ")", depth)
        case "{": return map(depth)
        default: return word()
        }
    }

    private mutating func string() -> JSONValue? {
        let quote = text[at]
        at += 1
        var out = ""
        while at < text.count, text[at] != quote {
            if text[at] == "\\", at + 1 < text.count {
                at += 1
                out.append(["n": "\n", "t": "\t", "r": "\r"][text[at]] ?? text[at])
            } else {
                out.append(text[at])
            }
            at += 1
        }
        guard at < text.count else { return nil }
        at += 1
        return .string(out)
    }

    private mutating func list(closing: Character, _ depth: Int) -> JSONValue? {
        at += 1
        var items: [JSONValue] = [], hasComma = false
        while !take(closing) {
            guard let item = value(depth: depth + 1) else { return nil }
            items.append(item)
            if take(",") { hasComma = true } else { guard take(closing) else { return nil }; break }
        }
        return closing == ")" && items.count == 1 && !hasComma ? items[0] : .list(items)
    }

    private mutating func map(_ depth: Int) -> JSONValue? {
        at += 1
        var entries: [JSONValue.Entry] = []
        while !take("}") {
            guard let key = value(depth: depth + 1) else { return nil }
            guard take(":"), let item = value(depth: depth + 1) else { return nil }
            let text = key.stringValue ?? key.text(.canonical), kind = key.stringValue == nil ? key.kind : nil
            entries.removeAll { $0.key.isExactly(text) && ($0.keyKind == nil) == (kind == nil) }
            entries.append(.init(key: text, value: item, keyKind: kind))
            if !take(",") { guard take("}") else { return nil }; break }
        }
        return JSONValue(.map(entries))
    }

    private mutating func word() -> JSONValue? {
        let start = at
        while at < text.count, text[at].isLetter || text[at].isNumber || "+-._".contains(text[at]) { at += 1 }
        let word = String(text[start..<at])
        switch word {
        case "True": return .bool(true)
        case "False": return .bool(false)
        case "None": return .null
        default:
            let resolved = YAMLFile.resolve(word)
            switch resolved {
            case .integer, .bigInteger, .number: return JSONValue(resolved)
            default: return nil
            }
        }
    }
}
