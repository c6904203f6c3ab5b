package import Basics
package import ModelBundles

/// That a key counts no more, with a reason and a signature: of the key itself, or of root keys. What nobody has signed
/// anybody may have entered who writes the registry, and it ends no root key.
package struct KeyRevocation: Sendable, Equatable {
    /// Media type of the signed payload.
    package static let payloadType = "application/vnd.hftml.key-revocation+json"

    /// Of the key that counts no more.
    package let keyID: String
    /// For people; may be empty.
    package let reason: String
    /// As the signer's clock had it.
    package let signedAt: Nanoseconds

    /// A statement about a key.
    package init(keyID: String, reason: String, at time: Nanoseconds) {
        (self.keyID, self.reason, signedAt) = (keyID, reason, time)
    }

    /// Reads a payload, whoever signed it.
    ///
    /// - Returns: nil for another document.
    package init?(_ envelope: Envelope) {
        guard envelope.payloadType == KeyRevocation.payloadType,
            let node = try? JSONParser.parse(envelope.payloadText, file: "revocation"),
            node[key: "schemaVersion"] == .int(1), let keyID = node[key: "keyID"]?.stringValue,
            let reason = node[key: "reason"]?.stringValue,
            let signedAt = node[key: "signedAt"]?.stringValue.flatMap(TimeText.parseUTC)
        else { return nil }
        (self.keyID, self.reason, self.signedAt) = (keyID, reason, signedAt)
    }

    /// Signed by the key itself, or by a root key.
    package func signed(by key: any Signer) throws -> Envelope {
        try Envelope(
            payloadType: KeyRevocation.payloadType,
            payload: JSONValue.map([
                "schemaVersion": .int(1), "keyID": .string(keyID), "reason": .string(reason),
                "signedAt": .string(TimeText.utc(signedAt)),
            ]).text(.compact), signer: key)
    }

    /// Whether signed statements end a key for an environment's documents: one of the key itself, or as many persons
    /// with root keys as sign a document there. Fewer could end all the others, and nobody would be left to sign.
    ///
    /// - Parameter said: envelopes of any origin; what is no statement about this key says nothing.
    package static func end(_ key: PublicKey, said: [Envelope], root: RootKeys) -> Bool {
        var persons: Set<String> = []
        for envelope in said {
            guard let statement = KeyRevocation(envelope), statement.keyID == key.id else { continue }
            if !envelope.signers(among: [key]).isEmpty { return true }
            persons.formUnion(root.persons(signing: envelope, at: statement.signedAt))
        }
        return PlainName.distinct(persons.sorted()).count >= root.threshold
    }
}
