import Basics
import Deployment
import ModelBundles
import Registry

/// What runs at a host and should not, for those who can change it.
extension Inbox {
    /// What somebody rejected and is in force, and hosts that have something else in force than the record: for whoever
    /// has the role `promoter` there.
    static func hosts(_ name: String, _ problems: inout [String], session: Session) throws -> [InboxItem] {
        var items: [InboxItem] = []
        let now = session.clock.now(), role = EnvironmentAuthority.Role.promoter
        let damaged = try RecordedHosts(session).each { files in
            guard let document = try? files.inForce(at: now)?.authority,
                let key = document.keys(for: role, at: now).first(where: { $0.name == name || $0.person == name })
            else { return }
            let receipts = try EnvironmentReceipts(files, session: session)
            guard receipts.former == nil else {
                // An order that waits there is one all the same.
                items += RejectedInForce.told(files, session: session).map { item($0, files.name, key, name) }
                return
            }
            // Nobody is sent to what somebody wants out.
            let unwanted =
                receipts.standing.isBehind ? try UnwantedRecord.reason(files, receipts, session: session) : nil
            let standing = receipts.inForce.last.flatMap {
                receipts.standing.problem(files, newest: $0, unwanted: unwanted)
            }
            let found =
                [StrayedHost.problem(files, session: session), standing, ForgottenRollback(receipts)?.problem(files)]
                .compactMap(\.self)
                + RejectedInForce.told(files, session: session)
            items += stopped(files, document, session: session)
            items += found.map { item($0, files.name, key, name) }
        }
        problems += damaged.map(\.message)
        return items
    }

    /// Rollbacks that no host has answered: what they are to take out may trade. For whoever has the role `promoter`
    /// there.
    static func rollbacks(_ name: String, session: Session) throws -> [InboxItem] {
        let now = session.clock.now(), role = EnvironmentAuthority.Role.promoter
        return try WaitingOrders.rollbacks(of: nil, session: session).compactMap { order in
            guard let document = try? order.documents?.inForce(at: now)?.authority,
                let key = document.keys(for: role, at: now).first(where: { $0.name == name || $0.person == name })
            else { return nil }
            return item(order.problem, order.environment, key, name)
        }
    }

    /// What is to be done, as this person would type it.
    private static func item(_ problem: Failure, _ environment: String, _ key: PublicKey, _ name: String) -> InboxItem {
        let next = problem.hint?.replacing("--key KEY", with: "--key \(word(key.name))")
            .replacing("--by PERSON", with: "--by \(word(name))")
        return InboxItem(
            kind: .promotion, subject: environment, what: problem.message,
            next: next ?? "hftml deployments list --environment \(word(environment))", due: nil)
    }

    /// What lies in force and opens no orders, by the rule that its host asks: keys that vouched for it were taken out
    /// of the document.
    private static func stopped(
        _ files: EnvironmentFiles, _ document: EnvironmentAuthority, session: Session
    ) -> [InboxItem] {
        // What cannot be read is told by the receipts.
        guard let standing = try? RestsOnKeys.Standing(files, session: session),
            let objection = Admission.objection(
                inForce: standing.bundle, document: document, known: DocumentTrail.keys(of: files.documents))
        else { return [] }
        let place = word(files.name)
        return [
            InboxItem(
                kind: .promotion, subject: files.name,
                what: "\(standing.reference), in force in '\(files.name)', opens no orders by document "
                    + "\(document.counter): \(objection)",
                next: "hftml gate \(standing.reference) --for \(place) --key KEY --features FILE --strategy FILE; then "
                    + "hftml promote \(standing.reference) --to \(place) …", due: nil)
        ]
    }
}
