package import Basics
package import ModelBundles

/// That heads of the audit log tell of entries which nobody has any more: the disk failed, and the newest backup is
/// older than the newest anchor. Root keys sign it, by name of each head; the log goes on from what is there.
package struct LossStatement: Sendable, Equatable {
    /// Media type of the signed payload.
    package static let payloadType = "application/vnd.hftml.audit-loss+json"

    /// SHA-256 of the heads' envelopes, sorted.
    package let heads: [String]
    /// Why, for those who read the log.
    package let reason: String
    /// When it was signed, UTC, as text.
    package let signedAt: String

    /// A statement about some heads.
    package init(heads: [String], reason: String, at time: Nanoseconds) {
        (self.heads, self.reason, signedAt) = (heads.sorted(), reason, TimeText.utc(time))
    }

    /// Reads a payload, whoever signed it.
    ///
    /// - Returns: nil for another document.
    package init?(_ envelope: Envelope) {
        guard envelope.payloadType == LossStatement.payloadType,
            let node = try? JSONParser.parse(envelope.payloadText, file: "loss"),
            node[key: "schemaVersion"] == .int(1), let heads = node[key: "heads"]?.listValue?.map(\.stringValue),
            let reason = node[key: "reason"]?.stringValue, let signedAt = node[key: "signedAt"]?.stringValue
        else { return nil }
        (self.heads, self.reason, self.signedAt) = (heads.compactMap(\.self), reason, signedAt)
        guard self.heads.count == heads.count else { return nil }
    }

    /// Signed by a root key.
    package func signed(by key: any Signer) throws -> Envelope {
        try Envelope(
            payloadType: LossStatement.payloadType,
            payload: JSONValue.map([
                "schemaVersion": .int(1), "heads": .strings(heads), "reason": .string(reason),
                "signedAt": .string(signedAt),
            ]).text(.compact), signer: key)
    }
}
