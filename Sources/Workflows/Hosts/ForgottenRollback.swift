import Basics
import Deployment

/// A rollback at the host to what an earlier rollback had left, which the host has forgotten: what was taken out runs
/// again, by the host's own word. Told while it is in force.
struct ForgottenRollback {
    /// What came in force by it.
    let newest: Receipt
    /// Number of its revision.
    let counter: Int
    /// Number of the revision that was taken out.
    private let left: Int
    /// Number of the rollback that took it out; nil where nobody can tell.
    private let taker: Int?
    /// Number of the last revision before what was taken out; nil for none.
    private let back: Int?

    /// - Returns: nil where nothing of the kind is in force.
    init?(_ receipts: EnvironmentReceipts) {
        guard receipts.former == nil, let newest = receipts.inForce.last, newest.outcome == .rolledBack,
            let counter = newest.counter,
            let manifest = newest.manifest
        else { return nil }
        let before = RevisionHistory(
            receipts.inForce.filter { $0.counter ?? 0 < counter }.compactMap(RevisionHistory.Revision.init))
        // It may have been promoted and left more than once: the last time counts.
        guard let last = before.revisions.last(where: { $0.manifest == manifest }),
            !before.path.contains(where: { $0.manifest == manifest })
        else { return nil }
        (self.newest, self.counter, left) = (newest, counter, last.counter)
        taker = before.revisions.first { $0.action == .rollback && $0.counter > last.counter }?.counter
        back = before.path.last { $0.counter < last.counter }?.counter
    }

    /// Whether the way that led to what was taken out leads over a revision. What came after it is out of the reach of
    /// a host that has forgotten.
    func isBefore(_ revision: RevisionHistory.Revision) -> Bool { revision.counter < left }

    /// For people.
    func problem(_ files: EnvironmentFiles) -> Failure {
        let way =
            back.map { "hftml rollback \(files.name) --to \($0) --reason TEXT --key KEY" }
            ?? "hftml promote NAME/VERSION --to \(files.name) …"
        return Failure(
            "host.rollback-forgotten",
            "found revision \(counter) of '\(files.name)' in force"
                + (newest.reference.map { " (\($0))" } ?? "") + ", a rollback to what "
                + (taker.map { "revision \($0)" } ?? "another rollback")
                + " had taken out: its host has forgotten that",
            hint: "take it out: \(way); or stop trading: hftml-runtime halt \(files.host.directory) --by PERSON "
                + "--reason TEXT", exitStatus: .refused)
    }
}
