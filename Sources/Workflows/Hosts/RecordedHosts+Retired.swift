import Basics
import Deployment
import ModelBundles
import Registry

extension RecordedHosts {
    /// Whether a further host is one no more: its directory is not here, and the newest document of its environment
    /// names none of the keys that signed for it, and the last that it signed is that it was halted. What it did stays
    /// on record.
    static func isRetired(_ name: String, session: Session) throws -> Bool {
        guard name.contains("/"), !Paths.exists(session.environmentPath(name)) else { return false }
        let registry = try session.registry()
        // Somebody waits for its answer.
        guard try registry.promotionsUnderWay(environment: name).isEmpty else { return false }
        let envelopes = try registry.deployments(environment: name).compactMap(\.envelope).compactMap {
            try? Envelope($0)
        }
        // One that was not halted may trade on: it need not have got that document.
        guard isHalted(envelopes) else { return false }
        let keys = Set(envelopes.flatMap { $0.signatures.map(\.keyID) })
        let names = Set(
            envelopes.compactMap { (try? JSONParser.parse($0.payload))?[key: "environment"]?.stringValue })
        guard !keys.isEmpty, names.count == 1, let own = names.first,
            let newest = try? EnvironmentFiles.made(own, session: session)?.documents.last
        else { return false }
        return !newest.keys.contains {
            keys.contains($0.id) && $0.roles.contains(EnvironmentAuthority.Role.host) && $0.revoked == nil
        }
    }

    /// Whether the last halt or resume is a halt, by the order of the acts and not by a clock that may have been set
    /// back since, and nothing came in force after it.
    private static func isHalted(_ envelopes: [Envelope]) -> Bool {
        let receipts = envelopes.compactMap { envelope -> (receipt: Receipt, signer: String)? in
            guard let signer = envelope.signatures.first?.keyID,
                let found = try? Receipt.read(Array(envelope.text.utf8), hosts: [], in: "the registry")
            else { return nil }
            return (found.receipt, signer)
        }
        guard let last = Receipt.acts(receipts).last, last.outcome == .halted else { return false }
        return !receipts.contains { entry in
            (entry.receipt.outcome == .installed || entry.receipt.outcome == .rolledBack)
                && entry.receipt.time > last.time
        }
    }
}
