package import Tables

/// A file of market data whose format was found by its bytes, and the canonical tables that it holds.
package protocol FoundFile {
    /// What it is, in a few words: `LOBSTER message file`, `LEAN minute trade bars`.
    var kindName: String { get }
    /// The tables that it can be read as, the main one first.
    var tables: [CanonicalKind] { get }
    /// What was assumed and found out, a sentence each: shown to whoever reads the file.
    var notes: [String] { get }

    /// What was concluded about the file, with what speaks for it: what a dataset descriptor is written from.
    var inferences: [Inference] { get }

    /// Whether its times name no zone and nobody said one. They are read as if they were UTC then: good enough to look
    /// at, and nothing to keep.
    var isZoneAssumed: Bool { get }

    /// Rows or messages that the file itself has, those that become no row too; nil where nobody counts them.
    var records: Int? { get }

    /// Reads it as one of ``tables`` from the front.
    func read(_ table: CanonicalKind) throws -> any ChunkSource
}

extension FoundFile {
    package var inferences: [Inference] { [] }
    package var isZoneAssumed: Bool { false }
    package var records: Int? { nil }
}

/// A format that files are tried as.
package protocol FileFormat: Sendable {
    /// The file in this format, or nil when its bytes say that it has another one.
    ///
    /// - Parameters:
    ///   - path: of the file; its name may say instrument and date, never the format.
    ///   - head: its first bytes, at most ``FoundFiles/headSize``, decompressed.
    /// - Throws: ``Failure`` for a file that is of this format and cannot be read, with the reason.
    static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)?

    /// The same with what is known of the file.
    static func find(_ path: String, head: [UInt8], options: CSVOptions) throws -> (any FoundFile)?
}

extension FileFormat {
    /// Formats that say everything themselves need nothing more; what contradicts them is refused.
    package static func find(_ path: String, head: [UInt8], options: CSVOptions) throws -> (any FoundFile)? {
        guard let file = try find(path, head: head) else { return nil }
        try options.requireRead([], by: file.kindName, path: path)
        return file
    }
}
