import Basics
import Tables

/// Arrow files (Feather of version 2) of market data, by the names and types of their columns.
package enum ArrowMarketFormat: FileFormat {
    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        try find(path, head: head, options: CSVOptions())
    }

    package static func find(_ path: String, head: [UInt8], options: CSVOptions) throws -> (any FoundFile)? {
        guard ArrowReader.isArrow(head) else { return nil }
        // All columns lie together in a batch, so that choosing some saves nothing.
        return try MappedTable(path, container: "Arrow", fields: try ArrowReader(path).fields, options: options) { _ in
            try ArrowReader(path)
        }
    }
}
