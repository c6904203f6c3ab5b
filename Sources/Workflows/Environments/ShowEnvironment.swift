package import Basics
import Deployment
import ModelBundles

/// An environment in; its document, who signed it, and what differs from the file that people edit, out.
package enum ShowEnvironment {
    package struct Outcome: Sendable {
        package let environment: String
        /// The document, as it was signed.
        package let document: JSONValue
        package let counter: Int
        /// SHA-256 of the document.
        package let digest: String
        package let policy: String
        package let expiresAt: Nanoseconds
        package let isExpired: Bool
        package let signers: [String]
        package let threshold: Int
        /// All that the document says, a line each.
        package let lines: [String]
        /// What `environment.yaml`, the policy and the keys say otherwise by now; nil without that file.
        package let changes: [String]?
        /// Why it cannot be said what they mean by now.
        package let problem: String?
        /// What people compare before they pin; of the pin, or of the oldest document where nothing is pinned here.
        package let root: String
        /// Whether somebody pinned the root keys on this machine.
        package let isPinned: Bool
        /// Persons who have signed the next document already, where it waits for others.
        package let waiting: [String]?
    }

    /// - Throws: ``Failure`` with a code `authority.…`, `promote.no-environment`.
    package static func run(_ typed: String, session: Session) throws -> Outcome {
        let files = try EnvironmentFiles(typed, session: session), time = session.clock.now()
        let envelope = try files.newest(at: time), document = envelope.authority
        var changes: [String]?, problem: String?
        if Paths.exists(files.source) {
            do {
                let now = try EnvironmentSource(files.source).authority(
                    files, counter: document.counter, at: time, session: session)
                changes =
                    DocumentChanges.lines(document, now)
                    + (try SignEnvironment.policyChanges(document.policy, now.policy, session: session))
            } catch let error as any UserFacingError { problem = error.message }
        }
        return Outcome(
            environment: files.name, document: document.json, counter: document.counter, digest: envelope.digest,
            policy: document.policy.name, expiresAt: document.expiresAt, isExpired: time >= document.expiresAt,
            signers: EnvironmentFiles.signers(envelope), threshold: document.root.threshold,
            lines: DocumentChanges.lines(nil, document), changes: changes, problem: problem,
            root: try root(files), isPinned: Paths.exists(files.host.rootFile),
            waiting: Paths.exists(files.unfinished)
                ? EnvironmentFiles.signers(try files.read(files.unfinished)) : nil)
    }

    private static func root(_ files: EnvironmentFiles) throws -> String {
        if Paths.exists(files.host.rootFile) { return try RootPin.read(files.host.rootFile).fingerprint }
        guard let first = try files.first(files.chain()) else { throw files.missing }
        return RootPin(environment: files.host.name, root: first.authority.root).fingerprint
    }
}

/// A project in; its environments with the state of their documents out.
package enum ListEnvironments {
    package struct Entry: Sendable {
        package let environment: String
        /// Nil where there is no document that counts.
        package let counter: Int?
        package let policy: String?
        package let expiresAt: Nanoseconds?
        /// Why there is none that counts, or that it has ended.
        package let problem: String?
    }

    package static func run(session: Session) throws -> [Entry] {
        let time = session.clock.now()
        return try session.environmentNames().map { name in
            do {
                let document = try EnvironmentFiles(name, session: session).newest(at: time).authority
                return Entry(
                    environment: name, counter: document.counter, policy: document.policy.name,
                    expiresAt: document.expiresAt, problem: time < document.expiresAt ? nil : "expired")
            } catch let error as any UserFacingError {
                return Entry(environment: name, counter: nil, policy: nil, expiresAt: nil, problem: error.message)
            }
        }
    }
}
