extension JSONValue {
    /// How text is laid out.
    package enum Layout: Sendable {
        /// Python's `json.dumps(x, sort_keys=True)`: what DVC hashes. Keys sorted by code point, `", "` and `": "`,
        /// ASCII only.
        case canonical
        /// Two-space indentation, keys in the order given, non-ASCII characters as they are.
        case pretty
        /// One line, keys in the order given.
        case compact
    }

    /// The JSON text of this value.
    ///
    /// Non-finite numbers are written as Python writes them (`NaN`, `Infinity`) in canonical layout, because DVC's
    /// digests are defined over that text, and as `null` elsewhere, because JSON has no other spelling.
    package func text(_ layout: Layout) -> String {
        var out = ""
        write(to: &out, layout: layout, indent: 0)
        return out
    }

    private func write(to out: inout String, layout: Layout, indent: Int) {
        switch kind {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .integer(let value): out += String(value)
        case .bigInteger(let digits): out += digits
        case .number(let value):
            if value.isFinite || layout == .canonical { out += value.pythonText } else { out += "null" }
        case .string(let value): JSONValue.writeQuoted(value, to: &out, asciiOnly: layout == .canonical)
        case .list(let items):
            JSONValue.writeBracketed("[", "]", items, to: &out, layout: layout, indent: indent) {
                $0.write(to: &$1, layout: layout, indent: indent + 1)
            }
        case .map(let entries):
            let ordered =
                layout == .canonical ? entries.sorted(by: JSONValue.precedes) : entries
            JSONValue.writeBracketed("{", "}", ordered, to: &out, layout: layout, indent: indent) {
                JSONValue.writeQuoted($0.key, to: &$1, asciiOnly: layout == .canonical)
                $1 += layout == .compact ? ":" : ": "
                $0.value.write(to: &$1, layout: layout, indent: indent + 1)
            }
        }
    }

    /// Python's order of keys: texts by code point, numbers by value.
    private static func precedes(_ a: Entry, _ b: Entry) -> Bool {
        if let x = a.keyKind.flatMap({ JSONValue($0).doubleValue }),
            let y = b.keyKind.flatMap({ JSONValue($0).doubleValue })
        {
            return x < y
        }
        return a.key.precedesExactly(b.key)
    }

    private static func writeBracketed<T>(
        _ open: String, _ close: String, _ items: [T], to out: inout String, layout: Layout, indent: Int,
        element: (T, inout String) -> Void
    ) {
        out += open
        let isSpread = layout == .pretty && !items.isEmpty
        for (index, item) in items.enumerated() {
            if index > 0 { out += layout == .canonical ? ", " : "," }
            if isSpread { out += "\n" + String(repeating: "  ", count: indent + 1) }
            element(item, &out)
        }
        if isSpread { out += "\n" + String(repeating: "  ", count: indent) }
        out += close
    }

    private static func writeQuoted(_ text: String, to out: inout String, asciiOnly: Bool) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{8}": out += "\\b"
            case "\u{c}": out += "\\f"
            case " "..."~": out.unicodeScalars.append(scalar)
            default:
                if asciiOnly || scalar.value < 0x20 {
                    for unit in String(scalar).utf16 {
                        let digits = String(unit, radix: 16)
                        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                    }
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        out += "\""
    }
}

extension Double {
    /// The text of Python's `repr`: shortest digits that read back, `1e-05`, `1e+16`, always a `.0` otherwise.
    ///
    /// Swift prints the same digits but switches to an exponent from 2⁵³ on; Python does from 10¹⁶ on.
    package var pythonText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
        if magnitude >= 0x1p53, magnitude < 1e16, let exact = Int(exactly: self) { return "\(exact).0" }
        return description
    }
}
