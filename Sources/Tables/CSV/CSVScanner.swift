import Basics

/// Splits CSV (RFC 4180, plus bare newlines) into records in one pass over bounded memory.
///
/// Blank lines are skipped. A record may not exceed 1 MiB. A byte-order mark is dropped. Cells are as they stand: see
/// ``CSVRecords/Manner/exact``.
package enum CSVScanner {
    /// Calls `body` for every record, the header included; a record is valid only inside the call.
    ///
    /// - Throws: ``Failure`` with code `csv.syntax`, ``FileError``, and whatever `body` throws.
    package static func scan(
        _ path: String, separator: UInt8 = UInt8(ascii: ","), _ body: (CSVRecords) throws -> Void
    ) throws {
        let records = try CSVRecords(path, separator: separator, manner: .exact)
        while try records.next() { try body(records) }
    }
}
