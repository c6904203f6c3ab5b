import Basics
import Deployment
import Registry

/// What a rollback put back in force and what it took out in; the aliases that go along, at the restored version, out.
///
/// They are those that promotions to this environment moved: that of the restored version, and that of the one taken
/// out where it still names it and the restored one trades all instruments.
struct MovedAliases {
    /// Nil where this registry does not know it.
    private let version: VersionRecord?
    private let environment: String?
    /// Those that point elsewhere now.
    private(set) var names: [String] = []

    /// - Parameters:
    ///   - restored: manifest of what is in force again.
    ///   - left: manifest of what was taken out; nil where nobody knows it.
    ///   - places: the environment, as the record calls it, and where its host worked before it was moved.
    init(restored: String, left: String?, in places: [String], registry: RegistryDatabase) throws {
        environment = places.first
        func promotion(_ manifest: String) throws -> PromotionRecord? {
            for place in places {
                if let found = try registry.promotion(manifest: manifest, environment: place) { return found }
            }
            return nil
        }
        guard let back = try promotion(restored),
            let version = try? registry.version(back.reference)
        else {
            self.version = nil
            return
        }
        self.version = version
        var aliases = [back.alias]
        if let left, let out = try promotion(left),
            out.model == back.model, out.alias != back.alias, back.share == 1,
            try registry.aliasState(out.alias, model: out.model) == .version(out.version)
        {
            aliases.append(out.alias)
        }
        names = try aliases.filter { try registry.aliasState($0, model: version.model) != .version(version.version) }
    }

    /// Moves those that are not there yet.
    func move(_ registry: RegistryDatabase) throws {
        guard let version else { return }
        for alias in names where try registry.aliasState(alias, model: version.model) != .version(version.version) {
            try registry.setAlias(alias, of: version, reason: "rollback of \(environment ?? "")")
        }
    }

    /// After receipts were taken up: a rollback that is the newest in force moves the aliases, whoever ordered it and
    /// whether or not anybody waited for its receipt. What somebody did with an alias since is left alone.
    static func follow(_ receipts: EnvironmentReceipts, _ files: EnvironmentFiles, session: Session) throws {
        let inForce = receipts.inForce
        guard let last = inForce.last, last.outcome == .rolledBack, let manifest = last.manifest else { return }
        let registry = try session.registry()
        let places = [files.name] + (try MovedHost.before(files, session: session))
        var aliases = try MovedAliases(
            restored: manifest, left: inForce.dropLast().last?.manifest, in: places, registry: registry)
        guard let model = aliases.version?.model, !aliases.names.isEmpty else { return }
        // A host that was moved says once more what it said at the place before.
        let taken = try places.compactMap { place in
            try registry.deploymentEntries(environment: place)["\(last.outcome.rawValue) \(last.bundle)"]
        }.min { $0.sequence < $1.sequence }
        aliases.names = try aliases.names.filter { alias in
            guard case .version = try registry.aliasState(alias, model: model), let taken,
                let moved = try registry.latestAudit(action: "alias.set", subject: .alias(alias, model: model))
            else { return false }
            return try moved.sequence < taken.sequence || isEarlier(moved, than: last, registry)
        }
        do { try aliases.move(registry) } catch let error as any UserFacingError {
            session.caller.conversation.say(
                "\(files.name) was rolled back by its host, and no alias went along: \(error.message)")
        }
    }

    /// Whether a promotion moved an alias that came in force before a rollback, and was ended after it.
    private static func isEarlier(_ entry: AuditEntry, than rollback: Receipt, _ registry: RegistryDatabase) throws
        -> Bool
    {
        let evidence = (try? JSONParser.parse(entry.detail))?[key: "evidence"]
        guard let bundle = evidence?[key: "bundle"]?.stringValue, let promotion = try registry.promotion(of: bundle)
        else { return false }
        return promotion.counter ?? .max < rollback.counter ?? 0
    }
}
