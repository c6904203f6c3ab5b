/// Names that people give to things and that become file names, lines of a log and parts of an address.
package enum PlainName {
    /// The longest that every file system takes with a suffix behind it, in bytes.
    package static let mostBytes = 200

    /// For messages.
    package static let expected = "letters, digits, '-', '_' and '.', and neither '..' nor '.' or '-' in front"

    /// Letters, digits, `-`, `_` and `.`; neither empty nor hidden, no `..`, nothing that leads elsewhere, no sign that
    /// is not seen.
    ///
    /// - Parameter more: further characters that may stand in it.
    package static func isPlain(_ name: String, also more: String = "") -> Bool {
        guard !name.isEmpty, name.utf8.count <= mostBytes, !name.hasPrefix("."), !name.hasPrefix("-") else {
            return false
        }
        return !name.hasSuffix(".") && !name.contains("..")
            && name.unicodeScalars.allSatisfy {
                let properties = $0.properties
                return properties.isAlphabetic || properties.numericType == .decimal
                    || properties.generalCategory == .nonspacingMark || "-_.".unicodeScalars.contains($0)
                    || more.unicodeScalars.contains($0)
            }
    }

    /// Whether two names are one to people and to file systems that do not tell capital letters apart.
    package static func isSame(_ a: String, _ b: String) -> Bool { a.lowercased() == b.lowercased() }

    /// Of names that exist, one that a new name could be taken for: equal but for capital letters.
    package static func lookalike(of name: String, in known: some Sequence<String>) -> String? {
        // Compared scalar by scalar: to a database two spellings of one letter are two names.
        known.first { !$0.unicodeScalars.elementsEqual(name.unicodeScalars) && isSame($0, name) }
    }
}
