import Basics

/// Keeps `.gitignore` lines for data under version control.
package enum GitIgnore {
    /// Appends `/name` to the directory's `.gitignore` unless it is there.
    package static func add(_ name: String, in directory: String) throws { try add([name], in: directory) }

    /// Appends several at once, with one write.
    package static func add(_ names: [String], in directory: String) throws {
        let path = Paths.join(directory, ".gitignore")
        var text = try OwnFile.text(path)
        let lines = ExactSet(text.textLines().map(String.init)), end = text.lineEnd
        let new = names.map { "/" + escaped($0) }.filter { !lines.contains($0) }
        guard !new.isEmpty else { return }
        if !text.isEmpty, !text.hasSuffix(end) { text += end }
        try AtomicFile.write(text + new.joined(separator: end) + end, to: path)
    }

    /// Takes the line out again; an empty file goes.
    package static func remove(_ name: String, in directory: String) throws {
        let path = Paths.join(directory, ".gitignore")
        guard Paths.exists(path) else { return }
        let text = try OwnFile.text(path), lines = text.textLines(omittingEmpty: false).map(String.init)
        let kept = lines.filter { !$0.isExactly("/" + escaped(name)) }
        guard kept.count < lines.count else { return }
        if kept.allSatisfy({ $0.isEmpty }) { return try Paths.remove(path) }
        try AtomicFile.write(kept.joined(separator: text.lineEnd), to: path)
    }

    /// Patterns' special characters, and a trailing space, behind a backslash. A line cannot hold the end of a line:
    /// the class of control characters stands for it, the narrowest that Git has.
    static func escaped(_ name: String) -> String {
        var out = String.UnicodeScalarView()
        // By code points: a mark that combines with what stands before it is not a part of it here.
        let characters = Array(name.unicodeScalars)
        for (index, character) in characters.enumerated() {
            if character == "\n" || character == "\r" {
                out.append(contentsOf: "[[:cntrl:]]".unicodeScalars)
                continue
            }
            let isSpecial =
                "*?[]!\\".unicodeScalars.contains(character)
                || (character == "#" && (index == 0 || characters[index - 1] == " "))
            let isTrailingSpace = character == " " && index == characters.count - 1
            if isSpecial || isTrailingSpace { out.append("\\") }
            out.append(character)
        }
        return String(out)
    }
}
