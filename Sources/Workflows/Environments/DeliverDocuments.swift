import Basics
import Deployment
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
    }

    /// - Parameter directory: of a host that has pinned the environment's root keys.
    /// - Throws: ``Failure`` with code `authority.missing`, `runtime.no-root`, `runtime.other-environment`, or what
    ///   stands against the documents from the host's pin on.
    package static func run(_ typed: String, to directory: String, session: Session) throws -> Outcome {
        let files = try EnvironmentFiles(typed, session: session), time = session.clock.now()
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
        var added = 0
        for link in try files.chain() + [newest] {
            let text = link.envelope.text + "\n", path = "\(host.authorityChain)/\(link.authority.counter).json"
            if Paths.exists(path), try FileChunks.text(path) == text { continue }
            try AtomicFile.write(text, to: path)
            added += 1
        }
        try AtomicFile.write(newest.envelope.text + "\n", to: host.authorityFile)
        let key = try? SigningKey.read(host.hostKey).publicKey
        let isNamed = document.keys.contains { known in
            known.id == key?.id && known.roles.contains(EnvironmentAuthority.Role.host)
        }
        return Outcome(
            environment: files.name, directory: place, counter: document.counter, added: added,
            unnamedKey: isNamed ? nil : key.map { ($0.name, $0.id) })
    }
}
