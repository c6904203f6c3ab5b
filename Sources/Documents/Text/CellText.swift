import Basics

/// A value in a cell of a table: a long one is cut, for it would widen its column in every row. `--json` has all of it.
enum CellText {
    static let longest = 40

    static func of(_ value: JSONValue) -> String { cut(value.text(.compact)) }

    static func cut(_ text: String) -> String {
        text.count > longest ? "\(text.prefix(longest - 1))…" : text
    }
}
