/// Some successive rows of a table. Files are read and written chunk by chunk, so memory does not grow with them.
package struct TableChunk: Sendable, Equatable {
    package let fields: [Field]
    /// In order of the fields, of equal length.
    package let columns: [ColumnVector]
    /// Rows of every column.
    package let rowCount: Int

    /// Rows of a chunk, where the file does not say otherwise.
    package static let usualRows = 65_536

    /// - Precondition: as many columns as fields, all of `rowCount` rows.
    package init(fields: [Field], columns: [ColumnVector], rowCount: Int) {
        precondition(fields.count == columns.count && columns.allSatisfy { $0.count == rowCount })
        (self.fields, self.columns, self.rowCount) = (fields, columns, rowCount)
    }

    /// The column of that name; the first where several have it.
    package subscript(name: String) -> ColumnVector? {
        fields.firstIndex { $0.name == name }.map { columns[$0] }
    }
}

/// A table that is read from the front, chunk by chunk.
package protocol ChunkSource: AnyObject {
    /// The same for every chunk.
    var fields: [Field] { get }

    /// The next rows; nil behind the last. A chunk without rows is legal.
    ///
    /// - Throws: ``Failure`` or ``FileError`` that names the file and the place in it.
    func next() throws -> TableChunk?
}
