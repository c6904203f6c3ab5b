package import Basics
import Deployment
import ModelBundles
package import Registry

/// An environment, or all, in; what its runtimes said about bundles, newest first, out.
package enum ListDeployments {
    package struct Outcome: Sendable {
        package struct Entry: Sendable, Equatable {
            package let record: DeploymentRecord
            /// The host that signed; nil for what proves nothing.
            package let host: String?
            /// Number of the revision that a rollback took out; nil for what is none, and where nobody can tell.
            package var tookOut: Int?
            /// Whether a promoter took the order back by a word on record, since its host is lost.
            package var isHostLost = false
        }

        /// What hosts signed, newest first by their time, then what proves nothing.
        package let entries: [Entry]
        /// Files among the receipts that say nothing, with the reason.
        package let problems: [Failure]
        /// Orders that no host has answered, rollbacks first, each with what ends its waiting.
        package let waiting: [Failure]

        package var records: [DeploymentRecord] { entries.map(\.record) }
    }

    /// Receipts that lie in the project's environments are taken in first, and those of a host's directory that
    /// somebody names: it may have been moved there. One that is broken holds up no other.
    ///
    /// - Throws: ``Failure`` with code `promote.no-environment` for a name that is neither here nor on record.
    package static func run(environment typed: String?, session: Session) throws -> Outcome {
        let registry = try session.registry(), name = typed.map(session.environmentName)
        if let name { try CollectReceipts.named(name, session: session) }
        let rest = try CollectReceipts.all(session: session)
        let found = try registry.deployments(environment: name)
        if let name, found.isEmpty, try !session.environmentNames().contains(name),
            try EnvironmentFiles.made(name, session: session) == nil
        {
            throw try session.unknownEnvironment(name)
        }
        var places: [String: Place?] = [:]
        let counters = Dictionary(
            found.filter(\.isInForce).map { ("\($0.environment) \($0.bundle)", $0.counter) },
            uniquingKeysWith: { first, _ in first })
        let entries = try (name == nil ? once(found, session: session) : found).map { record in
            if places[record.environment] == nil {
                places[record.environment] = .some(Place(record, session: session))
            }
            let place = places[record.environment] ?? nil
            let replaced = record.outcome == Receipt.Outcome.rolledBack.rawValue ? record.replaced : nil
            var shown = try named(record, place?.files, session: session)
            // What a host advises names its environment, which is another host's place here.
            if shown.environment.contains("/") { shown.reason = shown.reason.map(RollBack.Refused.words) }
            return Outcome.Entry(
                record: shown, host: place?.host(record),
                tookOut: replaced.flatMap { counters["\(record.environment) \($0)"] ?? nil })
        }
        let lost = try withdrawn(from: name, besides: found, session: session)
        // Those of one moment as the record took them up.
        let sorted = (entries + lost).enumerated().sorted {
            ($1.element.record.time, $0.offset) < ($0.element.record.time, $1.offset)
        }.map(\.element)
        return Outcome(
            entries: sorted + unproven(rest, of: name, besides: found), problems: rest.problems,
            waiting: try WaitingOrders.rollbacks(of: name, session: session).map(\.problem)
                + WaitingOrders.promotions(to: name, session: session))
    }

    /// That an order was taken back names its bundle alone: what that held, and who had signed it, the store knows.
    static func named(
        _ record: DeploymentRecord, _ files: EnvironmentFiles?, session: Session
    ) throws -> DeploymentRecord {
        guard record.model == nil, record.outcome == Receipt.Outcome.withdrawn.rawValue else { return record }
        var record = record
        if let promotion = try session.registry().promotion(of: record.bundle) {
            (record.model, record.version) = (promotion.model, promotion.version)
        }
        guard let files, let bytes = session.storedBundle(record.bundle),
            let bundle = try? ModelBundle.verify(bytes, trusted: TrustedKeys(files.knownKeys()))
        else { return record }
        (record.model, record.version) = (bundle.identity.name, bundle.identity.version)
        record.signer = record.signer ?? bundle.signer.name
        return record
    }

    /// A host whose directory was moved said everything once: of the same words of the same key, those stand that are
    /// of the place where it lies now, else those that came on record last.
    ///
    /// - Parameter records: the last first.
    private static func once(_ records: [DeploymentRecord], session: Session) throws -> [DeploymentRecord] {
        func said(_ record: DeploymentRecord) -> String? {
            record.envelope.flatMap { try? Envelope($0) }.map { envelope in
                envelope.signatures.map(\.keyID).sorted().joined(separator: " ") + " "
                    + Digest.sha256(envelope.payload)
            }
        }
        let keyed = records.map { (record: $0, words: said($0)) }
        let several = Dictionary(grouping: keyed.filter { $0.words != nil }) { $0.words ?? "" }.filter { $1.count > 1 }
        guard !several.isEmpty else { return records }
        let places = Set(several.values.joined().map(\.record.environment))
        let ids = Dictionary(
            uniqueKeysWithValues: places.map { place in
                (place, (try? EnvironmentFiles.made(place, session: session))?.hostID)
            })
        var stands: [String: String] = [:]
        for (words, same) in several {
            let here = same.first { entry in ids[entry.record.environment].flatMap { $0 }.map(words.contains) ?? false }
            stands[words] = (here ?? same.first)?.record.environment
        }
        return keyed.filter { entry in
            entry.words.flatMap { stands[$0] }.map { $0 == entry.record.environment } ?? true
        }.map(\.record)
    }

    /// Each once, and none that the record has already.
    private static func unproven(
        _ rest: CollectReceipts.Rest, of environment: String?, besides known: [DeploymentRecord]
    ) -> [Outcome.Entry] {
        struct Key: Hashable {
            let environment: String, bundle: String, time: Nanoseconds
            init(_ record: DeploymentRecord) {
                (environment, bundle, time) = (record.environment, record.bundle, record.time)
            }
        }
        var seen = Set(known.map(Key.init))
        return rest.unproven.filter { environment == nil || $0.environment == environment }
            .sorted { $0.time > $1.time }.filter { seen.insert(Key($0)).inserted }
            .map { Outcome.Entry(record: $0, host: nil) }
    }

    /// Whose documents say which keys signed at a place: those that lie there; where its directory is gone, those of
    /// the environment that its receipts name. What was signed there is on record, and stays proven.
    private struct Place {
        let files: EnvironmentFiles
        private let hosts: HostKeys

        /// - Parameter record: of the place.
        init?(_ record: DeploymentRecord, session: Session) {
            let here = try? EnvironmentFiles(record.environment, session: session)
            guard let files = here ?? Place.named(record, session: session) else { return nil }
            self.files = files
            hosts = files.hosts()
        }

        private static func named(_ record: DeploymentRecord, session: Session) -> EnvironmentFiles? {
            guard let text = record.envelope,
                let own = try? Receipt.read(Array(text.utf8), hosts: [], in: "the registry").receipt.environment,
                let files = try? EnvironmentFiles.made(own, session: session), files.host.name == own
            else { return nil }
            return files
        }

        /// Whose signature stands under what a row says.
        func host(_ record: DeploymentRecord) -> String? {
            guard let text = record.envelope,
                let found = try? hosts.read(Array(text.utf8), in: "the registry"),
                found.receipt.environment == files.host.name
            else { return nil }
            var said = DeploymentRecord(found.receipt, files, envelope: text)
            said.environment = record.environment
            return said.isSame(record) ? found.host?.name : nil
        }
    }
}

extension DeploymentRecord {
    /// Whether a row says what its receipt does; the share is not the host's to say.
    fileprivate func isSame(_ other: DeploymentRecord) -> Bool {
        var copy = self
        copy.share = other.share
        return copy == other
    }
}
