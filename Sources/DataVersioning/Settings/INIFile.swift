import Basics

/// DVC's configuration format (ConfigObj): sections of `key = value` lines. Editing keeps all other lines as they are.
package struct INIFile: Sendable {
    private var lines: [String]
    private let lineEnd: String
    package let path: String

    /// An empty one where there is no file.
    package init(_ path: String) throws {
        self.path = path
        let text = Paths.exists(path) ? try FileChunks.text(path) : ""
        lineEnd = text.lineEnd
        lines = text.textLines(omittingEmpty: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for (number, line) in lines.enumerated() {
            let text = line.trimmed
            guard
                text.isEmpty || text.hasPrefix("#") || text.hasPrefix(";") || INIFile.section(text) != nil
                    || text.contains("=")
            else {
                throw ConfigError(
                    "found '\(text)', expected a section or 'key = value'",
                    at: SourceMark(file: path, line: number + 1, column: 1), code: "config.syntax")
            }
        }
    }

    /// `[core]` and `['remote "name"']`; the name without brackets and outer quotes.
    private static func section(_ text: String) -> String? {
        guard text.hasPrefix("["), let end = text.lastIndex(of: "]") else { return nil }
        return unquoted(String(text[text.index(after: text.startIndex)..<end]).trimmed)
    }

    private static func unquoted(_ text: String) -> String {
        for quote in ["'", "\""] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
            return String(text.dropFirst().dropLast())
        }
        return text
    }

    private static func pair(_ line: String) -> (key: String, value: String)? {
        let text = line.trimmed
        guard !text.hasPrefix("#"), !text.hasPrefix(";"), section(text) == nil, let equals = text.firstIndex(of: "=")
        else { return nil }
        var value = String(text[text.index(after: equals)...]).trimmed
        if !value.hasPrefix("'"), !value.hasPrefix("\""), let comment = value.range(ofText: " #") {
            value = String(value[..<comment]).trimmed
        }
        return (String(text[..<equals]).trimmed.lowercased(), unquoted(value))
    }

    /// Sections in the order of the file, with their pairs.
    package var sections: [(name: String, values: [(key: String, value: String)])] {
        var out: [(name: String, values: [(key: String, value: String)])] = []
        for line in lines {
            if let name = INIFile.section(line.trimmed) {
                out.append((name, []))
            } else if let pair = INIFile.pair(line), !out.isEmpty {
                out[out.count - 1].values.append(pair)
            }
        }
        return out
    }

    private func range(of name: String) -> Range<Int>? {
        guard let start = lines.firstIndex(where: { INIFile.section($0.trimmed) == name }) else { return nil }
        let end = lines[(start + 1)...].firstIndex { INIFile.section($0.trimmed) != nil } ?? lines.count
        return start..<end
    }

    /// - Throws: ``Failure`` with code `remote.option-value` for what the format has no place for: several lines, or a
    ///   value that needs quotes and holds both kinds of them.
    package mutating func set(_ section: String, _ key: String, _ value: String) throws {
        let needsQuotes =
            value.isEmpty || value != value.trimmed || value.contains("#") || value.contains(",")
            || value.hasPrefix("'") || value.hasPrefix("\"")
        let quote = value.utf8.contains(UInt8(ascii: "'")) ? "\"" : "'"
        guard !(section + key + value).unicodeScalars.contains(where: { $0.properties.generalCategory == .control }),
            !needsQuotes || !value.contains(quote)
        else {
            throw Failure(
                "remote.option-value",
                "found a value of '\(key)' with a line break or with both kinds of quotes, which '\(path)' cannot "
                    + "hold",
                hint: "give another value", exitStatus: .usage)
        }
        let line = "    \(key) = \(needsQuotes ? "\(quote)\(value)\(quote)" : value)"
        guard let range = range(of: section) else {
            lines += [section.contains("\"") ? "['\(section)']" : "[\(section)]", line]
            return
        }
        if let index = range.first(where: { INIFile.pair(lines[$0])?.key == key }) {
            lines[index] = line
        } else {
            lines.insert(line, at: range.upperBound)
        }
    }

    @discardableResult
    package mutating func remove(_ section: String, _ key: String) -> Bool {
        guard let range = range(of: section), let index = range.first(where: { INIFile.pair(lines[$0])?.key == key })
        else { return false }
        lines.remove(at: index)
        if range.count == 2 { lines.remove(at: range.lowerBound) }
        return true
    }

    @discardableResult
    package mutating func remove(section: String) -> Bool {
        guard let range = range(of: section) else { return false }
        lines.removeSubrange(range)
        return true
    }

    package func write() throws {
        try AtomicFile.write(lines.isEmpty ? "" : lines.joined(separator: lineEnd) + lineEnd, to: path)
    }
}

extension String {
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    fileprivate func range(ofText text: String) -> String.Index? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index }
            index = self.index(after: index)
        }
        return nil
    }
}
