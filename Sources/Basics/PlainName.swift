import Foundation

/// Names that people give to things and that become file names, lines of a log and parts of an address.
package enum PlainName {
    /// The longest that every file system takes with a suffix behind it, in bytes.
    package static let mostBytes = 200

    /// For messages.
    package static let expected = "letters, digits, '-', '_' and '.', and neither '..' nor '.' or '-' in front"

    /// For messages about names that the project makes.
    package static let expectedASCII =
        "letters a to z, digits, '-', '_' and '.', and neither '..' nor '.' or '-' in front"

    /// For messages: why one name could be taken for another.
    package static func difference(from other: String, _ name: String) -> String {
        "which "
            + (other.lowercased() == name.lowercased()
                ? "differs from '\(other)' in capital letters alone" : "looks like '\(Escaping.terminal(other))'")
    }

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

    /// Whether a name that the project makes is plain and in letters of ASCII alone, so that no two look alike but for
    /// capital letters. Names from before, and of people, may have other letters; see ``isSame(_:_:)``.
    package static func isPlainASCII(_ name: String) -> Bool { isPlain(name) && name.utf8.allSatisfy { $0 < 128 } }

    /// Whether two names are one to people and to file systems that do not tell capital letters apart: equal but for
    /// capital letters, spaces around them, forms of one sign (full-width, ligatures: NFKC), signs that are not seen,
    /// and letters of Cyrillic and Greek that look like Latin ones.
    package static func isSame(_ a: String, _ b: String) -> Bool {
        a == b || folded(a) == folded(b) || skeleton(a) == skeleton(b)
    }

    /// Of some names each once, the first spelling of it; in their order.
    ///
    /// - Complexity: quadratic in the names; meant for the keys of a document.
    package static func distinct(_ names: some Sequence<String>) -> [String] {
        names.reduce(into: []) { found, name in
            if !found.contains(where: { isSame($0, name) }) { found.append(name) }
        }
    }

    /// In small letters and one form of each sign, without what is not seen.
    private static func folded(_ name: String) -> String {
        var text = String.UnicodeScalarView()
        text.append(
            contentsOf: name.precomposedStringWithCompatibilityMapping.unicodeScalars.filter {
                !$0.properties.isDefaultIgnorableCodePoint
            })
        return String(text).trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    }

    /// What of a name people see, in Latin letters where it could be read so. Capital letters first: some look Latin in
    /// one case alone. Digits that look like letters (`0`, `1`) stay themselves.
    private static func skeleton(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 >= 128 }) else { return folded(name) }
        func latin(_ text: String) -> String { text.unicodeScalars.map { String(lookalikes[$0] ?? $0) }.joined() }
        return latin(folded(latin(name.precomposedStringWithCompatibilityMapping)))
    }

    /// Letters of other scripts, and the Latin ones that they look like; after the table of confusables of Unicode (UTS
    /// 39), as far as one sign stands for one.
    private static let lookalikes: [Unicode.Scalar: Unicode.Scalar] = {
        let pairs: [(String, String)] = [
            ("АВЕЅЗІЈКМНОРСТУХԌԚԜҮ", "ABES3IJKMHOPCTYXGQWY"), ("аеѕіјорсухԁԛԝһӏүѵ", "aesijopcyxdqwhlyv"),
            ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"), ("αγικνορυχϲϳ", "ayikvopuxcj"), ("ıɑɡɩ", "iagi"),
        ]
        return Dictionary(
            pairs.flatMap { zip($0.0.unicodeScalars, $0.1.unicodeScalars).map { ($0, $1) } }
        ) { first, _ in first }
    }()

    /// Of names that exist, one that a new name could be taken for; see ``isSame(_:_:)``.
    package static func lookalike(of name: String, in known: some Sequence<String>) -> String? {
        // Compared scalar by scalar: to a database two spellings of one letter are two names.
        known.first { !$0.unicodeScalars.elementsEqual(name.unicodeScalars) && isSame($0, name) }
    }
}
