import Basics

/// Keeps `.gitignore` lines for data under version control.
enum GitIgnore {
    /// Appends `/name` to the directory's `.gitignore` unless it is there.
    static func add(_ name: String, in directory: String) throws {
        let path = Paths.join(directory, ".gitignore")
        let line = "/" + escaped(name)
        var text = Paths.exists(path) ? try FileChunks.text(path) : ""
        guard !text.split(separator: "\n").contains(where: { $0 == line }) else { return }
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        try AtomicFile.write(text + line + "\n", to: path)
    }

    /// Patterns' special characters, and a trailing space, behind a backslash.
    static func escaped(_ name: String) -> String {
        var out = ""
        let characters = Array(name)
        for (index, character) in characters.enumerated() {
            let isSpecial = "*?[]!".contains(character) || (character == "#" && (index == 0 || characters[index - 1] == " "))
            let isTrailingSpace = character == " " && index == characters.count - 1
            if isSpecial || isTrailingSpace { out += "\\" }
            out.append(character)
        }
        return out
    }
}
