import Basics
import Tables

/// Parquet files of market data, by the names and types of their columns.
package enum ParquetMarketFormat: FileFormat {
    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        try find(path, head: head, options: CSVOptions())
    }

    package static func find(_ path: String, head: [UInt8], options: CSVOptions) throws -> (any FoundFile)? {
        guard ParquetReader.recognises(head) else { return nil }
        let reader = try ParquetReader(path)
        var notes: [String] = []
        if let writer = reader.metadata.writer { notes.append("the file was written by \(writer)") }
        for (name, reason) in reader.metadata.refused { notes.append("column '\(name)' is not read: \(reason)") }
        // As one trading engine writes it beside its tables.
        let instrument = reader.metadata.keyValues.first { $0.key == "instrument_id" }?.value
        return try MappedTable(
            path, container: "Parquet", fields: reader.fields, notes: notes, instrument: instrument, options: options
        ) {
            try ParquetReader(path, columns: $0)
        }
    }
}
