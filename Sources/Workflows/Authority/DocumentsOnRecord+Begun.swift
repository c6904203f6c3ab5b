import Basics
import Deployment
import ModelBundles

/// Documents that root keys have begun to sign, and that do not lie here.
///
/// Their entries hold no signatures: they are the word of whoever writes the registry. They decide nothing, and only
/// make whoever signs look first, since two who sign two documents of one number sign for nothing.
extension DocumentsOnRecord {
    /// What an entry says of one signature.
    struct Begun: Sendable {
        let sequence: Int
        let counter: Int
        /// SHA-256 of the document.
        let digest: String
        let signer: String
        let keyID: String
    }

    struct Elsewhere: Sendable {
        let environment: String
        let counter: Int
        /// Names of the keys that have signed it.
        let signers: [String]

        /// What waits, in words that stand in a list as well.
        var failure: Failure {
            Failure(
                "authority.gone",
                "found document \(counter) of the environment '\(environment)' begun on record, signed by "
                    + "\(signers.joined(separator: ", ")), and not here",
                hint: "fetch it, then sign it: git pull; where that brings none, since nobody has it any more or who "
                    + "signed it has thought again, begin another in its place: hftml environments sign "
                    + "\(environment) --as KEY --lost", exitStatus: .refused)
        }
    }

    /// The next document, where the newest that keys of ours have begun is another than the one that waits here, if
    /// any does; nil where it was completed since, which ``requireNewest(_:of:)`` tells.
    ///
    /// A key of ours is a root key of a document here, one that `environment.yaml` names, or one that the project has:
    /// another project with this registry may have begun documents of that name.
    func begunElsewhere(_ files: EnvironmentFiles, session: Session) -> Elsewhere? {
        let known = files.documents, last = known.last?.counter ?? 0, own = own(files)
        guard let all = begun[files.host.name], (own.keys.max() ?? 0) <= last else { return nil }
        let named = try? EnvironmentSource(files.source).rootKeys(files, session: session)
        let places = ["\(session.root)/Registry/keys", ManageKeys.trustedDirectory(session)]
        let ours =
            known.flatMap(\.root.keys) + (named?.keys ?? [])
            + places.flatMap { (try? TrustedKeys(directory: $0).keys) ?? [] }
        let ids = Set(ours.map(\.id)), since = own[last]?.sequence ?? 0
        // Of before the newest one here was completed, one of that number was begun after another.
        let next = all.filter {
            $0.counter == last.saturatingPlus(1) && $0.sequence > since && ids.contains($0.keyID)
        }
        guard let newest = next.last, newest.digest != (try? files.read(files.unfinished))?.digest else { return nil }
        let signers = next.filter { $0.digest == newest.digest }.map(\.signer)
        return Elsewhere(
            environment: files.name, counter: newest.counter,
            signers: signers.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    }

    /// Root keys of the newest document here, and of the newest on record, where the log holds it.
    func newestRoots(_ files: EnvironmentFiles) -> [PublicKey] {
        let onRecord = own(files).max { $0.key < $1.key }?.value.envelope.flatMap { try? AuthorityEnvelope($0) }
        return (files.documents.last?.root.keys ?? []) + (onRecord?.authority.root.keys ?? [])
    }
}
