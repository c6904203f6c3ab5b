import Basics
import Deployment
import ModelBundles
import Registry

/// A rollback that was ordered and that no host has carried out, nor anything later: until one does, what it is to take
/// out may trade. That its host refused it changes nothing of that.
struct WaitingRollback {
    /// Of its order.
    let counter: Int
    /// SHA-256 of the bundle that carries it.
    let bundle: String
    /// `NAME/VERSION` that it goes back to; nil where nobody knew.
    let version: String?
    /// In words of who ordered it.
    let reason: String
    /// When it was ordered, by the log.
    let time: Nanoseconds
    /// Where it was handed over; nil for an order of before the log said so.
    let place: HandOverPlace?
    /// Whether the host that it is for is one no more, or works elsewhere: none of its answers would count here.
    private let isFormer: Bool
    /// Why its host refused it, which spends its number; nil for one that waits for an answer.
    let refusal: String?
    /// Whether nothing is in force at its host: there is nothing to go back along.
    private let isHostEmpty: Bool

    /// - Parameter receipts: of the environment; nil where its directory is not here, and the record alone tells.
    /// - Returns: nil where none waits. One whose host is lost by a promoter's word waits for nobody.
    init?(_ environment: String, _ receipts: EnvironmentReceipts?, session: Session) throws {
        let registry = try session.registry()
        let signed = receipts == nil ? try RecordedHosts.SignedThere(environment, session: session)?.receipts : nil
        let rows =
            receipts == nil && signed == nil
            ? try registry.deployments(environment: environment).filter { $0.envelope != nil && $0.isAnswer } : []
        func recorded(_ order: Order) throws -> [Answer] {
            // Of an environment whose documents are not here nobody can tell what its hosts signed.
            if let signed { return signed.map { Answer($0.receipt) } }
            guard !rows.isEmpty, try WithdrawPromotion.documents(of: order.bundle, session: session) == nil else {
                return []
            }
            return rows.map {
                Answer(outcome: $0.outcome, counter: $0.counter ?? 0, bundle: $0.bundle, reason: $0.reason)
            }
        }
        let first = try registry.rollbackEntries(environment: environment).lazy.compactMap { counter, detail, entry in
            detail[key: "bundle"]?.stringValue.map {
                Order(counter: counter, bundle: $0, detail: detail, entry: entry)
            }
        }.first { order in
            let answers = try receipts.map { Self.answers($0, to: order) } ?? recorded(order)
            let newest = answers.lazy.filter(\.isInForce).map(\.counter).max() ?? 0
            // Most are answered: of those nothing is read. One that no host would take waits for nobody.
            return try newest >= order.counter
                || order.counter <= newest.saturatingPlus(DeploymentOrder.longestStep)
                    && order.isPromoters(environment, session: session)
        }
        guard let order = first else { return nil }
        let place = order.place, bundle = order.bundle
        var answers = try receipts.map { Self.answers($0, to: order) } ?? recorded(order)
        // What a host says that was moved with the order is on record at its new place.
        if !answers.contains(where: { $0.isDone(order.counter, bundle) }) {
            answers += try MovedHost.answers(
                to: bundle, order.counter, from: environment, by: place?.host, session: session
            ).map { Answer(outcome: $0.outcome, counter: $0.counter ?? 0, bundle: $0.bundle, reason: $0.reason) }
        }
        // One without the number spends none: a copy of the order may come in force yet.
        let refusal = answers.last {
            $0.outcome == "refused" && $0.bundle == bundle && $0.counter == order.counter
        }.map { $0.reason ?? "no reason" }
        guard !answers.contains(where: { $0.isDone(order.counter, bundle) }),
            try !WithdrawnRollbacks(environment, session: session).all.contains(where: {
                ($0.isHostLost || refusal != nil) && $0.counter == order.counter && $0.bundle == bundle
            })
        else { return nil }
        self.refusal = refusal
        (counter, self.bundle, time) = (order.counter, bundle, order.entry.time)
        version = order.detail[key: "version"]?.stringValue
        reason = order.detail[key: "reason"]?.stringValue ?? ""
        self.place = place
        isFormer = receipts?.former.map { former in place?.host.map(former.keys.contains) ?? true } ?? false
        isHostEmpty = receipts?.standing.isEmpty ?? false
    }

    /// As the log has it.
    private struct Order {
        let counter: Int
        let bundle: String
        let detail: JSONValue
        let entry: AuditEntry

        var place: HandOverPlace? { HandOverPlace(detail[key: "place"]) }

