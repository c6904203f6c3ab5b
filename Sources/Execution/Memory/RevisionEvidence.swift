import Basics
import Deployment
import ModelBundles

/// What a host has signed and kept of its revisions: receipts, the bundles in `installed/history` and the one in force,
/// and the orders in them. By these a memory that is lost, damaged or older is put together again.
struct RevisionEvidence {
    /// A bundle that is kept.
    private struct Kept {
        /// SHA-256 of its bytes.
        let bundle: String
        let order: DeploymentOrder
        let terms: ModelBundle.Terms
        /// Whether the host itself ordered it.
        let isOwn: Bool
    }

    /// What was in force before a revision, as its host has signed or checked it.
    private enum Before: Equatable {
        case unknown, nothing
        /// SHA-256.
        case bundle(String)
    }

    /// Receipts of what came in force, by number.
    private var inForce: [Int: [Receipt]] = [:]
    /// Numbers of orders that were refused or withdrawn.
    private var refused: Set<Int> = []
    /// Who else than this host signed that a revision came in force, and what to do where that was another host.
    private(set) var former: [Int: (signed: String, away: String)] = [:]
    private var kept: [Int: Kept] = [:]
    /// What lies in force, by an order to this host with a higher number than all that the memory knows of: only an
    /// installation puts it there.
    private(set) var ahead: HostView.Ahead?
    private let now: Nanoseconds

    /// - Parameters:
    ///   - keys: those that the documents name or named.
    ///   - history: the memory as it was found.
    ///   - now: when what has no receipt came in force at the latest.
    init(_ host: TradingHost, _ keys: TrustedKeys, beside history: RevisionHistory, at now: Nanoseconds) throws {
        self.now = now
        try readBundles(host, keys)
        ahead = host.view.ahead(of: history, keys, for: host.key.publicKey.id)
        if let ahead, kept[ahead.order.counter] == nil {
            kept[ahead.order.counter] = Kept(
                bundle: ahead.digest, order: ahead.order, terms: ahead.terms,
                isOwn: !ahead.terms.deployment.signers(among: [host.key.publicKey]).isEmpty)
        }
        let own = OwnReceipts(host)
        var reach = FormerReach(
            host.view, history, kept: kept.values.map { ($0.bundle, $0.terms.manifestDigest) })
        for answer in try own.answers() {
            guard let found = try own.answer(answer, reach) else { continue }
            guard answer.isRevision else {
                refused.insert(answer.number)
                continue
            }
            inForce[answer.number, default: []].append(found.receipt)
            reach.add(found.receipt)
            let signed = own.signed(found, answer.file)
            if !signed.isEmpty { former[answer.number] = (signed, own.away(found, answer.file)) }
        }
    }

    private mutating func readBundles(_ host: TradingHost, _ keys: TrustedKeys) throws {
        let directory = host.directory
        guard Paths.isDirectory(directory.history) else { return }
        for name in try Paths.entries(directory.history, isLenient: true) {
            guard name.hasSuffix(".hftbundle"), let number = Int(name.dropLast(".hftbundle".count)),
                let file = try? HostFile.read(Paths.join(directory.history, name), most: ModelBundle.mostBytes),
                let terms = try? ModelBundle.verify(file.bytes, trusted: keys).terms,
                let order = try? DeploymentOrder(terms.deployment), order.counter == number,
                order.environment == directory.name
            else { continue }
            kept[number] = Kept(
                bundle: Digest.sha256(file.bytes), order: order, terms: terms,
                isOwn: !terms.deployment.signers(among: [host.key.publicKey]).isEmpty)
        }
    }

    /// Numbers that a receipt says came in force, lowest first.
    var signed: [Int] { inForce.keys.sorted() }
    /// Numbers of orders that are refused, withdrawn, or kept.
    var numbers: (refused: Set<Int>, kept: Set<Int>) { (refused, Set(kept.keys)) }

    // MARK: Revisions

    /// Revisions that a history does not have, each with the time of its order where somebody else than this host gave
    /// it.
    ///
    /// One with a receipt needs a bundle of its manifest, its own or another. One whose receipt is gone needs its own
    /// bundle, and that what came in force next says that it followed it, or that it lies in force: a bundle alone is
    /// no revision.
    func revisions(beside history: RevisionHistory) -> [(revision: RevisionHistory.Revision, ordered: Nanoseconds?)] {
        var found: [(RevisionHistory.Revision, Nanoseconds?)] = [], next: RevisionHistory.Revision?
        let numbers = Set(inForce.keys).union(kept.keys).union(history.revisions.map(\.counter))
        for number in numbers.sorted(by: >) {
            if let known = history[number] {
                next = known
            } else if let revision = revision(number, before: next, history) {
                next = revision
                let order = kept[number].flatMap { $0.isOwn || $0.bundle != revision.bundle ? nil : $0.order.time }
                found.append((revision, order))
            }
        }
        return found.reversed()
    }

