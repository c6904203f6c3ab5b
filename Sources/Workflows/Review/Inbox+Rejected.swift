import Basics
import ModelBundles
import Promotion
import Registry

extension Inbox {
    /// A version that somebody rejected waits for nobody but them. Whoever would be asked for an approval is told so;
    /// whoever rejected it is, once a gate has judged it again since: somebody wants it.
    ///
    /// - Parameters:
    ///   - noes: rejections that stand, in the order in which they were signed.
    ///   - isAsked: whether a rule would ask this person for an approval.
    ///   - policy: its file, as people type it.
    static func rejected(
        _ noes: [Statement.Verified], _ name: String, isAsked: Bool, _ recorded: RecordedDecision, policy: String,
        in place: CountingPeople
    ) -> InboxItem? {
        guard let first = noes.first else { return nil }
        let own = noes.last { [$0.key.name, $0.key.person, $0.statement.signer].contains(name) }
        if let own {
            guard recorded.decision.decidedAt > own.statement.signedAt else { return nil }
        } else if !isAsked {
            return nil
        }
        let told = own ?? first, reference = recorded.reference
        let place = place.environment
        let inside = place.map { "in '\($0)' " } ?? "",
            how = place.map { "--for \(word($0))" } ?? "--policy \(word(policy))"
        let who = own == nil ? "'\(told.statement.signer)' takes" : "you take"
        return InboxItem(
            kind: .approval, subject: reference,
            what: "\(told.datedRefusal); \(inside)it waits for nothing until \(who) that back",
            next: own == nil
                ? "hftml gates show \(reference)"
                : "hftml approve \(reference) \(how) --as \(word(told.statement.signer))",
            due: nil)
    }
}
