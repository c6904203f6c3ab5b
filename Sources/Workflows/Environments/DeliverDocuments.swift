import Basics
import Deployment
import Foundation
import ModelBundles

/// An environment and the directory of a further host in; its signed documents there, out.
///
/// They carry their own proof, so they may go by any way: the host follows them from its pin.
package enum DeliverDocuments {
    package struct Outcome: Sendable {
        package let environment: String
        /// Where they lie now.
        package let directory: String
        /// Number of the newest.
        package let counter: Int
        /// How many were not there before.
        package let added: Int
        /// Name and id of the host's key, where the newest document does not name it with the role `host`; nil where it
        /// does, or where this account may not read it.
        package let unnamedKey: (name: String, id: String)?
        /// Whether an earlier document named that key as a host's: it was taken out.
        package var wasNamed = false
    }

    /// - Parameter directory: of a host that has pinned the environment's root keys.
    /// - Throws: ``Failure`` with code `authority.missing`, `authority.other-root`, `authority.fork`,
    ///   `authority.signatures`, `runtime.no-root`,
    ///   `runtime.other-environment`, or what stands against the documents from the host's pin on; `authority.gone`
    ///   where the log has a newer one than was brought.
    package static func run(_ typed: String, to directory: String, session: Session) throws -> Outcome {
        let files = try EnvironmentFiles(typed, session: session), time = session.clock.now()
        let record = try DocumentsOnRecord(session.registry())
        try record.requireGoverning(files, session: session)
        let newest = try files.newest(at: time), document = newest.authority
        let place = session.path(directory)
        guard Paths.exists(Paths.join(place, "runtime.json")), Paths.exists(Paths.join(place, "root.json")) else {
            throw Failure(
                "runtime.no-root", "found no host that has pinned root keys in '\(place)'",
                hint:
                    "pin them there first: hftml environments pin \(files.name) -o root.json --yes, then hftml-runtime "
                    + "init \(place) --root root.json", exitStatus: .usage)
        }
        let host = try DeploymentDirectory(place), pin = try RootPin.read(host.rootFile)
        guard host.name == document.name, pin.environment == document.name else {
            throw Failure(
                "runtime.other-environment",
                "found a host of '\(host.name)' in '\(place)', expected one of '\(document.name)'", exitStatus: .usage)
        }
        // What the host would refuse is not brought to it.
        _ = try AuthorityEnvelope.newest(
            try files.chain(), pin: pin, accepted: nil, at: time)
        try requireNotBehind(newest, files, host, pin)
        // Before anything is written over: what lies there is the only other trace of it.
        // By where it lies: a directory may be called as an environment is.
        let there = try EnvironmentFiles(host.directory, session: session)
        if let strayed = StrayedHost.problem(there, files, at: time) { throw strayed }
        let key = try self.key(host)
        var added = 0
        for link in try files.chain() + [newest] {
            let text = link.envelope.text + "\n", path = "\(host.authorityChain)/\(link.authority.counter).json"
            if Paths.exists(path), try FileChunks.text(path) == text { continue }
            try AtomicFile.write(text, to: path)
            added += 1
        }
        try AtomicFile.write(newest.envelope.text + "\n", to: host.authorityFile)
        tellStanding(there, session: session)
        try requireNewest(newest, files, record, to: place)
        func names(_ document: EnvironmentAuthority) -> Bool {
            document.keys.contains { $0.id == key?.id && $0.roles.contains(EnvironmentAuthority.Role.host) }
        }
        return Outcome(
            environment: files.name, directory: place, counter: document.counter, added: added,
            unnamedKey: names(document) ? nil : key.map { ($0.name, $0.id) },
            wasNamed: !names(document) && files.documents.contains(where: names))
    }

    /// Whoever brings documents there looks at a host that may have come back from an older copy.
    private static func tellStanding(_ files: EnvironmentFiles, session: Session) {
        guard
            let receipts = try? EnvironmentReceipts(files, session: session), let newest = receipts.inForce.last,
            let problem = receipts.standing.problem(files, newest: newest)
        else { return }
        session.caller.conversation.say(problem.message + (problem.hint.map { "; \($0)" } ?? ""))
    }

    /// What a clone that is behind has was brought, which may be newer than what was there; nobody takes it for all.
    ///
    /// - Throws: ``Failure`` with code `authority.gone`.
    private static func requireNewest(
        _ newest: AuthorityEnvelope, _ files: EnvironmentFiles, _ record: DocumentsOnRecord, to place: String
    ) throws {
        let counter = newest.authority.counter
        do { try record.requireNewest(counter, of: files) } catch let error as Failure {
            throw Failure(
                error.code, "\(error.message); document \(counter) is in '\(place)'",
                hint: (error.hint.map { "\($0); " } ?? "") + "then deliver again: hftml environments deliver "
                    + "\(Inbox.word(files.name)) --to \(Inbox.word(place))", exitStatus: error.exitStatus)
        }
    }

    /// A clone that is behind brings no older document over a newer one.
    ///
    /// - Throws: ``Failure`` with code `authority.older` or `authority.fork`.
    private static func requireNotBehind(
        _ newest: AuthorityEnvelope, _ files: EnvironmentFiles, _ host: DeploymentDirectory, _ pin: RootPin
    ) throws {
        let own = try files.chain()
        let kept = Paths.isDirectory(host.authorityChain) ? try Paths.entries(host.authorityChain) : []
        let places =
            kept.filter { $0.hasSuffix(".json") }.map { "\(host.authorityChain)/\($0)" } + [
                host.authorityFile, host.acceptedAuthority,
            ]
        // What cannot be read there, or what no root key signed, is no reason to keep documents from it.
        let links = places.filter(Paths.exists).compactMap { path in
            (try? SmallFile.bytes(path, most: 1 << 20)).flatMap {
                try? AuthorityEnvelope(String(decoding: $0, as: UTF8.self))
            }
        }
        let there = DocumentTrail.followed(links, pin: pin).map(\.counter).max() ?? 0
        if let failure = fork(newest, own, files, host) { throw failure }
        guard there > newest.authority.counter else { return }
        throw Failure(
            "authority.older",
            "found document \(newest.authority.counter) of '\(pin.environment)' here, and document \(there) in "
                + "'\(host.directory)'",
            hint: "fetch the newest one: git pull", exitStatus: .refused)
    }

    /// A host that has accepted one document of a number takes no other, and nothing at all, until a later one says
    /// which of the two goes on.
    private static func fork(
        _ newest: AuthorityEnvelope, _ own: [AuthorityEnvelope], _ files: EnvironmentFiles,
        _ host: DeploymentDirectory
    ) -> Failure? {
        func document(_ path: String) -> AuthorityEnvelope? {
            (try? SmallFile.bytes(path, most: 1 << 20)).flatMap {
                try? AuthorityEnvelope(String(decoding: $0, as: UTF8.self))
            }
        }
        let number = newest.authority.counter
        // Where another account keeps what was accepted to itself, what was delivered says it as well.
        let there = [host.acceptedAuthority, "\(host.authorityChain)/\(number).json"].lazy.compactMap(document).first
        guard let there, there.authority.counter == number, there.digest != newest.digest,
            FinishSigning.isSigned(there, files)
        else { return nil }
        return Failure(
            "authority.fork",
            "found another document \(number) of '\(files.host.name)' here than the one that the host in "
                + "'\(host.directory)' has accepted",
            hint: "sign the next one, which says what goes on, and deliver that: hftml environments sign \(files.name) "
                + "--as KEY --renew", exitStatus: .refused)
    }

    /// The host's key; nil where there is none, or where this account may not read it.
    private static func key(_ host: DeploymentDirectory) throws -> PublicKey? {
        guard Paths.exists(host.hostKey) else { return nil }
        do { return try SigningKey.read(host.hostKey).publicKey } catch let error as FileError
            where [EACCES, EPERM].contains(error.number)
        {
            return nil
        }
    }
}
