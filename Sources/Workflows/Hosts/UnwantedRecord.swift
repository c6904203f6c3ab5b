import Basics
import Deployment
import Promotion
import Registry

/// Why nobody is to put back what the record has in force, at a host that does not have it: whoever reads what to do is
/// not sent to what somebody wants out.
enum UnwantedRecord {
    /// By people and by orders.
    ///
    /// - Returns: nil where nothing speaks against it.
    static func reason(_ files: EnvironmentFiles, _ receipts: EnvironmentReceipts, session: Session) throws -> String? {
        if let reason = try ordered(files, receipts, session: session) { return reason }
        let registry = try session.registry()
        guard let document = try files.inForce(at: registry.now())?.authority,
            let version = try Incumbent.inForce(files, session: session)?.version
        else { return nil }
        return try CountingPeople(document, files, session: session).refusals(
            of: version, strategy: nil, policy: document.policy.digest, registry: registry
        ).first
    }

    /// By orders alone: a rollback that is to take it out and that no host has answered, or an order that was taken
    /// back.
    static func ordered(_ files: EnvironmentFiles, _ receipts: EnvironmentReceipts, session: Session) throws -> String?
    {
        let registry = try session.registry()
        guard let newest = receipts.inForce.last, let counter = newest.counter else { return nil }
        let withdrawn = try WithdrawnRollbacks(files.name, session: session).all
        if withdrawn.contains(where: { $0.counter == counter && $0.bundle == newest.bundle }) {
            return "the rollback that put it in force was taken back"
        }
        let lost = withdrawn.filter { $0.isHostLost && $0.counter > counter }.map(\.counter).max()
        if let rollback = try WaitingRollback(files.name, receipts, session: session)?.counter ?? lost {
            return "rollback \(rollback) was ordered to take it out"
        }
        if let state = try registry.promotion(of: newest.bundle)?.state, state == .withdrawn || state == .refused {
            return "its promotion was \(state.rawValue)"
        }
        return nil
    }
}
