package import Basics
import Deployment
import ModelBundles
import Promotion
package import Registry

/// One entry of the audit log in; what proves to somebody who trusts none of our machines that it is in the log, out.
package enum ProveEntry {
    /// An entry, the way from it to a signed root, and where that signed head lies outside the registry.
    package struct Proof: Sendable {
        package let entry: AuditEntry
        /// Entries that the head stands for.
        package let treeSize: Int
        /// Hashes from the entry's leaf to the root, the lowest first.
        package let path: [String]
        /// The signed head, as it was kept.
        package let head: String
        /// Where that very head lies, and which one of the place's it is.
        package let anchor: (place: String, name: String)
        /// When the place had it, by the place's own clock.
        package let anchoredAt: Nanoseconds?

        /// What a file holds; every part of it is described in the page Formats of Deployment.
        package var json: JSONValue {
            .map([
                "schemaVersion": .int(1),
                "entry": .map([
                    "sequence": .int(entry.sequence), "time": .int(Int(entry.time)), "actor": .string(entry.actor),
                    "action": .string(entry.action), "subject": .string(entry.subject),
                    "detail": .string(entry.detail), "previous": .string(entry.previous), "hash": .string(entry.hash),
                ]),
                "leafIndex": .int(entry.sequence - 1), "treeSize": .int(treeSize), "path": .strings(path),
                "head": (try? JSONParser.parse(head)) ?? .string(head),
                "anchor": .map(
                    [("place", .string(anchor.place)), ("name", .string(anchor.name))]
                        + (anchoredAt.map { [("time", .string(TimeText.utc($0)))] } ?? [])),
            ])
        }
    }

    /// - Parameters:
    ///   - reference: the number of an entry, or the first digits of its hash, six or more.
    ///   - environment: whose root keys the proof must lead to: only heads of its own keys with the role `log` do; nil
    ///     for those of any environment.
    /// - Throws: ``Failure`` with code `prove.no-entry` or `prove.no-anchor`; as ``EnvironmentFiles`` for its document.
    package static func run(_ reference: String, for environment: String? = nil, session: Session) throws -> Proof {
        let places = try session.anchorPlaces(), anchored = try AnchorStore.read(places, session: session).heads
        let registry = try session.registry(), entries = try registry.auditEntries()
        let found = entries.filter {
            Int(reference) == $0.sequence || (reference.count >= 6 && $0.hash.hasPrefix(reference))
        }
        guard let entry = found.first(where: { Int(reference) == $0.sequence }) ?? found.first, found.count < 3 else {
            throw Failure(
                "prove.no-entry", "found no entry '\(reference)' in the audit log, expected 1 to \(entries.count)",
                hint: "see them with: hftml audit show", exitStatus: .usage)
        }
        let authority = try environment.map {
            try EnvironmentFiles($0, session: session).newest(at: session.clock.now()).authority
        }
        let keys = try LogKeys.read(session, registry: registry, for: authority).keys, hashes = entries.map(\.hash)
        // The oldest head that covers the entry proves it the soonest after it was made.
        var best: (head: AnchoredHead, payload: AuditHeads.Payload)?
        for head in anchored {
            guard let (payload, key) = try? AuditHeads.open(head.envelope, keys: keys), payload.schemaVersion == 2,
                keys.cover(payload, by: key.id, anchored: head.time, at: session.clock.now()),
                payload.sequence >= entry.sequence, payload.sequence <= hashes.count,
                payload.sequence < best?.payload.sequence ?? .max
            else { continue }
            best = (head, payload)
        }
        guard let best else {
            throw Failure(
                "prove.no-anchor",
                "found no anchored head of the audit log that covers entry \(entry.sequence)",
                hint: "make one: hftml audit anchor", exitStatus: .refused)
        }
        let covered = Array(hashes.prefix(best.payload.sequence))
        guard let path = MerkleTree.path(to: entry.sequence - 1, in: covered), let root = best.payload.root,
            MerkleTree.verifies(
                entry.hash, index: entry.sequence - 1, size: covered.count, path: path, root: root)
        else {
            throw Failure(
                "prove.altered",
                "found entries of the audit log altered since its head at entry \(best.payload.sequence) was signed",
                hint: "see what was changed: hftml audit verify", exitStatus: .refused)
        }
        return Proof(
            entry: entry, treeSize: covered.count, path: path, head: best.head.envelope,
            anchor: (best.head.place.description, best.head.name), anchoredAt: best.head.time)
    }
}
