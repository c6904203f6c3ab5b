package import Basics
package import Deployment
import Foundation
import ModelBundles

/// What a person does at the trading host: halt, resume, roll back. Each leaves a signed receipt with person and
/// reason.
package struct HostOperator: Sendable {
    private let directory: DeploymentDirectory
    /// Who it is, as receipts say.
    private let person: String
    /// Why, in their words.
    private let reason: String
    private let clock: Clock

    /// - Throws: ``Failure`` with code `usage.reason` for an empty name or reason.
    package init(_ directory: DeploymentDirectory, person: String, reason: String, clock: Clock = .system) throws {
        func told(_ text: String, _ option: String) throws -> String {
            let text = text.split(whereSeparator: \.isNewline).joined(separator: " ")
                .trimmingCharacters(in: .whitespaces)
            guard !text.isEmpty else {
                throw Failure(
                    "usage.reason", "found nothing after \(option)", hint: "say who and why: --by PERSON --reason TEXT",
                    exitStatus: .usage)
            }
            return text
        }
        self.person = try told(person, "--by")
        self.reason = try told(reason, "--reason")
        (self.directory, self.clock) = (directory, clock)
    }

    /// Stops opening orders. A second halt adds its words to the first. Trading is halted even where no receipt can be
    /// written, which is then the error.
    package func halt() throws -> Receipt {
        let time = clock.now()
        // Whatever lies under that name halts; only a directory takes no words.
        if !Paths.isRealDirectory(directory.haltFile) {
            let earlier = HostFile.words(directory.haltFile)
            try AtomicFile.write(earlier + "\(TimeText.utc(time)) \(person): \(reason)\n", to: directory.haltFile)
        }
        do {
            try HaltBook(view: try HostView(directory)).halt(at: time)
            return try tell(.halted, at: time)
        } catch let error as any UserFacingError {
            // A loop that was running when its key went still looks at the file, so it stays.
            guard Paths.exists(directory.hostKey) else { throw copy(error) }
            throw Failure(
                "runtime.no-receipt", "trading is halted, and no receipt of it was written: \(error.message)",
                hint: error.hint)
        }
    }

    /// A directory that was copied or restored has all but the host.
    private func copy(_ error: any UserFacingError) -> Failure {
        Failure(
            "runtime.no-receipt",
            "no host trades by this directory, so nothing was halted but a process that may still run in it: no host's "
                + "key lies here, and what trades elsewhere trades on; \(error.message)",
            hint: "halt where the host's key lies: hftml-runtime halt DIRECTORY --by PERSON --reason TEXT; "
                + (error.hint ?? ""))
    }

    /// Trades again. The receipt is written first: nobody resumes without one.
    ///
    /// - Returns: nil where nothing was halted.
    package func resume() throws -> Receipt? {
        // Also where somebody took the file away, and the host remembers the halt, or has signed it.
        let isRemembered = try (try? HostView(directory))?.halts().isHalted ?? false
        let isSigned = try (try? TradingHost(directory)).map { try HostActs($0).standing() != nil } ?? false
        guard isRemembered || isSigned || Paths.exists(directory.haltFile) else { return nil }
        let receipt = try tell(.resumed, at: clock.now())
        if Paths.exists(directory.haltFile) { try Paths.remove(directory.haltFile) }
        // Stopped in between, the next look ends the halt: a canary loses hours then, and gains none.
        try HaltBook(view: try HostView(directory)).resume(at: receipt.time)
        return receipt
    }

    private func tell(_ outcome: Receipt.Outcome, at time: Nanoseconds) throws -> Receipt {
        let host = try TradingHost(directory), current = try host.view.history().current
        return try HostActs(host).write(
            Receipt(
                environment: directory.name, outcome: outcome, bundle: current?.bundle ?? "",
                counter: current?.counter, manifest: current?.manifest, reason: reason, person: person, time: time))
    }

    // MARK: Rollback

    /// Puts the last different version of the history back in force, by an order that this host signs.
    ///
    /// - Parameters:
    ///   - counter: of another revision that is wanted.
    ///   - installer: has the right to put bundles in force.
    /// - Throws: ``Failure`` with code `rollback.none` where there is nothing to go back to, `rollback.unknown`,
    ///   `runtime.rollback-role` where the environment does not let this host order, and whatever the admission says.
    package func rollBack(to counter: Int? = nil, with installer: BundleInstaller) throws -> Receipt {
        // What was begun before, and newer documents, count first. Bundles that wait in the inbox do not: the last
        // different version would be the one that is to go.
        var look = BundleInstaller.Look()
        let authority = try installer.prepare(&look)
        return try installer.put(try bundle(to: counter, installer.host, authority).bytes, authority)
    }

    /// The same where another process works in the environment: it gets the order through the inbox, and writes the
    /// receipt.
    ///
    /// - Returns: the revision that the order asks for.
    /// - Throws: as ``rollBack(to:with:)``.
    package func handOverRollback(to counter: Int? = nil) throws -> Int {
        let host = try TradingHost(directory), (authority, _) = try host.view.authority(at: clock.now())
        let (bytes, revision) = try bundle(to: counter, host, authority)
        try AtomicFile.write(bytes, to: Paths.join(directory.inbox, "rollback-\(revision).hftbundle"))
        return revision
    }

    private func bundle(to counter: Int?, _ host: TradingHost, _ authority: AuthorityEnvelope) throws -> (
        bytes: [UInt8], counter: Int
    ) {
        let now = max(clock.now(), try host.view.seen()), history = try host.view.history()
        let document = authority.authority
        try requireRole(host, document, at: now)
        let (target, kept) = try stored(try history.rollbackTarget(to: counter), history, host)
        guard let terms = try ModelBundle.verify(kept, trusted: TrustedKeys(try host.view.trail(authority).keys)).terms
        else { throw damaged(target, host) }
        let days = Int64(saturating: document.deploymentDays * 86_400_000_000_000)
        var order = DeploymentOrder(
            environment: directory.name, authority: (document.counter, authority.digest),
            counter: history.spentCounter + 1, action: .rollback, manifest: target.manifest,
            verdict: terms.verdict.payloadDigest, limits: terms.limitsDigest, share: target.share, time: now,
            expiresAt: now.saturatingPlus(days), person: person, reason: reason)
        order.previous = DeploymentOrder.Previous(history.current)
        order.host = host.key.publicKey.id
        return (
            try ModelBundle.redeployed(kept, deployment: try order.signed(by: host.key)), order.counter
        )
    }

    /// The bytes of a revision, or of another with its manifest where its own are lost or damaged.
    private func stored(
        _ target: RevisionHistory.Revision, _ history: RevisionHistory, _ host: TradingHost
    ) throws -> (RevisionHistory.Revision, [UInt8]) {
        let same = history.revisions.filter { $0.manifest == target.manifest && $0.counter != target.counter }
        for revision in [target] + same.reversed() {
            let file = try? HostFile.read(directory.revision(revision.counter), most: ModelBundle.mostBytes)
            if let file, Digest.sha256(file.bytes) == revision.bundle { return (revision, file.bytes) }
        }
        // Says what it is where it is no file.
        guard try host.view.bytes(directory.revision(target.counter), most: ModelBundle.mostBytes) != nil else {
            throw host.view.damaged("found no revision \(target.counter) in installed/history", next: another(target))
        }
        throw damaged(target, host)
    }

    private func damaged(_ target: RevisionHistory.Revision, _ host: TradingHost) -> Failure {
        host.view.damaged("found revision \(target.counter) damaged in installed/history", next: another(target))
    }

    private func another(_ revision: RevisionHistory.Revision) -> String {
        "name another with --to, or bring its bundle back from a backup: cp BUNDLE "
            + directory.revision(revision.counter)
    }

    private func requireRole(_ host: TradingHost, _ document: EnvironmentAuthority, at now: Nanoseconds) throws {
        let role = EnvironmentAuthority.Role.promoter, id = host.key.publicKey.id
        guard document.keys(for: role, at: now).contains(where: { $0.id == id }) else {
            throw Failure(
                "runtime.rollback-role",
                "found no role '\(role)' for this host's key (\(id)) in document \(document.counter) of "
                    + "'\(document.name)'",
                hint: "roll back from a workstation: hftml rollback \(document.name) --reason TEXT; or stop trading: "
                    + "hftml-runtime halt \(directory.directory) --by PERSON --reason TEXT")
        }
    }
}
