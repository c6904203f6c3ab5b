import Basics
package import ModelBundles
package import Registry

/// Signed heads of the audit log. The chain shows what was changed inside; a signed head shows what was cut off at its
/// end.
package enum AuditHeads {
    private static let payloadType = "application/vnd.hftml.audit-head+json"

    /// Signs the newest entry. Kept in the registry, and returned for a place outside it.
    @discardableResult
    package static func sign(_ registry: RegistryDatabase, key: SigningKey) throws -> AuditHead? {
        guard let tip = try registry.auditTip() else { return nil }
        let time = registry.now()
        let payload = JSONValue.map([
            "schemaVersion": .int(1), "sequence": .int(tip.sequence), "hash": .string(tip.hash),
            "signedAt": .string(TimeText.utc(time)),
        ]).text(.compact)
        let head = AuditHead(
            sequence: tip.sequence, hash: tip.hash, signer: key.name, keyID: key.publicKey.id,
            envelope: try Envelope.make(payloadType: payloadType, payload: payload, key: key), signedAt: time)
        try registry.record(head)
        return head
    }

    /// Heads that do not fit the log, in words. A head whose key is unknown is a problem as well: nobody vouches for
    /// it.
    ///
    /// - Parameter outside: envelopes that were kept elsewhere, such as in Git.
    package static func problems(_ registry: RegistryDatabase, trusted: TrustedKeys, outside: [String]) throws
        -> [String]
    {
        let hashes = try registry.auditHashes()
        var problems: [String] = []
        for (envelope, place) in try registry.auditHeads().map({ ($0.envelope, "in the registry") })
            + outside.map({ ($0, "outside the registry") })
        {
            do {
                // A key that expired since then signed the head while it was good.
                let (payload, key) = try Envelope.open(
                    envelope, payloadType: payloadType,
                    trusted: TrustedKeys(trusted.keys.map { PublicKey(name: $0.name, raw: $0.raw) }), at: 0)
                let node = try JSONParser.parse(payload, file: "audit head")
                guard let sequence = node[key: "sequence"]?.intValue, let hash = node[key: "hash"]?.stringValue else {
                    throw Failure("audit.head", "found no audit head")
                }
                guard let present = hashes[sequence] else {
                    problems.append(
                        "found no audit entry \(sequence), which '\(key.name)' signed at "
                            + "\(node[key: "signedAt"]?.stringValue ?? "?") (\(place)): entries were removed from "
                            + "the end"
                    )
                    continue
                }
                if present != hash {
                    problems.append(
                        "found another audit entry \(sequence) than '\(key.name)' signed at "
                            + "\(node[key: "signedAt"]?.stringValue ?? "?") (\(place))"
                    )
                }
            } catch let error as any UserFacingError {
                problems.append("found a signed head \(place) that cannot be checked: \(error.message)")
            }
        }
        return problems
    }
}
