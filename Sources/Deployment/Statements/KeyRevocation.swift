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

    /// A statement, and when it was made as far as anybody else can tell.
    package struct Said: Sendable {
        package let statement: KeyRevocation
        package let envelope: Envelope
        /// Its entry in the log: no signer can date that back. The last of all where the log does not have it.
        package let sequence: Int
        /// By the log, or now.
        package let time: Nanoseconds

        /// - Parameter entry: of the log, which has it; nil for what lies in a file alone.
        /// - Returns: nil for another document.
        package init?(_ envelope: Envelope, entry: (sequence: Int, time: Nanoseconds)?, now: Nanoseconds) {
            guard let statement = KeyRevocation(envelope) else { return nil }
            (self.statement, self.envelope) = (statement, envelope)
            (sequence, time) = (entry?.sequence ?? .max, entry?.time ?? now)
        }
    }

    /// Signed statements that end a key for an environment's documents: one of the key itself, or those of as many
    /// persons with root keys as sign a document there. Fewer could end all the others, and nobody would be left to
    /// sign.
    ///
    /// A root key that was ended itself before ends no other: whoever stole it would go on with it.
    ///
    /// - Parameter said: about keys of any environment; what is about none of these says nothing.
    /// - Returns: those by whose word it ends; empty where it does not.
    package static func end(_ key: PublicKey, said: [Said], root: RootKeys) -> [Said] {
        let keys = root.keys + (root.keys.contains { $0.id == key.id } ? [] : [key])
        let all = keys.reduce(into: [:]) { $0[$1.id] = $1 }
        let about = said.filter { all[$0.statement.keyID] != nil }.sorted { $0.sequence < $1.sequence }
        // Their own words first: of two files nobody can tell which came before.
        let own = about.filter { one in
            all[one.statement.keyID].map { !one.envelope.signers(among: [$0]).isEmpty } ?? false
        }
        let ownEnds = Dictionary(own.map { ($0.statement.keyID, $0.sequence) }, uniquingKeysWith: min)
        if ownEnds[key.id] != nil { return own.filter { $0.statement.keyID == key.id } }
        var ends: [String: Int] = [:], behind: [String: (persons: [String], said: [Said])] = [:]
        for one in about {
            let signers = one.envelope.signers(among: root.keys).filter { signer in
                signer.objection(at: one.time) == nil && ownEnds[signer.id].map { one.sequence < $0 } ?? true
                    && ends[signer.id].map { one.sequence <= $0 } ?? true
            }
            guard !signers.isEmpty else { continue }
            let id = one.statement.keyID
            var found = behind[id] ?? ([], [])
            found.persons = PlainName.distinct(found.persons + signers.map(\.person))
            found.said.append(one)
            behind[id] = found
            if ends[id] == nil, found.persons.count >= root.threshold { ends[id] = one.sequence }
        }
        return ends[key.id] == nil ? [] : behind[key.id]?.said ?? []
    }
}
