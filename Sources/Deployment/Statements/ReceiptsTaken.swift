package import Basics
package import ModelBundles

/// What the record says to a host: these receipts of yours are in the audit log, under a head that was just signed.
/// From then on the host need not keep them; it drops none that nobody has taken up.
package struct ReceiptsTaken: Sendable, Equatable {
    /// Media type of the signed payload.
    package static let payloadType = "application/vnd.hftml.receipts-taken+json"
    /// How such files end in the inbox.
    package static let suffix = ".receipts.json"
    /// The largest file that is read: some 60,000 receipts.
    package static let mostBytes = 4 << 20

    /// The only environment that it is for.
    package var environment: String
    /// Entries of the audit log that the head stands for.
    package var sequence: Int
    /// SHA-256 of the files of the receipts, in order.
    package var receipts: [String]
    /// When it was said, UTC.
    package var time: Nanoseconds

    /// A list as given.
    package init(environment: String, sequence: Int, receipts: [String], time: Nanoseconds) {
        (self.environment, self.sequence, self.time) = (environment, sequence, time)
        self.receipts = receipts.sorted()
    }

    /// What is signed.
    package var payload: String {
        JSONValue.map([
            "schemaVersion": .int(1), "environment": .string(environment), "sequence": .int(sequence),
            "time": .string(TimeText.utc(time)), "timeNs": .int(Int(time)), "receipts": .strings(receipts),
        ]).text(.compact)
    }

    /// Signs it.
    package func signed(by signer: any Signer) throws -> Envelope {
        try Envelope(payloadType: ReceiptsTaken.payloadType, payload: payload, signer: signer)
    }

    /// Reads a signed list; who signed is the caller's question.
    ///
    /// - Throws: ``Failure`` with code `receipts.format`, ``ConfigError``.
    package init(_ envelope: Envelope) throws {
        guard envelope.payloadType == ReceiptsTaken.payloadType else {
            throw Failure("receipts.format", "found a signed '\(envelope.payloadType)', expected a list of receipts")
        }
        let reader = try ConfigReader(
            try JSONParser.parse(envelope.payload, file: "receipts"),
            keys: ["schemaVersion", "environment", "sequence", "time", "timeNs", "receipts"])
        try reader.checkSchemaVersion(1)
        self.init(
            environment: try reader.string("environment"), sequence: try reader.int("sequence", in: 1...Int.max),
            receipts: try reader.strings("receipts"), time: Nanoseconds(try reader.int("timeNs", in: 0...Int.max)))
        guard payload == envelope.payloadText else {
            throw Failure("receipts.format", "found a list of receipts that is not written as hftml writes it")
        }
    }
}
