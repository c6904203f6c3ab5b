package import Basics
import Deployment
import Foundation
package import ModelBundles
import Promotion
package import Registry

/// The audit log in; its signed head, in the registry and in every anchor place, out.
package enum SignHead {
    package struct Outcome: Sendable, Equatable {
        package let head: AuditHead
        /// Where it lies now, which one of the place's it is, and when the place had it where it has a clock.
        package let anchors: [(place: AnchorPlace, name: String, time: Nanoseconds?)]

        package static func == (a: Outcome, b: Outcome) -> Bool {
            a.head == b.head && a.anchors.map(\.name) == b.anchors.map(\.name)
        }
    }

    /// What became of a first head.
    package enum Beginning: Sendable, Equatable {
        case signed(Outcome)
        /// A head was signed before, in the record or in a place.
        case stands
        /// No key may sign one, in words.
        case noKey(String)
    }

    /// Signs with the key at hand that may: called where something was decided, signed or put in force.
    ///
    /// - Parameter signer: whoever signs the act itself; nil, or one without the role `log`, where another key of this
    ///   project may have it.
    /// - Returns: nil where the log is empty or no key at hand may sign its head; `audit verify` says so then.
    @discardableResult
    package static func run(signer: (any Signer)?, session: Session) throws -> Outcome? {
        try run(signer: signer, for: nil, session: session)
    }

    /// The act stands on record already, and is not undone because a place for its head cannot be reached: a rollback
    /// above all makes safe whatever else fails. What went wrong is told; `audit verify` refuses until it is mended,
    /// and a promotion that asks for a fresh anchor finds none.
    ///
    /// - Parameter authority: of the environment that the act is about: a key that counts there goes before another.
    @discardableResult
    static func run(signer: (any Signer)?, for authority: EnvironmentAuthority?, session: Session) throws -> Outcome? {
        let registry = try session.registry(), time = session.clock.now()
        do {
            for authority in authority == nil ? [nil] : [authority, nil] {
                let keys = try LogKeys.read(session, registry: registry, for: authority)
                let own = signer.flatMap { keys.may($0, at: time) ? $0 : nil }
                guard let key = try own ?? keys.signer(session) else { continue }
                return try write(key, keys, registry, session: session)
            }
        } catch let error as any UserFacingError {
            let isOther = (error as? Failure)?.code == "anchor.other-log"
            session.caller.conversation.say(
                isOther
                    ? "\(error.message); its head was not signed: see hftml audit verify"
                    : "the head of the audit log was not anchored everywhere: \(error.message); when that is mended: "
                        + "hftml audit anchor")
        }
        return nil
    }

    /// Signs with a key of this project, by its name or file.
    ///
    /// - Parameter name: nil for the key at hand that may.
    /// - Throws: ``Failure`` with code `anchor.no-key`, `audit.role`, `anchor.empty`, `anchor.nowhere`,
    ///   `anchor.other-log`,
    ///   `anchor.failed`, `anchor.timestamp` or `anchor.certificates`.
    package static func anchor(as name: String?, session: Session) throws -> Outcome {
        let registry = try session.registry(), keys = try LogKeys.read(session, registry: registry)
        let signer: any Signer
        if let name {
            signer = try PrivateKeys.signer(name, session: session)
            guard keys.may(signer, at: session.clock.now()) else {
                throw Failure(
                    "audit.role",
                    "found the key of '\(signer.name)' (\(signer.publicKey.id)), which has no role 'log' here",
                    hint: keys.hasDocuments
                        ? roleInDocument
                        : "give it the role: hftml keys trust \(signer.name) --role log", exitStatus: .refused)
            }
        } else if let found = try keys.signer(session) {
            signer = found
        } else {
            throw Failure(
                "anchor.no-key", "found no private key here that may sign heads of the audit log",
                hint: keys.hasDocuments
                    ? roleInDocument : "make one: hftml keys generate log && hftml keys trust log --role log",
                exitStatus: .refused)
        }
        let places = try session.anchorPlaces()
        guard !places.isEmpty else { throw nowhere }
        let isFirst = try registry.auditHeads().isEmpty && AnchorStore.outside(session).isEmpty
        guard let outcome = try write(signer, keys, registry, isAsked: true, session: session) else {
            throw Failure(
                "anchor.empty", "found an empty audit log, expected an entry to sign", exitStatus: .refused)
        }
        for case .directory(let path) in places where isFirst {
            session.caller.conversation.say(
                "this is the first head in '\(path)': from now on the log of this registry alone fits what lies there")
        }
        return outcome
    }

    /// Begins a record: as ``anchor(as:session:)`` where no head was ever signed, in the record or in any place. What
    /// has a head already is not helped by another: whether the newest is fresh enough is asked of whoever signed it.
    ///
    /// - Throws: as ``anchor(as:session:)`` otherwise; with code `anchor.other-log` where places hold heads of another
    ///   log.
    package static func begin(as name: String?, session: Session) throws -> Beginning {
        try requireFit(session)
        guard try session.registry().auditHeads().isEmpty, try AnchorStore.outside(session).isEmpty else {
            return .stands
        }
        do { return .signed(try anchor(as: name, session: session)) } catch let error as Failure
            where error.code == "audit.role" || error.code == "anchor.no-key"
        {
            // Whether an anchor is needed, the document says and the promotion asks.
            return .noKey(error.message)
        }
    }

    private static var roleInDocument: String {
        "name the file of a key that has the role, as a job has it: hftml audit anchor --as FILE; or give it to one in "
            + "an environment.yaml: {key: NAME, roles: [log]}; then: hftml environments sign ENVIRONMENT --as KEY"
    }

    private static var nowhere: Failure {
        Failure(
            "anchor.nowhere", "found no place for anchors: no Git repository, and none in Registry/hftml.yaml",
            hint: "run: git init, or write into Registry/hftml.yaml: anchors: [{directory: /mnt/elsewhere/hftml}]")
    }

    /// - Throws: ``Failure`` with code `anchor.other-log` for a log that does not go on from what was anchored.
    ///
    /// - Parameter isAsked: whether a person asks for it, perhaps once more: what the same key has signed and Git has
    ///   is not signed again.
    private static func write(
        _ signer: any Signer, _ keys: LogKeys, _ registry: RegistryDatabase, isAsked: Bool = false, session: Session
    ) throws -> Outcome? {
        // Two at once both keep their head.
        let lock = try FileLock("\(session.root)/Registry/checkpoints/audit-heads.lock")
        defer { withExtendedLifetime(lock) {} }
        try requireFit(keys.beside(signer.publicKey.id), registry, session: session)
        if isAsked, let known = try known(signer, registry, session: session) { return known }
        guard let head = try AuditHeads.sign(registry, key: signer) else { return nil }
        try HeadsList.add(head, session: session)
        var anchors: [(place: AnchorPlace, name: String, time: Nanoseconds?)] = [], failure: (any Error)?
        // A place that cannot be reached keeps the head from no other.
        for place in try session.anchorPlaces() {
            do {
                let kept = try AnchorStore.write(head, to: place, session: session)
                anchors.append((place, kept.name, kept.time))
            } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        try AcknowledgeReceipts.run(signer: signer, sequence: head.sequence, registry: registry, session: session)
        return Outcome(head: head, anchors: anchors)
    }

    /// The head that a key has signed of the newest entry, where it lies in every place.
    private static func known(_ signer: any Signer, _ registry: RegistryDatabase, session: Session) throws -> Outcome? {
        let hashes = try registry.auditHashList(), id = signer.publicKey.id
        let heads = try registry.auditHeads().filter { $0.sequence == hashes.count && $0.hash == hashes.last }
        guard let head = heads.last(where: { $0.keyID == id }),
            let commit = try AnchorStore.commit(of: head, session: session)
        else { return nil }
        session.caller.conversation.say(
            "entry \(head.sequence), the newest, is signed by '\(signer.publicKey.name)' and anchored already: it was "
                + "not signed again")
        return Outcome(head: head, anchors: [(.git, commit, nil)])
    }

    /// Refuses to rest anything on a log that is not the one that was anchored.
    ///
    /// - Throws: ``Failure`` with code `anchor.other-log`.
    static func requireFit(_ session: Session) throws {
        let registry = try session.registry()
        try requireFit(try LogKeys.read(session, registry: registry).keys, registry, session: session)
    }

    private static func requireFit(_ keys: AuditHeads.Keys, _ registry: RegistryDatabase, session: Session) throws {
        // Before the log, which only grows.
        let heads = try AnchorStore.outside(session)
        let misfits = AuditHeads.misfits(heads, to: try registry.auditHashList(), keys: keys)
        guard let first = misfits.first else { return }
        throw Failure(
            "anchor.other-log",
            "found a log that is not the one that was anchored (\(misfits.count) heads do not fit): \(first.words)",
            hint:
                "where another pipeline went on since this record was restored: run the pipeline again; else see what "
                + "is missing: hftml audit verify; what to do then: hftml explain anchor.other-log",
            exitStatus: .refused)
    }
}

extension LogKeys {
    /// Whether a signer's heads count.
    func may(_ signer: any Signer, at time: Nanoseconds) -> Bool {
        keys.maySign(signer.publicKey.id, at: time)
    }
}
