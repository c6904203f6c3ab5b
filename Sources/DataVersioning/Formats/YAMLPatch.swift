import Basics
import ConfigurationFiles

/// Changes a YAML text to say something else by changing only the values that differ: comments, quotes and the order of
/// keys stay as they are.
struct YAMLPatch {
    private let lines: TextLayout
    /// New texts of lines; an empty one takes the line away.
    private var changed: [Int: String] = [:]
    /// What is put in after a line.
    private var added: [Int: String] = [:]

    /// - Returns: nil when the change cannot be made line by line, or would not give exactly the new value.
    static func text(_ text: String, saying node: JSONValue, file: String) -> String? {
        guard let document = try? YAMLFile.document(text, file: file), !document.hasAliases,
            let lines = TextLayout(text)
        else { return nil }
        var patch = YAMLPatch(lines)
        guard patch.change(document.root, to: node) else { return nil }
        let patched = patch.text
        // Also the order of keys is that of the new value.
        guard let read = try? YAMLFile.parse(patched, file: file), YAMLWriter.text(read) == YAMLWriter.text(node) else {
            return nil
        }
        return patched
    }

    private init(_ lines: TextLayout) { self.lines = lines }

    private var text: String {
        var out = ""
        for line in 1..<lines.count + 1 {
            out += changed[line] ?? lines.text(line..<line + 1)
            guard let more = added[line] else { continue }
            if out.utf8.last != UInt8(ascii: "\n") { out += "\n" }
            out += more
        }
        return out
    }

    private mutating func change(_ old: JSONValue, to new: JSONValue) -> Bool {
        switch (old.kind, new.kind) {
        case (.map(let before), .map(let after)): return change(before, to: after)
        case (.list(let before), .list(let after)):
            guard before.count == after.count else { return false }
            for (a, b) in zip(before, after) where !change(a, to: b) { return false }
            return true
        case (.map, _), (.list, _), (_, .map), (_, .list): return false
        default: return old == new || replace(old, by: new)
        }
    }

    private mutating func change(_ before: [JSONValue.Entry], to after: [JSONValue.Entry]) -> Bool {
        let wanted = Dictionary(after.map { ($0.name, $0.value) }) { $1 }
        let known = Set(before.map(\.name))
        for entry in before {
            if let value = wanted[entry.name] {
                guard change(entry.value, to: value) else { return false }
            } else {
                guard remove(entry) else { return false }
            }
        }
        let new = after.filter { !known.contains($0.name) }
        guard !new.isEmpty else { return true }
        guard let column = before.first?.keyMark?.column, let last = before.last, let end = lastLine(of: last) else {
            return false
        }
        added[end] = (added[end] ?? "") + YAMLWriter.text(JSONValue(.map(new)), indent: column - 1, isSharing: false)
        return true
    }

    /// The line on which an entry ends; nil for a text of lines.
    private func lastLine(of entry: JSONValue.Entry) -> Int? {
        entry.value.mark.flatMap { lastLine(of: entry.value, $0) }
    }

    private func lastLine(of value: JSONValue, _ mark: SourceMark) -> Int? {
        switch value.kind {
        case .map(let entries): return entries.isEmpty ? mark.line : entries.last.flatMap(lastLine)
        case .list(let items):
            guard let last = items.last else { return mark.line }
            return last.mark.flatMap { lastLine(of: last, $0) }
        default: return token(at: mark) == nil ? nil : mark.line
        }
    }

    /// A scalar that begins and ends on one line, and where it stands in it.
    private func token(at mark: SourceMark) -> (line: [Unicode.Scalar], range: Range<Int>)? {
        let line = Array(lines.text(mark.line..<mark.line + 1).unicodeScalars), start = mark.column - 1
        guard start < line.count else { return nil }
        switch line[start] {
        case "'", "\"":
            var end = start + 1
            while end < line.count, line[end] != line[start] { end += line[end] == "\\" && line[start] == "\"" ? 2 : 1 }
            return end < line.count ? (line, start..<end + 1) : nil
        case "|", ">", "!", "&", "\n", "\r": return nil
        default:
            var end = start
            while end < line.count, !(line[end] == "#" && end > start && line[end - 1] == " ") { end += 1 }
            while end > start, [" ", "\n", "\r"].contains(line[end - 1]) { end -= 1 }
            return end > start ? (line, start..<end) : nil
        }
    }

    private mutating func replace(_ old: JSONValue, by new: JSONValue) -> Bool {
        guard let mark = old.mark, changed[mark.line] == nil, let (line, range) = token(at: mark) else { return false }
        let written = YAMLWriter.text(new).dropLast()
        guard !written.isEmpty, !written.contains("\n") else { return false }
        func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            return String(view)
        }
        // A comment keeps its column where it can.
        var rest = line[range.upperBound...]
        let blanks = rest.prefix { $0 == " " }.count
        rest = rest.dropFirst(blanks)
        let gap = rest.first == "#" ? max(1, blanks + range.count - written.unicodeScalars.count) : blanks
        changed[mark.line] =
            text(line[..<range.lowerBound]) + written + String(repeating: " ", count: gap) + text(rest)
        return true
    }

    /// Takes away an entry that has a line for itself.
    private mutating func remove(_ entry: JSONValue.Entry) -> Bool {
        guard let key = entry.keyMark, let mark = entry.value.mark, mark.line == key.line, changed[key.line] == nil,
            lines.indent(key.line) == key.column - 1, token(at: mark) != nil
        else { return false }
        changed[key.line] = ""
        return true
    }
}
