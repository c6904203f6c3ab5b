import Basics

/// Fills `${a.b}`, `${a[b]}` and `${list[0]}` from values. A text that is exactly one reference keeps the value's type;
/// `\${` is literal.
struct Template {
    /// What references may name.
    var values: JSONValue
    /// References that are left as they are, such as `each`, which is known only later.
    var deferred: Set<String> = []
    /// Whether a map inside a command becomes options, as in a `dvc.yaml`.
    var spreadsMaps = false
    /// Where values are defined, for messages.
    var source = "params.yaml"

    /// References that were filled, in order.
    private(set) var used: [String] = []

    init(_ values: JSONValue, deferred: Set<String> = [], spreadsMaps: Bool = false) {
        self.values = values
        self.deferred = deferred
        self.spreadsMaps = spreadsMaps
    }

    mutating func fill(_ node: JSONValue) throws -> JSONValue {
        switch node.kind {
        case .string(let text): return try fill(text, mark: node.mark)
        case .list(let items):
            var out: [JSONValue] = []
            for item in items { out.append(try fill(item)) }
            return JSONValue(.list(out), mark: node.mark)
        case .map(let entries):
            var out: [JSONValue.Entry] = []
            for entry in entries {
                var filled = entry.holding(try fill(entry.value))
                if entry.key.contains("${") {
                    filled.key = try fill(entry.key, mark: entry.keyMark).stringValue ?? entry.key
                }
                out.append(filled)
            }
            return JSONValue(.map(out), mark: node.mark)
        default: return node
        }
    }

    private mutating func fill(_ text: String, mark: SourceMark?) throws -> JSONValue {
        guard text.contains("${") else { return JSONValue(.string(text), mark: mark) }
        var out = ""
        var rest = Substring(text)
        while let start = rest.place(of: "${") {
            if rest[..<start.lowerBound].hasSuffix("\\") {
                out += rest[..<start.lowerBound].dropLast() + "${"
                rest = rest[start.upperBound...]
                continue
            }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw ConfigError("found '${' without '}' in '\(text)'", at: mark, code: "pipeline.template")
            }
            let reference = String(rest[start.upperBound..<end])
            let path = Template.path(reference)
            let before = rest[..<start.lowerBound]
            rest = rest[rest.index(after: end)...]
            if deferred.contains(String(path.prefix { $0 != "." })) {
                out += before + "${\(reference)}"
                continue
            }
            guard let value = values[path: path] else {
                let names = values.leaves().map(\.path)
                throw ConfigError(
                    "found the unknown parameter '\(path)' in '\(text)'", at: mark, code: "pipeline.template",
                    hint: NearestName.of(path, in: names).map { "did you mean '\($0)'?" } ?? "define it in \(source)")
            }
            if !used.contains(path) { used.append(path) }
            if out.isEmpty, before.isEmpty, rest.isEmpty, !(spreadsMaps && value.mapValue != nil) {
                return JSONValue(value.kind, mark: mark)
            }
            guard let inserted = try Template.text(value) ?? (spreadsMaps ? Template.options(value, prefix: "") : nil)
            else {
                throw ConfigError(
                    "found \(value.kindName) for '${\(reference)}' inside a text, expected a text or number", at: mark,
                    code: "pipeline.template")
            }
            out += before + inserted
        }
        return JSONValue(.string(out + rest), mark: mark)
    }

    /// `a[b].0` as `a.b.0`.
    private static func path(_ reference: String) -> String {
        reference.split(whereSeparator: { $0 == "." || $0 == "[" || $0 == "]" }).map { String($0).trimmingSpaces }
            .joined(separator: ".")
    }

    /// As Python prints scalars, with `true` and `false` in YAML's spelling.
    static func text(_ value: JSONValue) -> String? {
        switch value.kind {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bigInteger(let digits): digits
        case .number(let number):
            number.isNaN ? "nan" : number.isInfinite ? (number < 0 ? "-inf" : "inf") : number.pythonText
        case .bool(let flag): flag ? "true" : "false"
        case .null: "None"
        default: nil
        }
    }

    /// `{lr: 0.1, layers: [1, 2], opt: {b1: 0.9}, verbose: true}` as `--lr 0.1 --layers 1 2 --opt.b1 0.9 --verbose`.
    private static func options(_ value: JSONValue, prefix: String) throws -> String? {
        guard let entries = value.mapValue else { return nil }
        var words: [String] = []
        for entry in entries {
            let name = prefix.isEmpty ? entry.key : "\(prefix).\(entry.key)"
            switch entry.value.kind {
            case .map: words.append(try options(entry.value, prefix: name) ?? "")
            case .bool(let flag): if flag { words.append("--\(name)") }
            case .list(let items):
                // Of nothing, DVC writes nothing; a flag in a list it writes as Python does.
                if items.isEmpty { break }
                let texts = try items.map { item in
                    if case .bool(let flag) = item.kind { return flag ? "True" : "False" }
                    guard let text = text(item) else {
                        throw ConfigError(
                            "found \(item.kindName) in the list '\(name)', expected texts or numbers", at: item.mark,
                            code: "pipeline.template")
                    }
                    return item.stringValue == nil ? text : Shell.pythonQuoted(text)
                }
                words.append("--\(name) \(texts.joined(separator: " "))")
            default:
                words.append("--\(name) \(entry.value.stringValue.map(Shell.pythonQuoted) ?? text(entry.value) ?? "")")
            }
        }
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension Substring {
    fileprivate func place(of text: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
            index = self.index(after: index)
        }
        return nil
    }
}

extension String {
    var trimmingSpaces: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

/// Text for `/bin/sh`.
package enum Shell {
    /// The word as it is when it needs no quoting, else in single quotes.
    package static func quoted(_ word: String) -> String {
        isSafe(word)
            ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// In the spelling of Python's `shlex.quote`, which DVC's locks hold.
    static func pythonQuoted(_ word: String) -> String {
        isSafe(word)
            ? word
            : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\"'\"'") + "'"
    }

    private static func isSafe(_ word: String) -> Bool {
        !word.isEmpty
            && word.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "_-./=:@%+,".utf8.contains(byte)
            }
    }
}
