package import Basics
package import Deployment
import Foundation
package import ModelBundles

/// Takes bundles from the inbox, verifies them, and puts the newest good one in force.
///
/// The order of what is written, each step forced to the disk before the next:
///
///     1  installed/history/COUNTER.hftbundle   the bytes that were verified
///     2  installed/state.json                  from here on the counter counts, whatever happens
///     3  installed/current.hftbundle           the same bytes
///     4  receipts/revision-COUNTER-….json      signed
///     5  inbox/…                               the name is taken away
///
/// Stopped between any two, the next look ends what was begun: before 2 nothing has happened, after it the bundle comes
/// into force. What is refused leaves the bundle in force alone. Every bundle gets one receipt, and every order one
/// answer: its number is spent then, also where the answer is no.
package struct BundleInstaller: Sendable {
    /// The host in whose name it speaks.
    package let host: TradingHost
    let clock: Clock
    /// How much it keeps.
    let retention: Retention
    /// Held as long as this lives.
    private let lock: EnvironmentLock
    /// What its own receipts say of the time, read once.
    let receiptTimes = ReceiptTimes()
    private let leftovers = Leftovers()
    private let tracked = TrackedSince()
    /// Called after each step of an installation; tests stop there.
    private let afterStep: @Sendable (Step) throws -> Void

    /// The steps of an installation, by what is written.
    package enum Step: Sendable, CaseIterable {
        case history, state, current, receipt, inbox
    }

    /// What a look into the inbox gave.
    package struct Look: Sendable {
        /// What became of what lay there.
        package var receipts: [Receipt] = []
        /// Those among them of what came in force earlier: they were missing, or by another key.
        package var late: [Receipt] = []
        /// The bundle that is in force afterwards, if it changed.
        package var installed: ModelBundle?
        /// The bundle that is in force afterwards; nil where there is none, or where its key is not known any more.
        package var inForce: ModelBundle?
        /// Why what is in force may not go on trading; nil where it may.
        package var objection: String?
        /// The answer to the last order; where none came, to whatever came last.
        package var lastAnswer: Receipt? { receipts.last { $0.counter != nil } ?? receipts.last }
        /// What an operator should mend, and stops nothing.
        package var problems: [String] = []
        /// The first of them.
        package var problem: String? { problems.first }
        /// Bundles and other mail that wait for the next look: this one answered as many as it may.
        package var waiting = 0
        /// Documents, lists and withdrawals among them.
        var mailWaiting = 0
        /// The latest time that the host has seen.
        var time: Nanoseconds = 0
        /// Numbers that this host had answered, by its receipts, and its memory did not know of.
        var recalled: Set<Int> = []
    }

    /// - Parameter clock: the time of receipts, and of all that expires.
    package init(
        _ host: TradingHost, lock: EnvironmentLock, clock: Clock = .system, retention: Retention = Retention(),
        afterStep: @escaping @Sendable (Step) throws -> Void = { _ in }
    ) {
        (self.host, self.lock, self.clock, self.afterStep) = (host, lock, clock, afterStep)
        self.retention = retention
    }

    /// Takes the lock of an environment.
    ///
    /// - Throws: as ``TradingHost/init(_:)`` and ``EnvironmentLock/init(_:)``.
    package init(_ directory: DeploymentDirectory, clock: Clock = .system) throws {
        self.init(try TradingHost(directory), lock: try EnvironmentLock(directory), clock: clock)
    }

    var directory: DeploymentDirectory { host.directory }

    /// The bundle in force, verified again, or nil if there is none.
    ///
    /// - Throws: as ``HostView/current(_:)`` and ``HostView/authority(at:)``.
    package func current() throws -> ModelBundle? {
        try host.view.current(try host.view.authority(at: clock.now()).newest)
    }

    /// Ends what a stopped process began, takes newer documents and withdrawals, then works through the bundles of the
    /// inbox, as ``queue(_:)`` says: what makes safe comes first, also where other mail waits.
    ///
    /// - Parameter loop: what the loop that trades meanwhile can take; a promotion of anything else is refused. A
    ///   rollback is not: the loop only closes then what it has. Nil where none trades.
    /// - Throws: ``FileError``, ``Failure`` where nobody can tell what may be in force; a bundle or a document that is
    ///   refused is no error but a receipt.
    package func look(for loop: TradingLoop.Intake? = nil) throws -> Look {
        var look = Look()
        let authority = try prepare(&look)
        try takeBundles(authority, for: loop, &look)
        if look.receipts.contains(where: { $0.outcome == .refused && $0.counter == nil }) { try boundStrays() }
        (look.inForce, look.objection) = try inForce(authority)
        let key = host.key.publicKey
        look.inForce.flatMap { host.view.orderedElsewhere($0, key) }.map { look.problems.append($0) }
        return look
    }

    /// What comes before any bundle: newer documents, and the end of what a stopped process began.
    ///
    /// - Returns: the newest document.
    /// - Throws: as ``look()``.
    func prepare(_ look: inout Look) throws -> AuthorityEnvelope {
        try tracked.requireNone(directory)
        leftovers.sweep(directory)
        try takeDocuments(&look)
        let clocks = clock.now(), (authority, problems) = try host.view.authority(at: clocks)
        try keepDocument(authority, at: clocks)
        look.time = try see(clocks)
        look.problems = problems
        HostView.clockProblem(clocks, seen: look.time).map { look.problems.append($0) }
        look.problems += try HaltBook(view: host.view).takeOver(at: clocks, by: host) + host.view.blocked()
        look.recalled = try recall()
        try takeLists(authority, &look)
        look.late = try recover(authority, &look.problems)
        look.receipts += look.late
        try host.view.history().holeProblem.map { look.problems.append($0) }
        let key = host.key.publicKey
        if try host.view.dismissed(key, authority) != nil {
            host.view.unnamed(key, authority.authority).map { look.problems.append($0) }
        }
        try takeWithdrawals(authority, &look)
        return authority
    }

    /// What is in force, and why it may not go on trading; also where its key is not known any more.
    private func inForce(_ authority: AuthorityEnvelope) throws -> (ModelBundle?, objection: String?) {
        do {
            guard let bundle = try host.view.current(authority) else { return (nil, nil) }
            let dismissed = try host.view.dismissed(host.key.publicKey, authority)
            return (bundle, try admission(authority).objection(inForce: bundle) ?? dismissed)
        } catch let refusal as ModelBundle.Refusal where refusal.reason == .untrustedKey {
            return (nil, refusal.detail)
        }
    }

    private func admission(_ authority: AuthorityEnvelope) throws -> Admission {
        Admission(
            environment: host.view.pin.environment, authority: authority, history: try host.view.history(),
            trail: try host.view.trail(authority), seen: try host.view.seen(), host: host.key.publicKey.id)
    }

    // MARK: Bundles

    /// What became of a bundle of the inbox. It gets one answer: what was refused is not looked at again, and a copy of
    /// what a key of the environment has ordered gets no other.
    ///
    /// - Returns: no receipt for what needs none: it was withdrawn meanwhile, is in force already, or was told before.
    func take(
        _ name: String, _ authority: AuthorityEnvelope, for loop: TradingLoop.Intake?, recalled: Set<Int>
    ) throws -> (receipts: [Receipt], ModelBundle?) {
        let file: HostFile
        switch try read(name, most: ModelBundle.mostBytes) {
        case .file(let found): file = found
        case .told(let receipt): return ([receipt], nil)
        case .nothing: return ([], nil)
        }
        let digest = Digest.sha256(file.bytes), history = try host.view.history()
        if history.current?.bundle == digest { return (try clear(file, name), nil) }
        var receipt = Receipt(
            environment: directory.name, outcome: .refused, bundle: digest, time: clock.now())
        var ordered: Nanoseconds?, elsewhere: String?
        do {
            let bundle = try ModelBundle.verify(file.bytes, trusted: TrustedKeys(try host.view.trail(authority).keys))
            let admission = try admission(authority)
            if try isAnswered(bundle, digest, history, recalled) {
                return (try reject(file, name, as: "\(digest.prefix(16)).hftbundle"), nil)
            }
            receipt.name = bundle.identity.name
            receipt.version = bundle.identity.version
            receipt.signer = bundle.signer.name
            receipt.manifest = bundle.terms?.manifestDigest
            receipt.counter = admission.asked(bundle, at: receipt.time)
            ordered = self.ordered(bundle)
            if isOrdered(bundle, authority, at: receipt.time), let order = bundle.terms?.deployment {
                elsewhere = TradingHost.elsewhereName(order.payloadDigest)
            }
            let order = try admission.check(bundle, at: receipt.time)
            if order.action == .promote { try loop?.require(bundle) }
            let installed = try install(file.bytes, bundle, order, history, authority)
            let told = try clear(file, name)
            try afterStep(.inbox)
            return (told + [installed], bundle)
        } catch let refusal as any UserFacingError where !(refusal is FileError) && refusal.code != "runtime.state" {
            receipt.reason = BundleInstaller.reason(refusal)
            let kept = "\(digest.prefix(16)).hftbundle"
            if receipt.counter == nil, let elsewhere, host.receipt(elsewhere) != nil {
                return (try reject(file, name, as: kept), nil)
            }
            // The answer before its number is spent: whoever is stopped in between has not lost the reason.
            let own = receipt.counter.map { TradingHost.refusalName($0, bundle: digest) } ?? elsewhere
            try host.write(receipt, as: own ?? TradingHost.strayName(receipt))
            if let counter = receipt.counter { try spend(counter, orderedAt: ordered) }
            return (try reject(file, name, as: kept) + [receipt], nil)
        }
    }

    /// Puts bytes that this host made in force, as if they had come through the inbox.
    ///
    /// - Throws: what ``Admission/check(_:at:)`` says against them.
    func put(_ bytes: [UInt8], _ authority: AuthorityEnvelope) throws -> Receipt {
        let bundle = try ModelBundle.verify(bytes, trusted: TrustedKeys(try host.view.trail(authority).keys))
        let order = try admission(authority).check(bundle, at: clock.now())
        return try install(bytes, bundle, order, try host.view.history(), authority)
    }

    /// Code, what was found, and the next step.
    static func reason(_ error: any UserFacingError) -> String {
        let detail = (error as? ModelBundle.Refusal)?.detail ?? error.message
        return "\(error.code): \(detail)" + (error.hint.map { "; next: \($0)" } ?? "")
    }

    // MARK: Into force

    private func install(
        _ bytes: [UInt8], _ bundle: ModelBundle, _ order: DeploymentOrder, _ history: RevisionHistory,
        _ authority: AuthorityEnvelope
    ) throws -> Receipt {
        guard let terms = bundle.terms else { throw host.view.damaged("found a bundle without an order") }
        // Not behind what was seen, nor before the order: what was judged before a rollback stays before it, whatever
        // the clock says.
        let clocks = clock.now(), seen = try see(clocks)
        let time = max(seen, min(order.time, clocks.saturatingPlus(Admission.clockTolerance)))
        // From the first bundle on a missing memory is a loss, not a beginning.
        if !Paths.exists(directory.stateFile) {
            try AtomicFile.write(history.json.text(.pretty) + "\n", to: directory.stateFile)
        }
        try AtomicFile.write(bytes, to: directory.revision(order.counter))
        // What was in force before there were orders has no place in the history.
        if history.current == nil, Paths.exists(directory.current) {
            guard rename(directory.current, directory.previous) == 0 else {
                throw FileError("move", directory.current)
            }
        }
        try afterStep(.history)
        var next = history
        next.append(
            RevisionHistory.Revision(
                counter: order.counter, action: order.action, bundle: bundle.digest, manifest: terms.manifestDigest,
                weights: terms.weightsDigest, strategy: terms.strategy.digest, share: order.share, time: time))
        if let ordered = ordered(bundle) { next.note(ordered: ordered, at: seen) }
        try AtomicFile.write(next.json.text(.pretty) + "\n", to: directory.stateFile)
        try afterStep(.state)
        try AtomicFile.write(bytes, to: directory.current)
        try afterStep(.current)
        let receipt = try writeReceipt(
            of: bundle, order, replaced: history.current?.bundle, at: time,
            emergency: authority.authority.emergency(at: seen))
        try afterStep(.receipt)
        return receipt
    }

    /// Whether this host has signed that it refused an order, and was stopped before its number was spent; it is now.
    private func isAnswered(
        _ bundle: ModelBundle, _ digest: String, _ history: RevisionHistory, _ recalled: Set<Int>
    ) throws -> Bool {
        guard let order = bundle.terms.flatMap({ try? DeploymentOrder($0.deployment) }),
            order.counter > history.spentCounter || recalled.contains(order.counter),
            host.hasReceipt(TradingHost.refusalName(order.counter, bundle: digest), of: digest)
        else { return false }
        try spend(order.counter, orderedAt: ordered(bundle))
        return true
    }

    /// When somebody else than this host signed an order; its own clock is what such times are held against.
    private func ordered(_ bundle: ModelBundle) -> Nanoseconds? {
        guard let envelope = bundle.terms?.deployment, envelope.signers(among: [host.key.publicKey]).isEmpty else {
            return nil
        }
        return try? DeploymentOrder(envelope).time
    }

    func writeReceipt(
        of bundle: ModelBundle, _ order: DeploymentOrder, replaced: String?, at time: Nanoseconds, emergency: String?
    ) throws -> Receipt {
        let isRollback = order.action == .rollback
        return try host.write(
            Receipt(
                environment: directory.name, outcome: isRollback ? .rolledBack : .installed, bundle: bundle.digest,
                counter: order.counter, name: bundle.identity.name, version: bundle.identity.version,
                manifest: bundle.terms?.manifestDigest, signer: bundle.signer.name,
                reason: order.reason.isEmpty ? nil : order.reason, person: isRollback ? order.person : nil, time: time,
                replaced: replaced, emergency: isRollback ? emergency : nil),
            as: TradingHost.receiptName(order.counter, bundle: bundle.digest))
    }
}
