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
        }

        /// What hosts signed, newest first, then what proves nothing.
        package let entries: [Entry]
        /// Files among the receipts that say nothing, with the reason.
        package let problems: [Failure]

        package var records: [DeploymentRecord] { entries.map(\.record) }
    }

    /// Receipts that lie in the project's environments are taken in first. One that is broken holds up no other.
    ///
    /// - Throws: ``Failure`` with code `promote.no-environment` for a name that is neither here nor on record.
    package static func run(environment typed: String?, session: Session) throws -> Outcome {
        let registry = try session.registry()
        let rest = try CollectReceipts.all(session: session)
        let name = typed.map(session.environmentName)
        let found = try registry.deployments(environment: name)
        if let name, found.isEmpty, try !session.environmentNames().contains(name) {
            throw try session.unknownEnvironment(name)
        }
        var hosts: [String: EnvironmentFiles?] = [:]
        let entries = found.map { record in
            if hosts[record.environment] == nil {
                hosts[record.environment] = .some(try? EnvironmentFiles(record.environment, session: session))
            }
            return Outcome.Entry(record: record, host: host(record, hosts[record.environment] ?? nil))
        }
        return Outcome(
            entries: entries + unproven(rest, of: name, besides: found), problems: rest.problems)
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

    /// Whose signature stands under what a row says.
    private static func host(_ record: DeploymentRecord, _ files: EnvironmentFiles?) -> String? {
        guard let files, let text = record.envelope,
            let found = try? files.hosts().read(Array(text.utf8), in: "the registry"),
            DeploymentRecord(found.receipt, files, envelope: text).isSame(record)
        else { return nil }
        return found.host?.name
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
