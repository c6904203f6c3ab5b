import Basics

/// Named columns of equal length.
package struct Table: Sendable, Equatable {
    /// Values of one type.
    package enum Column: Sendable, Equatable {
        case int64([Int64])
        case float64([Double])
        case text([String])

        /// Rows.
        package var count: Int {
            switch self {
            case .int64(let values): values.count
            case .float64(let values): values.count
            case .text(let values): values.count
            }
        }

        fileprivate func cell(_ row: Int) -> String {
            switch self {
            case .int64(let values): String(values[row])
            case .float64(let values): values[row].isNaN ? "" : values[row].description
            case .text(let values): Table.quotedIfNeeded(values[row])
            }
        }
    }

    /// In order of the columns.
    package private(set) var names: [String] = []
    /// In the order they were appended.
    package private(set) var columns: [Column] = []

    /// No columns.
    package init() {}

    /// Rows of every column; 0 without columns.
    package var rowCount: Int { columns.first?.count ?? 0 }

    /// Adds a column.
    ///
    /// - Precondition: it has as many rows as the others.
    package mutating func append(_ name: String, _ column: Column) {
        precondition(
            columns.isEmpty || column.count == rowCount,
            "found \(column.count) rows for '\(name)', expected \(rowCount)")
        names.append(name)
        columns.append(column)
    }

    /// The column of that name; the first where several have it.
    package subscript(name: String) -> Column? { names.firstIndex(of: name).map { columns[$0] } }

    /// Writes CSV with a header, atomically. Numbers are the shortest text that reads back to the same bits; NaN is
    /// empty.
    package func writeCSV(to path: String) throws {
        try AtomicFile.write(to: path) { writer in
            try writer.append(names.map(Table.quotedIfNeeded).joined(separator: ",") + "\n")
            for row in 0..<rowCount {
                var line = ""
                for (index, column) in columns.enumerated() {
                    if index > 0 { line += "," }
                    line += column.cell(row)
                }
                try writer.append(line + "\n")
            }
        }
    }

    fileprivate static func quotedIfNeeded(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
