package import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// `environment.yaml` in; the document that it means, signed by one root key more, out. When enough have signed, it is
/// in force here and on its way to the host.
package enum SignEnvironment {
    /// What is about to be signed. Showing it is the caller's duty; signing is a second step.
    package struct Draft: Sendable {
        /// As the record calls the environment.
        package let environment: String
        /// Of the document.
        package let counter: Int
        /// What it changes, a line each; for the first document all that it says.
        package let changes: [String]
        /// The policy that it names.
        package var policy: String { authority.policy.name }
        /// From when it counts no more.
        package var expiresAt: Nanoseconds { authority.expiresAt }
        /// What it leaves open, a sentence each: who signs should know.
        package var gaps: [String] { SignedAnchors.gaps(authority, "it").map(\.says) }
        /// Whose signatures it has already.
        package let signers: [String]
        /// How many of its root keys have to sign.
        package let threshold: Int
        /// Whether the document before names other root keys, which have to sign as well.
        package var hasOtherRoots: Bool { inForce.map { $0.authority.root != authority.root } ?? false }
        let files: EnvironmentFiles
        let authority: EnvironmentAuthority
        /// Whether it takes the place of one that the log has and nobody any more.
        let isLost: Bool
        let unfinished: AuthorityEnvelope?
        let inForce: AuthorityEnvelope?
        /// Another document of this number that others have begun, and that is not here.
        let begunElsewhere: DocumentsOnRecord.Elsewhere?
    }

    package struct Outcome: Sendable, Equatable {
        package let environment: String
        package let counter: Int
        /// SHA-256 of the document.
        package let digest: String
        /// Persons who have signed.
        package let signers: [String]
        package let threshold: Int
        /// Whether it is in force: false where further root keys have to sign.
        package let isComplete: Bool
        /// Who has signed of the root keys of the document before, where those are others: they have to sign as well.
        package let before: Before?

        /// Root keys of the document before.
        package struct Before: Sendable, Equatable {
            package let counter: Int
            package let signers: [String]
            package let threshold: Int
        }
    }

    /// - Throws: ``Failure``, ``ConfigError`` for an `environment.yaml` that means nothing.
    ///
    /// - Parameter isLost: whether the log has a document of the next number that nobody has any more, neither as a
    ///   file nor in the log: it is signed anew. Where others have begun to, this need not be said again. Of a document
    ///   that was only begun see ``requireSeen(_:key:isLost:)``.
    /// - Throws: ``Failure`` with code `authority.gone` for a clone that is behind, `sign.not-lost` where nothing is.
    package static func draft(_ typed: String, isLost: Bool = false, session: Session) throws -> Draft {
        let files = try EnvironmentFiles(typed, session: session), time = session.clock.now()
        guard Paths.exists(files.source) else {
            throw Failure(
                "authority.no-source", "found no environment.yaml in '\(session.shown(files.host.directory))'",
                hint: "make one with: hftml environments init \(files.name) --policy POLICY", exitStatus: .usage)
        }
        let record = try DocumentsOnRecord(session.registry())
        // First: what follows from another one of a number is looked at in vain.
        try record.requireNoFork(files)
        try record.tellUnstanding(files, session: session)
        let inForce = try files.inForce(at: time), counter = (inForce?.authority.counter ?? 0).saturatingPlus(1)
        let elsewhere = record.begunElsewhere(files, session: session)
        let drawnUp: EnvironmentAuthority
        do {
            drawnUp = try EnvironmentSource(files.source).authority(
                files, counter: counter, at: time, session: session)
        } catch {
            // What others have written into the file, and the keys that it names, may come with their document.
            if !isLost {
                try record.requireNewest(counter - 1, of: files)
                if let elsewhere { throw elsewhere.failure }
            }
            throw error
        }
        let unfinished = try begun(files, drawnUp, after: inForce), authority = unfinished?.authority ?? drawnUp
        let isGone = isLost && (record.own(files).keys.max() ?? 0) >= counter
        // What the log holds with its signatures is not lost, whatever an entry says.
        let isAnew =
            isGone
            || unfinished.map { record.isBegunAnew($0.digest) && record.own(files)[counter]?.envelope == nil } ?? false
        // Hosts that have accepted one document of a number refuse another.
        if !isAnew { try record.requireNewest(counter - 1, of: files) }
        if isLost, !isGone, elsewhere == nil {
            throw Failure(
                "sign.not-lost",
                "found no document of '\(files.name)' on record after \(counter - 1), which lies here: nothing is lost",
                hint: "sign the next one: hftml environments sign \(files.name) --as KEY", exitStatus: .usage)
        }
        return Draft(
            environment: files.name, counter: counter,
            changes: DocumentChanges.lines(inForce?.authority, authority),
            signers: unfinished.map(EnvironmentFiles.signers) ?? [], threshold: authority.root.threshold, files: files,
            authority: authority, isLost: isAnew, unfinished: unfinished, inForce: inForce, begunElsewhere: elsewhere)
    }

    /// Roles that the policy asks for and nobody has, or that somebody has and it never asks for.
    package static func roleRemarks(_ draft: Draft, session: Session) throws -> [String] {
        try EnvironmentPolicy.read(draft.authority.policy.name, session: session).remarks(on: draft.authority.keys)
    }

    /// What the rules of a policy that the document names anew are: a line for every rule that came, went or changed
    /// since the document in force, or all of them where there was none. Empty where the policy is the same.
    package static func policyChanges(_ draft: Draft, session: Session) throws -> [String] {
        try policyChanges(draft.inForce?.authority.policy, draft.authority.policy, session: session)
    }

    static func policyChanges(
        _ before: (name: String, digest: String)?, _ policy: (name: String, digest: String), session: Session
    ) throws -> [String] {
        guard before?.digest != policy.digest else { return [] }
        let new = try EnvironmentPolicy.read(policy.name, session: session)
        guard let before else { return PolicyChanges.lines(nil, new) }
        if let old = PolicyChanges.text(before.name, before.digest, session: session) {
            return PolicyChanges.lines(old, new)
        }
        return ["the text that was signed before is in no commit and was not kept here; all rules as they are now:"]
            + PolicyChanges.lines(nil, new)
    }

    /// The document that waits for further signatures, where it is what `environment.yaml` means now, but for when it
    /// was drawn up. The file travels through Git: whatever else stands in it would be signed unread.
    private static func begun(
        _ files: EnvironmentFiles, _ drawnUp: EnvironmentAuthority, after inForce: AuthorityEnvelope?
    ) throws -> AuthorityEnvelope? {
        guard Paths.exists(files.unfinished) else { return nil }
        let found = try files.read(files.unfinished), document = found.authority
        let roots = [drawnUp.root, inForce?.authority.root].compactMap { $0 }
        guard roots.contains(where: { !$0.persons(signing: found.envelope, at: document.createdAt).isEmpty }),
            document.createdAt <= drawnUp.createdAt.saturatingPlus(Admission.clockTolerance)
        else { return nil }
        var same = drawnUp
        (same.createdAt, same.expiresAt) = (document.createdAt, document.expiresAt)
        // The end is a whole second, so it lies up to one before the days that the file says.
        let span = document.expiresAt.saturatingMinus(document.createdAt)
        let difference = span.saturatingMinus(drawnUp.expiresAt.saturatingMinus(drawnUp.createdAt))
        return same == document && difference.magnitude <= 1_000_000_000 ? found : nil
    }

    /// - Parameter name: a private root key: its name in this project, or a file.
    /// - Throws: ``Failure`` with code `authority.not-root` for a key that may not sign it.
    package static func sign(_ draft: Draft, key name: String, session: Session) throws -> Outcome {
        try sign(draft, key: try PrivateKeys.signer(name, session: session), session: session)
    }

    static func sign(_ draft: Draft, key: any Signer, session: Session) throws -> Outcome {
        let files = draft.files, registry = try session.registry()
        let record = try DocumentsOnRecord(registry)
        do { try SignHead.requireFit(session) } catch let error as Failure where error.code == "anchor.other-log" {
            // A log that has none of the documents here is another one: what is signed into it is on nobody's record.
            if draft.inForce != nil, record.own(files).isEmpty { throw error }
            session.caller.conversation.say(error.message)
        }
        try record.requireOwn(files, isDrawnUp: true)
        let roots = draft.authority.root.keys + (draft.inForce?.authority.root.keys ?? [])
        guard let known = roots.first(where: { $0.id == key.publicKey.id }) else {
            throw Failure(
                "authority.not-root",
                "found the key of '\(key.name)' (\(key.publicKey.id)), which is no root key of '\(draft.environment)': "
                    + Set(roots.map(\.name)).sorted().joined(separator: ", "),
                hint: "let one of those sign, or name the key under root in environment.yaml", exitStatus: .usage)
        }
        var judged = known
        // One that was revoked here signs nothing more, whatever the document before says, where those said so who may.
        judged.revoked = try known.revoked ?? SignedRevocations(session).revocation(of: known, root: draft.asked)
        if let objection = judged.objection(at: session.clock.now()) {
            throw Failure("statement.key", "found a signature that does not count: \(objection)")
        }
        try requireUseful(known, draft)
        // Two who sign at once would make two documents of one number, or lose a signature.
        let turn = try FileLock("\(files.host.directory)/.sign.lock")
        defer { withExtendedLifetime(turn) {} }
        let now = session.clock.now()
        var drawnUp = draft.authority
        if draft.unfinished == nil {
            let since = now.saturatingMinus(drawnUp.createdAt)
            (drawnUp.createdAt, drawnUp.expiresAt) = (now, drawnUp.expiresAt.saturatingPlus(since))
        }
        guard try files.inForce(at: now)?.digest == draft.inForce?.digest,
            try begun(files, drawnUp, after: draft.inForce)?.envelope == draft.unfinished?.envelope
        else { throw moved(draft, key) }
        // In another clone, too: each has a lock of its own, and all have one log.
        let latest = try DocumentsOnRecord(registry)
        try latest.requireOwn(files, isDrawnUp: true)
        try latest.requireNoFork(files)
        if !draft.isLost { try latest.requireNewest(draft.counter - 1, of: files) }
        let document = try draft.unfinished?.signed(by: key) ?? AuthorityEnvelope(draft.authority, signer: key)
        let isComplete = try isAccepted(document, draft)
        // What can fail comes before the record, and what the record calls complete lies here in full before it does:
        // whoever signs next puts it in its places, should this end in between.
        try keepPolicy(of: draft, session: session)
        if isComplete { try AtomicFile.write(document.envelope.text + "\n", to: files.unfinished) }
        // Then the record: a document that is in force was signed by somebody.
        guard
            try registry.audit(
                action: "environment.sign", subject: .environment(files.name),
                detail: detail(document, draft, signer: key, isComplete: isComplete),
                following: latest.newest[files.name] ?? 0)
        else {
            if isComplete { try takeBack(draft) }
            throw moved(draft, key)
        }
        if isComplete {
            try FinishSigning.put(document, files)
        } else {
            try AtomicFile.write(document.envelope.text + "\n", to: files.unfinished)
        }
        return Outcome(
            environment: files.name, counter: draft.counter, digest: document.digest,
            signers: EnvironmentFiles.signers(document), threshold: draft.threshold, isComplete: isComplete,
            before: before(document, draft))
    }

    /// What the log says of a signature.
    private static func detail(
        _ document: AuthorityEnvelope, _ draft: Draft, signer key: any Signer, isComplete: Bool
    ) -> JSONValue {
        // The document itself: an entry counts by the signatures that it holds, and brings back what was lost.
        let kept = isComplete ? [("envelope", JSONValue.string(document.envelope.text))] : []
        return .map(
            [
                ("counter", .int(draft.counter)), ("document", .string(document.digest)),
                ("signer", .string(key.name)), ("keyID", .string(key.publicKey.id)), ("complete", .bool(isComplete)),
                ("policy", .string(draft.authority.policy.digest)),
            ] + kept + (draft.isLost ? [("lost", .bool(true))] : []))
    }

    /// So that the next document can say what it changes.
    private static func keepPolicy(of draft: Draft, session: Session) throws {
        let policy = try EnvironmentPolicy.read(draft.authority.policy.name, session: session)
        guard policy.digest == draft.authority.policy.digest else {
            throw Failure(
                "authority.moved",
                "found that the policy '\(policy.name)' was changed since its rules were shown: its digest is "
                    + "\(policy.digest.prefix(12)), and the document names \(draft.authority.policy.digest.prefix(12))",
                hint: "look again, then sign: hftml environments sign \(draft.environment) --as KEY",
                exitStatus: .refused)
        }
        try PolicyChanges.keep(policy, session: session)
    }

    /// - Throws: ``Failure`` with code `authority.not-root` for a root key of the document before alone, where enough
    ///   of those have signed: its signature would count for nothing.
    private static func requireUseful(_ key: PublicKey, _ draft: Draft) throws {
        guard !draft.authority.root.keys.contains(where: { $0.id == key.id }), let inForce = draft.inForce else {
            return
        }
        let signers = draft.unfinished.flatMap { before($0, draft)?.signers } ?? []
        let root = inForce.authority.root
        guard signers.count >= root.threshold || signers.contains(where: { PlainName.isSame($0, key.person) }) else {
            return
        }
        throw Failure(
            "authority.not-root",
            "found the key of '\(key.name)', a root key of document \(inForce.authority.counter) of "
                + "'\(draft.environment)' and not of document \(draft.counter): its signature would not count, since "
                + "\(signers.count) of \(root.threshold) of document \(inForce.authority.counter) have signed "
                + "(\(signers.joined(separator: ", ")))",
            hint: "let a root key of document \(draft.counter) sign: "
                + Set(draft.authority.root.keys.map(\.name)).sorted().joined(separator: ", "), exitStatus: .usage)
    }

    private static func before(_ document: AuthorityEnvelope, _ draft: Draft) -> Outcome.Before? {
        guard let known = draft.inForce?.authority, known.root != draft.authority.root else { return nil }
        return Outcome.Before(
            counter: known.counter,
            signers: known.root.persons(signing: document.envelope, at: document.authority.createdAt).sorted(),
            threshold: known.root.threshold)
    }

    /// Whether the root keys of the document before and its own have signed.
    private static func isAccepted(_ document: AuthorityEnvelope, _ draft: Draft) throws -> Bool {
        let pin = RootPin(environment: draft.files.host.name, root: draft.authority.root)
        do {
            _ = try AuthorityEnvelope.newest(
                [document], pin: pin, accepted: draft.inForce, at: document.authority.createdAt)
            return true
        } catch let failure as Failure where failure.code == "authority.signatures" {
            return false
        }
    }
}
