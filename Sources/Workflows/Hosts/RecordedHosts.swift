import Basics
import Deployment
import Registry

/// Every host that the record knows of, by the names of its environments: also those whose directories lie outside the
/// project, and those that this machine does not see; not those that were retired.
struct RecordedHosts {
    /// As the record calls them, sorted.
    let names: [String]
    private let session: Session

    init(_ session: Session) throws {
        names = try Set(try session.environmentNames() + session.registry().environmentNames()).sorted().filter {
            try !RecordedHosts.isRetired($0, session: session)
        }
        self.session = session
    }

    /// Does something with each host whose directory is here. What cannot be looked at holds up no other.
    ///
    /// - Returns: why some could not be looked at.
    func each(_ body: (EnvironmentFiles) throws -> Void) throws -> [Failure] {
        var problems: [Failure] = []
        for name in names {
            do {
                guard let files = try EnvironmentFiles.made(name, session: session) else { continue }
                try body(files)
            } catch let error as ConfigError {
                problems.append(
                    Failure("promote.environment", "found '\(name)' damaged: \(error.message)", hint: error.hint))
            } catch let error as any UserFacingError where error.code != "registry.damaged" {
                problems.append(
                    Failure("promote.environment", "cannot look at '\(name)': \(error.message)", hint: error.hint))
            }
        }
        return problems
    }

    /// Hosts that this machine does not see: nobody here can tell whether they run what the record says.
    func unseen() throws -> [Failure] {
        let places = try HandOverPlace.newest(try session.registry())
        return names.compactMap { name in
            let files = try? EnvironmentFiles.made(name, session: session)
            func failure(_ place: String) -> Failure {
                Failure(
                    "host.unseen",
                    "the host of '\(name)'\(place) is not seen from here: what runs there is told by its receipts "
                        + "alone", hint: "look there: hftml-runtime status DIRECTORY")
            }
            guard let files else { return name.contains("/") ? failure("") : nil }
            guard let place = places[name], !place.isHere(files.host.directory, files.host),
                ![files.host.hostKey, files.host.hostPublicKey].contains(where: Paths.exists)
            else { return nil }
            return failure(" in '\(place.words)'")
        }
    }

    /// Versions of this registry that are in force, by receipts on record, at hosts whose directories are not here,
    /// with the names of those.
    func unseenInForce() throws -> [(place: String, reference: String)] {
        let registry = try session.registry()
        return try names.compactMap { name in
            guard !Paths.exists("\(session.environmentPath(name))/runtime.json"),
                let newest = try registry.deployments(environment: name).filter(\.isInForce).max(by: {
                    ($0.counter ?? 0, $0.time) < ($1.counter ?? 0, $1.time)
                }), let model = newest.model, let version = newest.version,
                let known = try? registry.version("\(model)/\(version)")
            else { return nil }
            return (name, known.reference)
        }
    }

    /// A rollback at the host to what an earlier rollback had left, which the host has forgotten: what was taken out
    /// runs again, by the host's own word. Told while it is in force.
    static func takenOutBefore(_ files: EnvironmentFiles, _ receipts: EnvironmentReceipts) -> Failure? {
        guard let newest = receipts.inForce.last, newest.outcome == .rolledBack, let counter = newest.counter,
            let manifest = newest.manifest
        else { return nil }
        let before = RevisionHistory(
            receipts.inForce.filter { $0.counter ?? 0 < counter }.compactMap(RevisionHistory.Revision.init))
        // It may have been promoted and left more than once: the last time counts.
        guard let last = before.revisions.last(where: { $0.manifest == manifest }),
            !before.path.contains(where: { $0.manifest == manifest })
        else { return nil }
        let taker = before.revisions.first { $0.action == .rollback && $0.counter > last.counter }
        let back = before.path.last { $0.counter < last.counter }
        let way =
            back.map { "hftml rollback \(files.name) --to \($0.counter) --reason TEXT --key KEY" }
            ?? "hftml promote NAME/VERSION --to \(files.name) …"
        return Failure(
            "host.rollback-forgotten",
            "found revision \(counter) of '\(files.name)' in force"
                + (newest.reference.map { " (\($0))" } ?? "") + ", a rollback to what "
                + (taker.map { "revision \($0.counter)" } ?? "another rollback")
                + " had taken out: its host has forgotten that",
            hint: "take it out: \(way); or stop trading: hftml-runtime halt \(files.host.directory) --by PERSON "
                + "--reason TEXT", exitStatus: .refused)
    }
}

extension HandOverPlace {
    /// Where orders were handed over last, by the names of environments.
    static func newest(_ registry: RegistryDatabase) throws -> [String: HandOverPlace] {
        var found: [String: HandOverPlace] = [:]
        for entry in try registry.auditEntries(actionPrefix: "promote") where entry.action == "promote" {
            guard let detail = try? JSONParser.parse(entry.detail),
                let environment = detail[key: "environment"]?.stringValue,
                let place = HandOverPlace(detail[key: "place"])
            else { continue }
            found[environment] = place
        }
        return found
    }
}
