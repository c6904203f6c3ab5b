import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// What other hosts of an environment put in force: a yes is for the environment, and so is what one of its hosts has
/// taken out since, or was ordered to.
enum OtherHosts {
    /// Of each other place where somebody was ever rolled back, by its receipts that lie on this machine and by those
    /// on record: a rollback counts at once, whether or not somebody collected it, and its directory need not be here.
    /// Only what a host signed that the environment's documents name counts. Beside them what was ordered and came in
    /// force nowhere, at this place as well; and what another host had in force that lay in this directory before.
    ///
    /// - Parameter own: of this host.
    /// - Throws: ``FileError`` where receipts on this machine cannot be listed, as for the host itself.
    /// - Complexity: linear in the receipts of all hosts; signatures are looked at only where somebody rolled back, or
    ///   ordered to.
    static func events(_ files: EnvironmentFiles, _ own: EnvironmentReceipts, session: Session) throws
        -> [[PromotionFacts.Event]]
    {
        let registry = try session.registry(), ordered = try OrderedRollbacks(registry, files)
        let found = try places(files, ordered, session: session)
        guard !found.isEmpty || !own.foreign.isEmpty || ordered.isAny(at: files.name) else { return [] }
        let bundles = DeployedBundles(files: files, session: session), events = try DeploymentEvents(registry)
        func told(_ place: String, _ receipts: [Receipt]) throws -> [PromotionFacts.Event] {
            try events.events(receipts) { try bundles.storedTerms($0, at: place) }
        }
        let former = try told(files.name, own.foreign)
        var all: [[PromotionFacts.Event]] = former.isEmpty ? [] : [former]
        for (place, receipts) in found {
            let told = try told(place, receipts)
            all += [told] + ordered.events(at: place, receipts, told, bundles)
        }
        guard ordered.isAny(at: files.name) else { return all }
        return try all
            + ordered.events(at: files.name, own.proven + own.foreign, bundles.events(own) + former, bundles)
    }

    /// The other places where somebody was rolled back, or ordered to, with what counts of their receipts.
    private static func places(_ files: EnvironmentFiles, _ ordered: OrderedRollbacks, session: Session) throws
        -> [(place: String, receipts: [Receipt])]
    {
        let registry = try session.registry()
        let records = Dictionary(grouping: try registry.deployments(), by: \.environment)
        let names = Set(try session.environmentNames() + registry.environmentNames()).subtracting([files.name])
        var found: [(place: String, receipts: [Receipt])] = [], hosts: HostKeys?
        for name in names.sorted() {
            let known = records[name] ?? [], here = try lying(name, files, session: session)
            // Nothing is parsed for the many places where nobody was ever rolled back.
            guard
                ordered.isAny(at: name)
                    || known.contains(where: { $0.outcome == Receipt.Outcome.rolledBack.rawValue })
                    || here.contains(where: { isRollback($0, of: files.host.name) })
            else { continue }
            let texts = known.compactMap(\.envelope) + here
            // Followed once: their root signatures cost more than all else here.
            let keys = hosts ?? files.hosts()
            hosts = keys
            let receipts = proven(texts, by: keys, of: files.host.name)
            if ordered.isAny(at: name) && !receipts.isEmpty || receipts.contains(where: { $0.outcome == .rolledBack }) {
                found.append((name, receipts))
            }
        }
        return found
    }

    /// Texts of receipts in the directory of another host of the environment; none where that is not here.
    private static func lying(_ name: String, _ files: EnvironmentFiles, session: Session) throws -> [String] {
        // A place that cannot be read as one of a host is told elsewhere; its receipts on record count.
        guard let other = (try? EnvironmentFiles.made(name, session: session)).flatMap({ $0 }),
            other.host.name == files.host.name, Paths.isDirectory(other.host.receipts)
        else { return [] }
        return try Paths.entries(other.host.receipts, isLenient: true).filter { $0.hasSuffix(".json") }.compactMap {
            (try? SmallFile.bytes(Paths.join(other.host.receipts, $0), most: 1 << 20)).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }

    /// What a text says of itself, before its signature is looked at.
    private static func isRollback(_ text: String, of environment: String) -> Bool {
        guard let receipt = try? Receipt.read(Array(text.utf8), hosts: [], in: "a receipt").receipt else {
            return false
        }
        return receipt.outcome == .rolledBack && receipt.environment == environment
    }

    private static func proven(_ texts: [String], by hosts: HostKeys, of environment: String) -> [Receipt] {
        var seen: Set<String> = []
        return texts.compactMap { text in
            guard let found = try? hosts.read(Array(text.utf8), in: "a receipt"), found.host != nil,
                found.receipt.environment == environment,
                seen.insert(found.receipt.json.text(.canonical)).inserted
            else { return nil }
            return found.receipt
        }
    }
}
