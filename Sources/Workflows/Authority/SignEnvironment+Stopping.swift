import Basics
import Deployment
import ModelBundles
import Registry

extension SignEnvironment {
    /// What it means that a draft takes the place of a document that was complete, in sentences; empty where it does
    /// not.
    package static func lossRemarks(_ draft: Draft) -> [String] {
        guard draft.isLost else { return [] }
        return [
            "it takes the place of a document \(draft.counter) on record that nobody has any more: where somebody has "
                + "it, decline, and bring it here (git pull; or from a host that has accepted it); such a host takes "
                + "no order until document \(draft.counter.saturatingPlus(1)) is delivered to it"
        ]
    }

    /// What trades under the document in force and would open no orders under a draft, a sentence each: hosts ask the
    /// newest document, not the one of the time, and by the very rules that are asked here.
    package static func stopping(_ draft: Draft, session: Session) throws -> [String] {
        guard let before = draft.inForce?.authority else { return [] }
        let names = try Set(session.environmentNames() + session.registry().environmentNames())
        return names.sorted().flatMap { name -> [String] in
            do {
                guard let files = try EnvironmentFiles.made(name, session: session), files.host.name == before.name
                else { return [] }
                return try [dismissed(files, before, draft), stopped(files, before, draft, session)].compactMap(\.self)
            } catch {
                let reason = (error as? any UserFacingError)?.message ?? "\(error)"
                return ["cannot tell whether what is in force in '\(name)' would stop: \(reason)"]
            }
        }
    }

    /// A bundle whose keys count now and would not any more.
    private static func stopped(
        _ files: EnvironmentFiles, _ before: EnvironmentAuthority, _ draft: Draft, _ session: Session
    ) throws -> String? {
        guard let standing = try RestsOnKeys.Standing(files, session: session) else { return nil }
        // A host's keys of before count by all documents that it has accepted, and the draft would be one more.
        let trail = draft.files.documents.filter { $0.counter <= before.counter }
        func objection(_ documents: [EnvironmentAuthority], _ newest: EnvironmentAuthority) -> String? {
            Admission.objection(
                inForce: standing.bundle, document: newest, known: DocumentTrail.keys(of: documents + [newest]))
        }
        guard objection(trail, before) == nil, let found = objection(trail, draft.authority) else { return nil }
        // Nobody waits with a stolen key.
        let signers = (standing.verdict.signatures + standing.order.signatures).map(\.keyID) + [standing.bundle.key.id]
        let revoked = try ManageKeys.revocations(session), isRevoked = signers.contains { revoked[$0] != nil }
        return
            "what is in force (\(standing.reference) in '\(files.name)') will open no orders: \(found). "
            + (isRevoked
                ? "Its key was revoked, so sign all the same; then judge and promote with another key what is to trade"
                : "Name the new key beside the old one first, judge and promote with it, and take the old one out "
                    + "after that")
    }

    /// A host that the document in force names and the draft does not.
    private static func dismissed(_ files: EnvironmentFiles, _ before: EnvironmentAuthority, _ draft: Draft) -> String?
    {
        func isNamed(_ id: String, _ document: EnvironmentAuthority) -> Bool {
            document.keys.contains {
                $0.id == id && $0.roles.contains(EnvironmentAuthority.Role.host) && $0.revoked == nil
            }
        }
        guard let host = files.hostID, isNamed(host, before), !isNamed(host, draft.authority) else { return nil }
        return "the host in '\(files.name)' (\(host)) will open no orders: no host's key of it is left in the document"
    }
}
