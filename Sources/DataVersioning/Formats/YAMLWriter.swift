package import Basics

/// Writes `.dvc` and lock files in DVC's own layout, byte for byte, so that both tools may touch the same file without
/// noise in Git. Rules: dvc-compat specification, section 2.
///
/// Block style, lists not indented inside maps, width 80, no document markers. Where DVC's folding does not read back
/// (its faults with escapes and double spaces near the margin), the scalar is written unfolded instead. A list or a map
/// that stands at several places of what was read (by an alias or a merge key) is written once, with an anchor.
package enum YAMLWriter {
    /// - Parameters:
    ///   - indent: where a map begins, for a part of a larger document.
    ///   - isSharing: whether values that were read from one place are written as aliases of the first, as DVC does.
    package static func text(_ value: JSONValue, indent: Int = 0, isSharing: Bool = true) -> String {
        var anchors = 0
        return text(value, indent: indent, isSharing: isSharing, anchors: &anchors)
    }

    /// - Parameter anchors: how many anchors the document has so far; those of this part are added.
    static func text(_ value: JSONValue, indent: Int, isSharing: Bool = true, anchors: inout Int) -> String {
        var out = Output(shared: SharedValues(isSharing ? value : .null, after: anchors))
        anchors = out.shared.last
        switch value.kind {
        case .map(let entries) where !entries.isEmpty: writeMap(entries, indent: indent, to: &out)
        case .list(let items) where !items.isEmpty: writeList(items, indent: 0, to: &out)
        default:
            writeScalar(value, continuation: 0, to: &out)
            out.newline()
        }
        return out.text
    }

    struct Output {
        var text = ""
        /// Code points since the last line break.
        var column = 0
        var shared: SharedValues

        mutating func write(_ part: String) {
            text += part
            column += part.unicodeScalars.count
        }

        mutating func newline() {
            text += "\n"
            column = 0
        }

        mutating func breakLine(_ indent: Int) {
            newline()
            write(String(repeating: " ", count: indent))
        }
    }

    // MARK: Structure

    private static func writeMap(
        _ entries: [JSONValue.Entry], indent: Int, isInline: Bool = false, to out: inout Output
    ) {
        for (index, entry) in entries.enumerated() {
            if index > 0 || !isInline { out.write(String(repeating: " ", count: indent)) }
            if isSimple(entry) {
                writeKey(entry, indent: indent, canFold: false, to: &out)
                out.write(":")
                writeValue(entry.value, indent: indent, to: &out)
            } else {
                out.write("? ")
                writeKey(entry, indent: indent, canFold: true, to: &out)
                out.breakLine(indent)
                out.write(":")
                writeItem(entry.value, indent: indent, to: &out)
            }
        }
    }

    /// Whether a key fits before its colon: libraries look no further than 128 characters, of which ruamel.yaml takes
    /// five for the tag that it does not write.
    private static func isSimple(_ entry: JSONValue.Entry) -> Bool {
        entry.key.unicodeScalars.count < 123 && !entry.key.utf8.contains(UInt8(ascii: "\n"))
    }

    private static func writeKey(_ entry: JSONValue.Entry, indent: Int, canFold: Bool, to out: inout Output) {
        switch entry.keyKind {
        case nil: writeString(entry.key, continuation: indent + 2, canFold: canFold, to: &out)
        case .null: out.write("null")
        case let kind?: writeScalar(JSONValue(kind), continuation: indent + 2, to: &out)
        }
    }

    /// What stands after the colon of a key.
    private static func writeValue(_ value: JSONValue, indent: Int, to out: inout Output) {
        let mention = out.shared.mention(value)
        if case .alias(let name) = mention { return writeLine(" *" + name, to: &out) }
        if case .anchor(let name) = mention { out.write(" &" + name) }
        switch value.kind {
        case .map(let inner) where !inner.isEmpty:
            out.newline()
            writeMap(inner, indent: indent + 2, to: &out)
        case .list(let items) where !items.isEmpty:
            out.newline()
            writeList(items, indent: indent, to: &out)
        case .null: out.newline()
        default:
            out.write(" ")
            writeScalar(value, continuation: indent + 2, to: &out)
            out.newline()
        }
    }

    /// What stands after the `-` of a list, or the `:` of a key that has a line of its own.
    private static func writeItem(_ value: JSONValue, indent: Int, to out: inout Output) {
        let mention = out.shared.mention(value)
        if case .alias(let name) = mention { return writeLine(" *" + name, to: &out) }
        out.write(" ")
        var isAnchored = false
        if case .anchor(let name) = mention {
            out.write("&" + name)
            isAnchored = true
        }
        let isEmpty = value.mapValue?.isEmpty ?? value.listValue?.isEmpty ?? false
        if isAnchored { if isEmpty { out.write(" ") } else { out.newline() } }
        switch value.kind {
        case .map(let inner) where !inner.isEmpty:
            writeMap(inner, indent: indent + 2, isInline: !isAnchored, to: &out)
        case .list(let inner) where !inner.isEmpty:
            writeList(inner, indent: indent + 2, isInline: !isAnchored, to: &out)
        case .null: out.newline()
        default:
            writeScalar(value, continuation: indent + 2, to: &out)
            out.newline()
        }
    }

    private static func writeLine(_ text: String, to out: inout Output) {
        out.write(text)
        out.newline()
    }

    private static func writeList(_ items: [JSONValue], indent: Int, isInline: Bool = false, to out: inout Output) {
        for (index, item) in items.enumerated() {
            if index > 0 || !isInline { out.write(String(repeating: " ", count: indent)) }
            out.write("-")
            writeItem(item, indent: indent, to: &out)
        }
    }

    private static func writeScalar(_ value: JSONValue, continuation: Int, to out: inout Output) {
        switch value.kind {
        case .null: break
        case .bool(let flag): out.write(flag ? "true" : "false")
        case .integer(let number): out.write(String(number))
        case .bigInteger(let digits): out.write(digits)
        case .number(let number):
            out.write(number.isNaN ? ".nan" : number.isInfinite ? (number < 0 ? "-.inf" : ".inf") : number.pythonText)
        case .string(let text): writeString(text, continuation: continuation, canFold: true, to: &out)
        case .list: out.write("[]")
        case .map: out.write("{}")
        }
    }
}