    private func revision(
        _ number: Int, before next: RevisionHistory.Revision?, _ history: RevisionHistory
    ) -> RevisionHistory.Revision? {
        let receipts = inForce[number] ?? []
        if let kept = kept[number] {
            if let receipt = receipts.first(where: { $0.bundle == kept.bundle }) {
                return made(number, kept, receipt.bundle, kept.order.action, receipt.time)
            }
            // When it came in force nobody knows: not later than the next.
            if receipts.isEmpty, let next, before(next) == .bundle(kept.bundle) {
                return made(number, kept, kept.bundle, kept.order.action, next.time)
            }
            if receipts.isEmpty, next == nil, kept.bundle == ahead?.digest, !refused.contains(number) {
                return made(number, kept, kept.bundle, kept.order.action, min(kept.order.time, now))
            }
        }
        // Its own bundle is gone. Who signed the newest needs that one: it is to be put back in force.
        guard next != nil, let receipt = receipts.first, let manifest = receipt.manifest else { return nil }
        let action: DeploymentOrder.Action = receipt.outcome == .rolledBack ? .rollback : .promote
        if let kept = kept.values.first(where: { $0.terms.manifestDigest == manifest }) {
            return made(number, kept, receipt.bundle, action, receipt.time)
        }
        guard var same = history.revisions.first(where: { $0.manifest == manifest }) else { return nil }
        (same.counter, same.action, same.bundle, same.time) = (number, action, receipt.bundle, receipt.time)
        return same
    }

    private func made(
        _ number: Int, _ kept: Kept, _ bundle: String, _ action: DeploymentOrder.Action, _ time: Nanoseconds
    ) -> RevisionHistory.Revision {
        RevisionHistory.Revision(
            counter: number, action: action, bundle: bundle, manifest: kept.terms.manifestDigest,
            weights: kept.terms.weightsDigest, strategy: kept.terms.strategy.digest, share: kept.order.share,
            time: time)
    }

    /// By its receipt; without one by its order, where a host asks whether that is so: of a promotion, and of what it
    /// has ordered itself.
    private func before(_ revision: RevisionHistory.Revision) -> Before {
        if let receipt = inForce[revision.counter]?.first(where: { $0.bundle == revision.bundle }) {
            return receipt.replaced.map { .bundle($0) } ?? .nothing
        }
        guard let kept = kept[revision.counter], kept.bundle == revision.bundle,
            kept.order.action == .promote || kept.isOwn
        else { return .unknown }
        switch kept.order.previous {
        case .unknown: return .unknown
        case .nothing: return .nothing
        case .revision(_, let bundle): return .bundle(bundle)
        }
    }

    // MARK: Holes

    /// Numbers between revisions, and below the first, by which something came in force that nobody knows, or of which
    /// nobody can tell.
    ///
    /// - Parameters:
    ///   - history: put together.
    ///   - known: the memory as it was found; what it left out in between was refused or withdrawn, unless a receipt
    ///     says something else. Nil where none was found.
    func holes(in history: RevisionHistory, known: RevisionHistory?) -> [ClosedRange<Int>] {
        var holes: [ClosedRange<Int>] = [], last: RevisionHistory.Revision?
        for revision in history.revisions {
            defer { last = revision }
            let from = (last?.counter ?? 0) + 1
            guard from < revision.counter else { continue }
            let numbers = from...(revision.counter - 1)
            if isHole(numbers, between: last, revision, known) { holes.append(numbers) }
        }
        return holes
    }

    private func isHole(
        _ numbers: ClosedRange<Int>, between last: RevisionHistory.Revision?, _ next: RevisionHistory.Revision,
        _ known: RevisionHistory?
    ) -> Bool {
        // What came in force was neither refused nor withdrawn, whatever a memory that was found says.
        if numbers.contains(where: { inForce[$0] != nil }) { return true }
        let before = before(next)
        guard before == .unknown else { return before != (last.map { .bundle($0.bundle) } ?? .nothing) }
        if let known, known[next.counter] != nil, last.map({ known[$0.counter] != nil }) ?? true {
            return known.unknown.contains { $0.overlaps(numbers) }
        }
        return numbers.count > refused.count || !numbers.allSatisfy(refused.contains)
    }
}
