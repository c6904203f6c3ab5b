import Basics
import Deployment
import Registry

/// Aliases that follow from the names of environments: they say what runs there, so receipts of the place move them and
/// nobody else.
struct OwnedAliases {
    /// By the place that each is of, as the record calls it.
    private let names: [(place: String, alias: String)]
    private let session: Session

    init(_ session: Session) throws {
        self.session = session
        let places = try Set(session.environmentNames() + session.registry().environmentNames()).sorted()
        names = try places.compactMap { place in
            if let files = (try? EnvironmentFiles.made(place, session: session)).flatMap({ $0 }) {
                return (place, files.alias)
            }
            // A host that was moved goes on with the alias that it had.
            if let next = try MovedHost.next(of: place, session: session),
                let files = (try? EnvironmentFiles.made(next, session: session)).flatMap({ $0 })
            {
                return (files.name, OwnedAliases.own(place, of: files.host.name))
            }
            // What a place outside the project calls its own nobody can tell without it.
            return place.contains("/") ? nil : (place, place)
        }
    }

    /// What a place calls what runs there, by its name alone.
    private static func own(_ place: String, of environment: String) -> String {
        place.contains("/") ? EnvironmentFiles.alias(environment, in: place) : place
    }

    /// The alias that a promotion of a model moves where nobody names one: the place's own; while that names nothing,
    /// the one that its host had before it was moved there.
    static func going(_ files: EnvironmentFiles, of model: String, session: Session) throws -> String {
        let registry = try session.registry()
        func isSet(_ alias: String) throws -> Bool {
            try [alias, "\(alias)-canary"].contains { try registry.aliasState($0, model: model) != .unset }
        }
        guard try !isSet(files.alias) else { return files.alias }
        // The place that it left last had the highest number.
        let before = try MovedHost.before(files, session: session).map { place in
            (place, try registry.lastCounter(environment: place))
        }.sorted { $0.1 > $1.1 }.map { own($0.0, of: files.host.name) }
        return try before.first(where: isSet) ?? files.alias
    }

    /// Whose alias one is, also of a share of the instruments.
    func owners(_ alias: String) -> [String] {
        names.filter { alias == $0.alias || alias == "\($0.alias)-canary" }.map(\.place)
    }

    /// Whether a place is known to call its own by other names than this.
    func isOther(_ alias: String, at place: String) -> Bool {
        names.contains { $0.place == place } && !owners(alias).contains(place)
    }

    /// What an alias of a place has to name.
    private struct Running {
        let place: String
        let alias: String
        let model: String
        let version: Int
    }

    /// By the newest receipt on record that one of the place's hosts signed; nil where the promotion moved another
    /// alias, or is not at its end.
    private func running(_ files: EnvironmentFiles) throws -> Running? {
        guard let promotion = try newest(files),
            try owners(promotion.alias).contains(files.name)
                || MovedHost.before(files, session: session).contains(where: owners(promotion.alias).contains)
        else { return nil }
        return Running(
            place: files.name, alias: promotion.alias, model: promotion.model, version: promotion.version)
    }

    /// The promotion behind the newest receipt of a place, whichever alias it moved; nil where it is not at its end, or
    /// no host works there any more.
    private func newest(_ files: EnvironmentFiles) throws -> PromotionRecord? {
        let registry = try session.registry(), receipts = try EnvironmentReceipts(files, session: session)
        // What lies where no host works is in force nowhere.
        guard receipts.former == nil, let newest = receipts.inForce.last, let manifest = newest.manifest,
            try registry.promotionsUnderWay(environment: files.name).isEmpty,
            // What nobody collected has moved nothing yet.
            try registry.deployments(environment: files.name).contains(where: { $0.bundle == newest.bundle })
        else { return nil }
        if let own = try registry.promotion(manifest: manifest, environment: files.name) { return own }
        // One that was moved with its directory was promoted to where it was before.
        for place in try MovedHost.before(files, session: session) {
            if let own = try registry.promotion(manifest: manifest, environment: place) { return own }
        }
        return nil
    }

    /// Aliases that name something else than what runs in their place.
    func astray() throws -> [(place: String, text: String, next: String)] {
        let registry = try session.registry()
        var found: [(place: String, text: String, next: String)] = []
        _ = try RecordedHosts(session).each { files in
            guard let running = try running(files) else { return }
            let state = try registry.aliasState(running.alias, model: running.model)
            guard state != .version(running.version) else { return }
            let reference = "\(running.model)/\(running.version)"
            var other = "nothing"
            if case .version(let number) = state { other = "\(running.model)/\(number)" }
            found.append(
                (
                    running.place,
                    "found \(running.model)@\(running.alias) to name \(other), and \(reference) in force in "
                        + "'\(running.place)' by its newest receipt",
                    "hftml models alias \(reference) \(Inbox.word(running.alias))"
                ))
        }
        return found
    }

    /// By hand such an alias is only put right again.
    ///
    /// - Throws: ``Failure`` with code `promote.alias`.
    func requireFree(_ alias: String, for version: VersionRecord) throws {
        let registry = try session.registry()
        // A place that is not here any more, or where no host works, runs nothing that an alias has to name.
        let places = try owners(alias).compactMap { try EnvironmentFiles.made($0, session: session) }.filter { files in
            try registry.deployments(environment: files.name).contains { $0.isInForce && $0.model == version.model }
                && EnvironmentReceipts(files, session: session).former == nil
        }
        // Two places may share one: it is right where it names what runs in either.
        let isRight = try places.contains { files in
            guard let running = try newest(files), running.model == version.model, running.version == version.version
            else { return false }
            // What moved an alias of nobody's may be put under the place's own as well.
            return running.alias == alias || !owners(running.alias).contains(files.name)
        }
        guard let place = places.first?.name, !isRight else { return }
        throw Failure(
            "promote.alias",
            "found \(version.model)@\(alias) to name what runs in '\(place)': it moves by promotion and rollback "
                + "there alone",
            hint: "put the version in force: hftml promote \(version.reference) --to \(Inbox.word(place)) …; or go "
                + "back: hftml rollback \(Inbox.word(place)) --reason TEXT --key KEY", exitStatus: .refused)
    }

    /// Nor is it taken away while something runs there.
    ///
    /// - Throws: ``Failure`` with code `promote.alias`.
    func requireIdle(_ alias: String, of model: String) throws {
        for place in owners(alias) {
            guard let running = try runningThere(place), running.alias == alias, running.model == model else {
                continue
            }
            throw Failure(
                "promote.alias",
                "found \(model)@\(alias) to name \(model)/\(running.version), which runs in '\(place)'",
                hint: "it goes with what runs there: hftml rollback \(Inbox.word(place)) --reason TEXT --key KEY",
                exitStatus: .refused)
        }
    }

    /// Nil where the place is not here any more, or nothing runs.
    private func runningThere(_ place: String) throws -> Running? {
        try EnvironmentFiles.made(place, session: session).flatMap { try running($0) }
    }
}
