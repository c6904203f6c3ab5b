/// A text that is compared by its bytes, as file names and the keys of documents are.
///
/// Swift's `String` holds two spellings of one character for the same text: `é` as one code point and as two. Linux,
/// Git and DVC do not, so whatever is keyed by a path, a stage or a key of a document uses this type as its key.
/// Order is the order of bytes, which for UTF-8 is the order of code points, as Python sorts.
package struct ExactText: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: ExactText, b: ExactText) -> Bool { a.text.isExactly(b.text) }

    package static func < (a: ExactText, b: ExactText) -> Bool { a.text.precedesExactly(b.text) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    package var description: String { text }
}

extension String {
    /// Whether both texts hold the same bytes.
    package func isExactly(_ other: String) -> Bool {
        // What differs even to String's own eye, nearly always the case, is told apart quickest.
        self == other && utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    /// Whether this text comes first in the order of bytes.
    package func precedesExactly(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension Sequence<String> {
    /// Whether one of these texts holds the same bytes.
    package func containsExactly(_ text: String) -> Bool { contains { $0.isExactly(text) } }
}

extension String {
    /// Whether this path lies below a directory, by its bytes: a mark at the start of a name, which combines with the
    /// slash before it, hides nothing.
    package func isBelow(_ directory: String) -> Bool {
        utf8.starts(with: directory.utf8)
            && utf8.dropFirst(directory.utf8.count).first == UInt8(ascii: "/")
    }

    /// Whether this path is a directory or lies below it.
    package func isAtOrBelow(_ directory: String) -> Bool { isExactly(directory) || isBelow(directory) }

    /// What follows the directory and its slash in a path below it.
    package func part(below directory: String) -> String {
        String(Substring(utf8.dropFirst(directory.utf8.count + 1)))
    }
}
