import Basics

/// `.dvcignore`: Git's pattern language, per directory. The last pattern that matches decides.
package struct IgnoreRules: Sendable {
    private struct Rule: Sendable {
        /// Directory of the file that states the rule, relative to the workspace; empty at its top.
        var base: String
        var pattern: [UInt8]
        var isNegated: Bool
        var isDirectoryOnly: Bool
        /// Whether the pattern is matched against the whole path below `base`, not against the name alone.
        var isAnchored: Bool
        var file: String
        var line: Int
        var text: String
    }

    private let root: String
    private var rules: [Rule] = []

    package var isEmpty: Bool { rules.isEmpty }

    /// The rules that hold in a directory of the workspace: those of all `.dvcignore` files from its top down to it.
    package init(root: String, for directory: String) throws {
        self.root = root
        try add("")
        guard directory.isBelow(root) else { return }
        var path = ""
        for part in directory.utf8.dropFirst(root.utf8.count + 1).split(separator: UInt8(ascii: "/")) {
            let part = Substring(part)
            path = path.isEmpty ? String(part) : "\(path)/\(part)"
            try add(path)
        }
    }

    package func entering(_ directory: String) throws -> IgnoreRules {
        var copy = self
        try copy.add(directory)
        return copy
    }

    private mutating func add(_ base: String) throws {
        let file = base.isEmpty ? ".dvcignore" : "\(base)/.dvcignore"
        guard Paths.exists("\(root)/\(file)") else { return }
        for (number, raw) in try FileChunks.text("\(root)/\(file)").textLines(omittingEmpty: false).enumerated() {
            var text = raw
            while text.last == " ", !text.dropLast().hasSuffix("\\") { text.removeLast() }
            let shown = String(text)
            if text.isEmpty || text.hasPrefix("#") { continue }
            let isNegated = text.hasPrefix("!")
            if isNegated { text.removeFirst() }
            if text.hasPrefix("\\#") || text.hasPrefix("\\!") { text.removeFirst() }
            let isDirectoryOnly = text.hasSuffix("/")
            if isDirectoryOnly { text.removeLast() }
            let isAnchored = text.contains("/")
            if text.hasPrefix("/") { text.removeFirst() }
            if text.isEmpty { continue }
            rules.append(
                Rule(
                    base: base, pattern: Array(text.utf8), isNegated: isNegated, isDirectoryOnly: isDirectoryOnly,
                    isAnchored: isAnchored, file: file,
                    line: number + 1, text: shown))
        }
    }

    /// - Parameter path: relative to the workspace.
    package func isIgnored(_ path: String, isDirectory: Bool) -> Bool {
        decision(path, isDirectory: isDirectory)?.isIgnored ?? false
    }

    /// The rule that decides, as `FILE:LINE:PATTERN`.
    package func decision(_ path: String, isDirectory: Bool) -> (isIgnored: Bool, rule: String)? {
        for rule in rules.reversed() {
            if rule.isDirectoryOnly, !isDirectory { continue }
            guard rule.base.isEmpty || path.isBelow(rule.base) else { continue }
            let below = rule.base.isEmpty ? path.utf8[...] : path.utf8.dropFirst(rule.base.utf8.count + 1)
            let subject = rule.isAnchored ? below : below.split(separator: UInt8(ascii: "/")).last ?? below
            if Glob.matches(rule.pattern[...], Array(subject)[...]) {
                return (!rule.isNegated, "\(rule.file):\(rule.line):\(rule.text)")
            }
        }
        return nil
    }
}

/// Shell patterns over bytes: `*` and `?` stop at `/`, `**` does not, `[a-z]` and `[!a-z]` are classes, `\` quotes.
package enum Glob {
    package static func matches(_ pattern: String, _ path: String) -> Bool {
        matches(Array(pattern.utf8)[...], Array(path.utf8)[...])
    }

    static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var pattern = pattern, text = text
        // Where to take up again after the last star: its pattern, and how much of the text it has eaten.
        var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>, crossesSlash: Bool)?
        var deepRetry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while true {
            if pattern.first == UInt8(ascii: "*") {
                if pattern.dropFirst().first == UInt8(ascii: "*") {
                    pattern = pattern.drop { $0 == UInt8(ascii: "*") }
                    // `**/` also stands for nothing.
                    if pattern.first == UInt8(ascii: "/") { pattern = pattern.dropFirst() }
                    deepRetry = (pattern, text)
                    retry = nil
                } else {
                    pattern = pattern.dropFirst()
                    retry = (pattern, text, false)
                }
                continue
            }
            if pattern.isEmpty, text.isEmpty { return true }
            if let rest = step(pattern, text) {
                (pattern, text) = (rest, text.dropFirst())
                continue
            }
            if let again = retry, let first = again.text.first, first != UInt8(ascii: "/") {
                retry = (again.pattern, again.text.dropFirst(), false)
                (pattern, text) = (again.pattern, again.text.dropFirst())
                continue
            }
            if let again = deepRetry, !again.text.isEmpty {
                deepRetry = (again.pattern, again.text.dropFirst())
                (pattern, text) = (again.pattern, again.text.dropFirst())
                retry = nil
                continue
            }
            return false
        }
    }

    /// The pattern after one character that matches, or nil.
    private static func step(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let first = pattern.first, let byte = text.first else { return nil }
        switch first {
        case UInt8(ascii: "?"): return byte == UInt8(ascii: "/") ? nil : pattern.dropFirst()
        case UInt8(ascii: "\\"):
            let quoted = pattern.dropFirst()
            return quoted.first == byte ? quoted.dropFirst() : nil
        case UInt8(ascii: "["):
            var index = pattern.index(after: pattern.startIndex)
            let isNegated =
                index < pattern.endIndex && (pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^"))
            if isNegated { index += 1 }
            let start = index
            var isFound = false
            while index < pattern.endIndex, pattern[index] != UInt8(ascii: "]") || index == start {
                if index + 2 < pattern.endIndex, pattern[index + 1] == UInt8(ascii: "-"),
                    pattern[index + 2] != UInt8(ascii: "]")
                {
                    if pattern[index] <= byte, byte <= pattern[index + 2] { isFound = true }
                    index += 3
                } else {
                    if pattern[index] == byte { isFound = true }
                    index += 1
                }
            }
            guard index < pattern.endIndex else { return byte == first ? pattern.dropFirst() : nil }
            return isFound != isNegated && byte != UInt8(ascii: "/") ? pattern[(index + 1)...] : nil
        default: return first == byte ? pattern.dropFirst() : nil
        }
    }
}
