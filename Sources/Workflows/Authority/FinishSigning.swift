import Basics
import Deployment
import ModelBundles
import Registry

/// A document that the audit log calls complete and whose signing ended before it lay in its places: it is put there.
/// What counts was decided when the log took it up; this signs nothing and asks nobody.
package enum FinishSigning {
    /// - Parameter typed: the environment, as somebody typed it.
    /// - Returns: the number of the document that was put in its places; nil where nothing waited.
    /// - Throws: ``FileError``, ``Failure``.
    package static func run(_ typed: String, session: Session) throws -> Int? {
        let files = try EnvironmentFiles(typed, session: session)
        guard try waiting(files, session: session) != nil else { return nil }
        let turn = try FileLock("\(files.host.directory)/.sign.lock")
        defer { withExtendedLifetime(turn) {} }
        // Somebody else may have finished it meanwhile.
        guard let document = try waiting(files, session: session) else { return nil }
        try put(document, files)
        return document.authority.counter
    }

    /// Documents that were complete once and that nobody has any more, laid out again as the log has them. Nothing is
    /// signed for it: each holds its signatures.
    ///
    /// - Returns: the newest, and how what lies beside it differs; nil where the log holds none beyond those here.
    /// - Throws: ``FileError``, ``Failure``.
    package static func restore(_ typed: String, session: Session) throws -> RestoredDocuments? {
        let files = try EnvironmentFiles(typed, session: session)
        let turn = try FileLock("\(files.host.directory)/.sign.lock")
        defer { withExtendedLifetime(turn) {} }
        let own = try DocumentsOnRecord(session.registry()).own(files)
        var next = (files.documents.last?.counter ?? 0).saturatingPlus(1), beyond: [AuthorityEnvelope] = []
        // As far as each follows from the one before it: above a hole no document helps.
        while let text = own[next]?.envelope {
            beyond.append(try AuthorityEnvelope(text))
            next = next.saturatingPlus(1)
        }
        let documents = try files.following(beyond)
        for document in documents { try put(document, files) }
        guard let newest = documents.last else { return nil }
        let outcome = SignEnvironment.Outcome(
            environment: files.name, counter: newest.authority.counter, digest: newest.digest,
            signers: EnvironmentFiles.signers(newest), threshold: newest.authority.root.threshold, isComplete: true,
            before: nil)
        return RestoredDocuments(outcome, laid: documents.map(\.authority.counter), files, session: session)
    }

    /// Whose documents ``restore(_:session:)`` would lay out where none lies here and nobody pinned root keys: the name
    /// belongs to whoever was first in the log, and anybody who writes the registry may have been. Somebody has to
    /// compare the fingerprint with the owners of the keys first.
    ///
    /// - Returns: what to show, a line each; empty where what lies here or was pinned says whose they are.
    /// - Throws: ``Failure``.
    package static func unproven(_ typed: String, session: Session) throws -> [String] {
        let files = try EnvironmentFiles(typed, session: session)
        guard files.documents.isEmpty, !Paths.exists(files.host.rootFile),
            let first = try DocumentsOnRecord(session.registry()).own(files)[1], let text = first.envelope
        else { return [] }
        let document = try AuthorityEnvelope(text), root = document.authority.root
        let keys = root.keys.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
        return [
            "no document of '\(files.name)' lies here, and nobody has pinned its root keys: the log has document 1, "
                + "first signed by '\(first.signer)'",
            "its root keys: \(keys); \(root.threshold) have to sign",
            RootPin(environment: files.host.name, root: root).fingerprint,
        ] + DocumentChanges.lines(nil, document.authority)
    }

    /// The document, where the file that waits for signatures is the very one that the log calls complete.
    static func waiting(_ files: EnvironmentFiles, session: Session) throws -> AuthorityEnvelope? {
        guard Paths.exists(files.unfinished), let found = try? files.read(files.unfinished) else { return nil }
        let record = try DocumentsOnRecord(session.registry())
        guard record.own(files)[found.authority.counter]?.digest == found.digest else { return nil }
        return isSigned(found, files) ? found : nil
    }

    /// Whether enough of its own root keys have signed, and of those of the document before it, or of the pin. A digest
    /// is that of the text alone: the file of a clone that is behind is the same document with fewer signatures.
    static func isSigned(_ document: AuthorityEnvelope, _ files: EnvironmentFiles) -> Bool {
        let authority = document.authority, known = files.documents
        var before = known.last { $0.counter < authority.counter }?.root
        if before == nil {
            // What lies here is believed before what somebody laid beside it, of no higher number.
            before =
                Paths.exists(files.host.rootFile)
                ? try? RootPin.read(files.host.rootFile).root : known.first?.root ?? authority.root
        }
        guard let before else { return false }
        return [before, authority.root].allSatisfy {
            $0.persons(signing: document.envelope, at: authority.createdAt).count >= $0.threshold
        }
    }

    /// Kept first, then in force, then on its way to the host; the text that waited goes last.
    static func put(_ document: AuthorityEnvelope, _ files: EnvironmentFiles) throws {
        let text = document.envelope.text + "\n", counter = document.authority.counter
        try AtomicFile.write(text, to: files.kept(counter))
        let isNewer =
            try Paths.exists(files.host.authorityFile)
            && files.read(files.host.authorityFile).authority.counter > counter
        if !isNewer {
            try AtomicFile.write(text, to: files.host.authorityFile)
            try AtomicFile.write(text, to: files.delivered(counter))
        }
        try Paths.remove(files.unfinished)
    }
}
