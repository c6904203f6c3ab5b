import Basics
import Deployment
import ModelBundles
import Registry

extension RecordedHosts {
    /// Whether a further host is one no more: its directory is not here, and the newest document of its environment
    /// names none of the keys that signed for it, and it signed last that it is halted, or is lost by a promoter's
    /// word. What it did stays on record.
    static func isRetired(_ name: String, session: Session) throws -> Bool {
        guard name.contains("/"), !Paths.exists(session.environmentPath(name)) else { return false }
        // Somebody waits for its answer.
        guard try session.registry().promotionsUnderWay(environment: name).isEmpty,
            let signed = try SignedThere(name, session: session), let last = LostHosts.last(signed.receipts)
        else { return false }
        let documents = signed.files.documents
        guard let newest = documents.last,
            !newest.keys.contains(where: {
                signed.keys.contains($0.id) && $0.roles.contains(EnvironmentAuthority.Role.host) && $0.revoked == nil
            })
        else { return false }
        // One that is neither may trade on: it need not have got that document.
        return try isHalted(signed.receipts)
            || LostHosts(signed.files, session: session).contains(last.signer, signed.receipts)
    }

    /// What the record has of a place that hosts signed, wherever its directory is.
    struct SignedThere {
        /// With the ids of their keys.
        let receipts: [(receipt: Receipt, signer: String)]
        /// Ids of all keys that signed any.
        let keys: Set<String>
        /// Where the documents of the environment lie that they name.
        let files: EnvironmentFiles

        /// - Returns: nil where nothing was signed, for several environments, or for one that is not here.
        init?(_ name: String, session: Session) throws {
            let envelopes = try session.registry().deployments(environment: name).compactMap(\.envelope).compactMap {
                try? Envelope($0)
            }
            let texts = envelopes.map { Array($0.text.utf8) }
            let names = Set(
                texts.compactMap { try? Receipt.read($0, hosts: [], in: "the registry").receipt.environment })
            var found = names.sorted().compactMap { Self.proven(texts, $0, session) }
            // Receipts of another environment may have been copied here: what was ordered for the place tells.
            if found.count > 1 {
                let ordered = try Self.ordered(name, session)
                found.removeAll { !ordered.contains($0.0.host.name) }
            }
            guard found.count == 1 else { return nil }
            (files, receipts) = found[0]
            keys = Set(receipts.map(\.signer))
        }

        /// Names of the environments whose bundles were ordered for a place.
        private static func ordered(_ name: String, _ session: Session) throws -> Set<String> {
            let registry = try session.registry()
            let rollbacks = try registry.rollbackEntries(environment: name).compactMap {
                $0.detail[key: "bundle"]?.stringValue
            }
            let promotions = try registry.auditEntries(actionPrefix: "promote").compactMap { entry -> String? in
                guard entry.action == "promote", let detail = try? JSONParser.parse(entry.detail),
                    detail[key: "environment"]?.stringValue == name
                else { return nil }
                return detail[key: "bundle"]?.stringValue
            }
            return Set(
                try Set(promotions + rollbacks).sorted().compactMap {
                    try WithdrawPromotion.documents(of: $0, session: session)?.host.name
                })
        }

        /// What hosts of an environment signed of some texts: a name or a key's id alone is the word of whoever writes
        /// the registry. A key that is a host's no more, or revoked, says what becomes of it all the same.
        private static func proven(_ texts: [[UInt8]], _ environment: String, _ session: Session) -> (
            EnvironmentFiles, [(receipt: Receipt, signer: String)]
        )? {
            guard let files = (try? EnvironmentFiles.made(environment, session: session)).flatMap({ $0 }) else {
                return nil
            }
            let hosts = files.hosts().all.map { key in
                var key = key
                key.revoked = nil
                return key
            }
            let receipts = texts.compactMap { text -> (receipt: Receipt, signer: String)? in
                guard let found = try? Receipt.read(text, hosts: hosts, in: "the registry"), let host = found.host,
                    found.receipt.environment == files.host.name
                else { return nil }
                return (found.receipt, host.id)
            }
            return receipts.isEmpty ? nil : (files, receipts)
        }
    }

    /// Whether the last halt or resume is a halt, by the order of the acts and not by a clock that may have been set
    /// back since, and nothing came in force after it.
    private static func isHalted(_ receipts: [(receipt: Receipt, signer: String)]) -> Bool {
        guard let last = Receipt.acts(receipts).last, last.outcome == .halted else { return false }
        return !receipts.contains { entry in
            (entry.receipt.outcome == .installed || entry.receipt.outcome == .rolledBack)
                && entry.receipt.time > last.time
        }
    }
}
