import Basics

/// Where the entries of a lock stand in its text, so that recording one of them leaves the others as they are, byte
/// for byte: keys that are not ours, comments, order and layout.
struct LockLayout {
    /// Everything before the first entry, with the line `stages:`.
    let head: String
    /// Of each stage: the comments before it, and its lines.
    let parts: [(lead: String, body: String)]
    /// Everything after the last entry.
    let tail: String
    /// Spaces before the name of a stage.
    let indent: Int

    /// Nil where the entries have no lines of their own: a lock in flow style, or one that breaks lines as few do.
    init?(_ text: String, root: JSONValue) {
        guard let entries = root.mapValue, let stages = entries.last(where: { $0.key == "stages" }),
            let stagesMark = stages.keyMark, let names = stages.value.mapValue, let first = names.first?.keyMark,
            let lines = TextLayout(text)
        else { return nil }
        let marks = names.compactMap(\.keyMark)
        // Flow style and tags stand between `stages:` and the first name.
        guard stagesMark.column == 1, marks.count == names.count, first.column > 1, first.line > stagesMark.line,
            marks.allSatisfy({ $0.column == first.column && lines.indent($0.line) == first.column - 1 }),
            zip(marks, marks.dropFirst()).allSatisfy({ $0.line < $1.line }),
            lines.isComment(stagesMark.line, from: "stages:".utf8.count),
            (stagesMark.line + 1..<first.line).allSatisfy({ lines.isComment($0) })
        else { return nil }
        let last = marks[marks.count - 1].line
        let after = entries.compactMap { $0.keyMark?.line }.filter { $0 > last }.min() ?? lines.count + 1
        guard (stagesMark.line..<lines.count + 1).allSatisfy({ !lines.isMarker($0) }) else { return nil }
        indent = first.column - 1
        head = lines.text(1..<stagesMark.line + 1)
        var parts: [(lead: String, body: String)] = []
        var lead = lines.text(stagesMark.line + 1..<first.line)
        for (index, mark) in marks.enumerated() {
            let next = index + 1 < marks.count ? marks[index + 1].line : after
            let end = lines.endOfBody(from: mark.line, to: next, indent: indent)
            parts.append((lead, lines.text(mark.line..<end)))
            lead = lines.text(end..<next)
        }
        self.parts = parts
        tail = lead + lines.text(after..<lines.count + 1)
    }
}

/// The lines of a YAML text, counted from one as its marks count them.
struct TextLayout {
    private let bytes: [UInt8]
    private let starts: [Int]

    /// Nil where YAML sees line breaks that are not line feeds.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        var starts = [0]
        for (index, byte) in bytes.enumerated() {
            func next(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
            switch byte {
            case 10: starts.append(index + 1)
            case 13 where next(1) != 10: return nil
            case 0xC2 where next(1) == 0x85: return nil
            case 0xE2 where next(1) == 0x80 && (next(2) == 0xA8 || next(2) == 0xA9): return nil
            default: break
            }
        }
        if starts.count > 1, starts[starts.count - 1] == bytes.count { starts.removeLast() }
        (self.bytes, self.starts) = (bytes, starts)
    }

    var count: Int { starts.count }

    private func bytes(_ line: Int) -> ArraySlice<UInt8> {
        guard line >= 1, line <= count else { return [] }
        return bytes[starts[line - 1]..<(line < count ? starts[line] : bytes.count)]
    }

    func text(_ lines: Range<Int>) -> String {
        guard lines.lowerBound <= count, !lines.isEmpty else { return "" }
        let end = lines.upperBound <= count ? starts[lines.upperBound - 1] : bytes.count
        return String(decoding: bytes[starts[lines.lowerBound - 1]..<end], as: UTF8.self)
    }

    func indent(_ line: Int) -> Int { bytes(line).prefix { $0 == 32 }.count }

    /// Whether nothing but a comment stands on a line, or nothing at all.
    func isComment(_ line: Int, from column: Int = 0) -> Bool {
        let rest = bytes(line).dropFirst(column).drop { $0 == 32 || $0 == 9 || $0 == 13 || $0 == 10 }
        return rest.isEmpty || rest.first == UInt8(ascii: "#")
    }

    /// Whether a line begins or ends a document.
    func isMarker(_ line: Int) -> Bool {
        let line = bytes(line)
        return line.starts(with: "---".utf8) || line.starts(with: "...".utf8)
    }

    /// The line after the last one of an entry: comments at its end that are not deeper than its name belong to what
    /// follows. Blank lines before them may be a part of a text.
    func endOfBody(from first: Int, to next: Int, indent: Int) -> Int {
        var end = next, line = next - 1
        while line > first, isComment(line) {
            if bytes(line).contains(UInt8(ascii: "#")) {
                guard self.indent(line) <= indent else { return end }
                end = line
            }
            line -= 1
        }
        return end
    }
}
