package import Basics
package import Workflows

/// A feature table of FI-2010's files, with the number of rows of each class.
package struct FI2010Document: Document {
    private let made: ImportFI2010.Outcome

    package init(_ made: ImportFI2010.Outcome) { self.made = made }

    package var body: JSONValue {
        .map([
            "rows": .int(made.rows), "down": .int(made.down), "stationary": .int(made.stationary),
            "up": .int(made.up),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let largest = max(made.down, made.stationary, made.up)
        let share = 100 * Double(largest) / Double(max(made.rows, 1))
        return style.wrapped(
            "\(grouped(made.rows)) rows: \(grouped(made.down)) down, \(grouped(made.stationary)) stationary, "
                + "\(grouped(made.up)) up; always the largest class is right in \(fixed(share, 2)) %", indent: 2)
    }
}
