import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// What a check of the record tells beside its problems.
extension VerifyRecord {
    /// What a check that passed looked at: the newest entry that each place has a head of.
    package static func note(session: Session) throws -> String {
        let places = try session.anchorPlaces(), heads = try AnchorStore.read(places, session: session).heads
        guard !heads.isEmpty else {
            return "nothing was decided here yet, so no anchor is asked for; make one with: hftml audit anchor"
        }
        let keys = try LogKeys.read(session, registry: session.registry()).keys
        let newest = places.compactMap { place -> String? in
            let sequences = heads.filter { $0.place == place }.compactMap { head in
                (try? AuditHeads.open(head.envelope, keys: keys))?.payload.sequence
            }
            return sequences.max().map { "entry \($0) in \(place)" }
        }
        return "entries of the log: \(try session.registry().auditHashList().count); anchored: "
            + newest.joined(separator: ", ")
    }

    /// What the check does not vouch for, and what to do about it, a sentence each: nothing of it is wrong.
    package static func gaps(session: Session) throws -> [String] {
        // A damaged file is told as a problem.
        do {
            return try strangers(session) + openAnchors(session) + receiptNotes(session: session)
                + HostsBehind.notes(session: session) + ended(session)
                + ManageKeys.unreadableRevocations(session.registry())
                + OwnedAliases(session).astray().map { "\($0.text); put it right: \($0.next)" }
                + PromotionDocuments.compare(session: session).notes
        } catch let failure as Failure where failure.code == "registry.damaged" {
            return []
        }
    }

    private static func ended(_ session: Session) throws -> [String] {
        let record = try DocumentsOnRecord(session.registry())
        return try session.environmentNames().compactMap { name in
            guard let files = (try? EnvironmentFiles.made(name, session: session)).flatMap({ $0 }) else { return nil }
            return try record.note(files, session: session)
        }
    }

    /// Heads of keys that nobody here knows: in a project that shares the registry somebody has keys of their own.
    private static func strangers(_ session: Session) throws -> [String] {
        let registry = try session.registry()
        let inside = try registry.auditHeads().map { AuditHeads.Outside($0.envelope, "in the registry") }
        return AuditHeads.strangers(
            try inside + AnchorStore.outside(session), to: try registry.auditHashList(),
            keys: try LogKeys.read(session, registry: registry).keys)
    }

    private static func openAnchors(_ session: Session) throws -> [String] {
        let keys = try LogKeys.read(session, registry: try session.registry())
        return keys.signed.sorted { $0.key < $1.key }.flatMap { name, document in
            SignedAnchors.gaps(document, "document \(document.counter) of '\(name)'").map {
                "\($0.says); \($0.mend): hftml environments sign \(name) --as KEY"
            }
        }
    }
}
