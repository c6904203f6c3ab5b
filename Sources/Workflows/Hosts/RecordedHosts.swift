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

    /// Notes on places where no host works any more, by their names. What cannot be looked at is told elsewhere.
    func former() -> [String: String] {
        var notes: [String: String] = [:]
        for name in names {
            guard let files = try? EnvironmentFiles.made(name, session: session),
                let former = (try? EnvironmentReceipts(files, session: session))?.former
            else { continue }
            notes[name] = former.note(name)
        }
        return notes
    }

    /// Hosts that this machine does not see: nobody here can tell whether they run what the record says.
    ///
    /// - Parameter others: names of places of which something else is told.
    func unseen(besides others: Set<String> = []) throws -> [Failure] {
        let places = try HandOverPlace.newest(try session.registry())
        return try names.filter { !others.contains($0) }.compactMap { name in
            let files = try? EnvironmentFiles.made(name, session: session)
            func failure(_ place: String, _ first: String = "") -> Failure {
                Failure(
                    "host.unseen",
                    "the host of '\(name)'\(place) is not seen from here: what runs there is told by its receipts "
                        + "alone",
                    hint: first
                        + "look there: hftml-runtime status DIRECTORY; \(WithdrawPromotion.lostWay(name)); then "
                        + "take its key out of environment.yaml")
            }
            guard let files else {
                // Of one that was moved, the place where it lies now tells.
                guard name.contains("/"), try MovedHost.next(of: name, session: session) == nil else { return nil }
                return failure("", "where it was moved: hftml deployments list --environment DIRECTORY; ")
            }
            guard let place = places[name], !place.isHere(files.host.directory, files.host),
                ![files.host.hostKey, files.host.hostPublicKey].contains(where: Paths.exists)
            else { return nil }
            return failure(" in '\(place.words)'")
        }
    }

    /// Hosts whose things lie where orders were handed over last, without the private key that signs receipts: whether
    /// the key was lost or lies with a host elsewhere nobody can tell here.
    ///
    /// - Parameter others: names of places of which something else is told.
    func withoutKey(besides others: Set<String> = []) throws -> [String] {
        let places = try HandOverPlace.newest(try session.registry())
        return names.filter { !others.contains($0) }.compactMap { name in
            guard let files = try? EnvironmentFiles.made(name, session: session), let place = places[name],
                place.words == files.host.directory, Paths.exists(files.host.hostPublicKey),
                !Paths.exists(files.host.hostKey)
            else { return nil }
            return
                "found no host.key.json in '\(place.words)', where orders for '\(name)' are handed over: a host that "
                + "works there can sign no receipt (hftml-runtime status \(place.words)); one that works elsewhere "
                + "keeps its key there"
        }
    }

    /// Versions of this registry that are in force, by receipts on record, at hosts whose directories are not here,
    /// with the names of those.
    func unseenInForce() throws -> [(place: String, reference: String)] {
        let registry = try session.registry()
        return try names.compactMap { name in
            guard !Paths.exists("\(session.environmentPath(name))/runtime.json"),
                try MovedHost.next(of: name, session: session) == nil,
                let newest = try registry.deployments(environment: name).filter(\.isInForce).max(by: {
                    ($0.counter ?? 0, $0.time) < ($1.counter ?? 0, $1.time)
                }), let model = newest.model, let version = newest.version,
                let known = try? registry.version("\(model)/\(version)")
            else { return nil }
            return (name, known.reference)
        }
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
