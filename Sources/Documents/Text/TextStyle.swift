/// How wide the screen is and whether it shows colour: all that text for people needs to know of where it goes.
package struct TextStyle: Sendable {
    /// Columns; nil where lines may be of any length, as in a file or a pipe.
    package let width: Int?
    package let hasColor: Bool
    /// Columns that tables keep to; nil where their lines may be of any length too.
    package let tableWidth: Int?

    package init(width: Int? = nil, hasColor: Bool = false, tableWidth: Int? = nil) {
        self.width = width
        self.hasColor = hasColor
        self.tableWidth = tableWidth ?? width
    }

    /// What tables keep to in a pipe or a file: people read those too, and a line of 250 columns is read by nobody.
    package static let pipedTableWidth = 120

    /// No colour and lines of any length.
    package static let plain = TextStyle()

    /// For a page of prose: in a pipe or a CI log its lines are as long as those of tables.
    package var ofPages: TextStyle { TextStyle(width: width ?? tableWidth, hasColor: hasColor) }

    package enum Color: String, Sendable { case red = "31", green = "32", yellow = "33", dim = "2", bold = "1" }

    package func paint(_ text: String, _ color: Color) -> String {
        hasColor ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }
}
