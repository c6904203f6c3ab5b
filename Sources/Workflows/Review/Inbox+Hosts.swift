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
            let standing = receipts.inForce.last.flatMap { receipts.standing.problem(files, newest: $0) }
            let found =
                [standing, RecordedHosts.takenOutBefore(files, receipts)].compactMap(\.self)
                + RejectedInForce.told(files, session: session)
            items += found.map { problem in
                let next = problem.hint?.replacing("--key KEY", with: "--key \(word(key.name))")
                return InboxItem(
                    kind: .promotion, subject: files.name, what: problem.message,
                    next: next ?? "hftml deployments list --environment \(word(files.name))", due: nil)
            }
        }
        problems += damaged.map(\.message)
        return items
    }
}
