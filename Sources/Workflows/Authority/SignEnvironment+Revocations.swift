import Basics
import Deployment
import ModelBundles

extension SignEnvironment.Draft {
    /// The root keys that may say that one of them is no good: those of the document in force.
    var asked: RootKeys { inForce?.authority.root ?? authority.root }
}

extension SignEnvironment {
    /// Root keys that somebody entered as revoked, and neither they themselves nor enough of the others signed it: a
    /// sentence each. Whoever signs should ask why, and nothing is held up.
    package static func idleRevocations(_ draft: Draft, session: Session) throws -> [String] {
        let said = try SignedRevocations(session)
        var seen: Set<String> = []
        return (draft.authority.root.keys + draft.asked.keys).filter { seen.insert($0.id).inserted }.compactMap {
            said.idle($0, root: draft.asked)
        }
    }
}
