import Basics
import Deployment
import ModelBundles
import Registry

extension SignEnvironment {
    /// What is in force and would open no orders under a draft, a sentence a place: its verdict or its order is of a
    /// key that may not sign that any more. Hosts ask the document in force, not the one of the time.
    package static func stopping(_ draft: Draft, session: Session) throws -> [String] {
        guard let before = draft.inForce?.authority else { return [] }
        let now = session.clock.now(), after = draft.authority
        func owner(_ envelope: Envelope, _ role: String) -> String? {
            guard let key = before.signer(of: envelope, role: role, at: now),
                after.signer(of: envelope, role: role, at: now) == nil
            else { return nil }
            return key.name
        }
        let names = try Set(session.environmentNames() + session.registry().environmentNames())
        return names.sorted().compactMap { name in
            do {
                guard let files = try EnvironmentFiles.made(name, session: session), files.host.name == before.name,
                    let standing = try RestsOnKeys.Standing(files, session: session)
                else { return nil }
                let judge = owner(standing.verdict, EnvironmentAuthority.Role.gate).map { "judged by '\($0)'" }
                let promoter = owner(standing.order, EnvironmentAuthority.Role.promoter).map { "ordered by '\($0)'" }
                let who = [judge, promoter].compactMap { $0 }
                guard !who.isEmpty else { return nil }
                let signed = who.joined(separator: " and ")
                return "what is in force (\(standing.reference) in '\(name)') was \(signed), who may not any more: it "
                    + "will open no orders there. Name the new key beside the old one first, judge and promote with "
                    + "it, and take the old one out after that"
            } catch {
                let reason = (error as? any UserFacingError)?.message ?? "\(error)"
                return "cannot tell whether what is in force in '\(name)' would stop: \(reason)"
            }
        }
    }
}