        /// Whether a promoter of then has signed it, as far as anybody can tell here: an entry is the word of whoever
        /// writes the registry, and whoever was a promoter once hides no order by a later one.
        func isPromoters(_ environment: String, session: Session) throws -> Bool {
            guard let bytes = session.storedBundle(bundle),
                let promoters = try PromotersOnRecord(at: environment, order: bundle, session: session)
            else { return true }
            return promoters.isOrder(bytes, counter: counter, entry)
        }
    }

    /// What a host said of an order.
    private struct Answer {
        let outcome: String
        let counter: Int
        let bundle: String
        let reason: String?

        init(outcome: String, counter: Int, bundle: String, reason: String?) {
            (self.outcome, self.counter, self.bundle, self.reason) = (outcome, counter, bundle, reason)
        }

        init(_ receipt: Receipt) {
            self.init(
                outcome: receipt.outcome.rawValue, counter: receipt.counter ?? 0, bundle: receipt.bundle,
                reason: receipt.reason)
        }

        var isInForce: Bool { outcome == "installed" || outcome == "rolled-back" }

        /// Whether a rollback is done with: something came in force by it or after it, or its host took it back.
        func isDone(_ order: Int, _ own: String) -> Bool {
            isInForce ? counter >= order : outcome == "withdrawn" && bundle == own
        }
    }

    /// What the host signed that an order is for, before another one lay in its place as well; what others say of that
    /// order does not count.
    private static func answers(_ receipts: EnvironmentReceipts, to order: Order) -> [Answer] {
        let host = order.place?.host
        let former = receipts.foreign.filter { receipt in
            host.map { $0 == receipts.signer(of: receipt) } ?? (receipt.bundle == order.bundle)
        }
        return (receipts.proven + former).map(Answer.init)
    }

    /// For people: that it waits, and how its waiting ends.
    ///
    /// - Parameters:
    ///   - environment: as the record calls it.
    ///   - host: what lies in its directory here; nil where that is no environment.
    func problem(_ environment: String, _ host: DeploymentDirectory?, session: Session) -> Failure {
        let name = Inbox.word(environment)
        let again =
            isHostEmpty
            ? "promote another version, since nothing is in force there: hftml promote NAME/VERSION --to \(name) …"
            : RollBack.Refused.way(environment, nil)
        let lost = "hftml deployments withdraw \(name) --host-is-lost --reason TEXT --key KEY"
        let isHere =
            place.map { $0.isHere(session.environmentPath(environment), host) }
            ?? host.map { [$0.hostKey, $0.hostPublicKey].contains(where: Paths.exists) } ?? false
        let hint: String
        if refusal != nil, !isFormer {
            let way = isHostEmpty ? again : RollBack.Refused.way(environment, refusal)
            hint = "\(way); or, where nothing is to be taken out any more: hftml deployments withdraw \(name)"
        } else if isFormer {
            hint = "no answer of that host counts here any more; take it back: \(lost)"
        } else if isHere, let host {
            let look = "let the host look: hftml-runtime accept \(Inbox.word(host.directory))"
            let way =
                Paths.exists(Paths.join(host.inbox, RollBack.fileName(counter, bundle)))
                ? "\(look); or take it back: hftml deployments withdraw \(name)"
                : "its order lies in the inbox no more; \(look); or \(again)"
            let isCopy = HostStanding.isGone(host.hostKey)
            hint = way + (isCopy ? "; where that host is lost for good: \(lost)" : "")
        } else {
            let moved = (try? MovedHost.next(of: environment, session: session)).flatMap { $0 }
            let there = place.map { Inbox.word($0.directory) + ($0.isMachine ? "" : ", on \($0.machine)") }
            hint =
                "let the host look where it " + (moved == nil ? "was handed over" : "works now")
                + ": hftml-runtime accept \(moved.map(Inbox.word) ?? there ?? "DIRECTORY"); where that host is lost "
                + "for good: \(lost)"
        }
        let state =
            refusal.map { " was refused by its host (\(RollBack.Refused.words($0)))" }
            ?? " waits for its host" + (place.map { ", handed over in \($0.words)" } ?? "")
        return Failure(
            refusal == nil ? "promote.rollback-waits" : "promote.refused-by-runtime",
            "the rollback \(counter) of '\(environment)'" + (version.map { " to \($0)" } ?? "")
                + " was ordered at \(TimeText.seconds(time)) (\(reason)) and\(state)"
                + (isFormer ? ", which is one no more" : ": what it is to take out may trade"),
            hint: hint, exitStatus: .refused)
    }
}
