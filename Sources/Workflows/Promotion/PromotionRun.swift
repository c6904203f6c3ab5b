import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// An admitted promotion in; what ``PromotionMachine`` asks for, done step by step until it rests, out.
struct PromotionRun {
    let promotion: PromotionRecord
    /// The entry of the log up to which the facts were gathered.
    let seen: Int
    /// Id of the key of the host that the order is for; nil where it names none.
    let host: String?
    let bytes: [UInt8]
    let grant: PromotionCheck.Grant
    let request: PromoteModel.Request
    let authority: EnvironmentAuthority
    let rule: HealthRule?
    let key: any Signer
    let files: EnvironmentFiles
    let runtime: RuntimePort
    let session: Session

    /// Where the bundle is handed over.
    var path: String { Paths.join(session.root, promotion.path) }

    /// - Returns: the receipt of a promotion that was installed.
    /// - Throws: ``Failure`` with code `promote.no-receipt`, `promote.refused-by-runtime` or `promote.unhealthy`.
    func toItsEnd() throws -> DeploymentRecord {
        var machine = PromotionMachine(asksHealth: rule != nil)
        let receipt = try handOverAndWait(&machine)
        let end = Result { try conclude(receipt, &machine) }
        // What became of it is signed as well, so that it is not cut off unseen; it is also what is answered first.
        let signed = Result { try SignHead.run(signer: key, for: authority, session: session) }
        try end.get()
        _ = try signed.get()
        return receipt
    }

    // MARK: Until there is a receipt

    private func handOverAndWait(_ machine: inout PromotionMachine) throws -> DeploymentRecord {
        try handOverAlone(&machine)
        return try answer()
    }

    private func handOverAlone(_ machine: inout PromotionMachine) throws {
        let lock = try HandOverLock.take(promotion.environment, session: session)
        defer { withExtendedLifetime(lock) {} }
        var action = machine.first
        while true {
            switch action {
            case .record:
                try begin()
                action = machine.handle(.recorded)
            case .handOver:
                do { try handOver() } catch {
                    // Where even this cannot be recorded, the next command finds out by itself after some seconds.
                    if !Paths.exists(path), case .end(let end, let reason) = machine.handle(.notHandedOver) {
                        try? SettlePromotions.end(promotion, end, reason, session: session)
                    }
                    throw error
                }
                action = machine.handle(.handedOver)
            default: return
            }
        }
    }

    private func decision(_ registry: RegistryDatabase) throws -> GateDecisionRecord? {
        try registry.decisions(for: try registry.version(promotion.reference)).first {
            Digest.sha256($0.report) == grant.report
        }
    }

    private func begin() throws {
        let registry = try session.registry()
        try registry.begin(
            promotion, gate: try decision(registry)?.digest ?? grant.report, seen: seen,
            place: HandOverPlace(files, host: host).json)
    }

    /// The documents of the promotion, a signed head of the log, and last the bundle.
    private func handOver() throws {
        let registry = try session.registry(), version = try registry.version(promotion.reference)
        _ = try session.artefacts.add(bytes)
        try registry.link(
            [.version(version)] + (try decision(registry).map { [.gateDecision($0)] } ?? []),
            to: .bundle(promotion.bundle, version: promotion.reference))
        try PromoteModel.describe(
            promotion, request, decision: try decision(registry), key: key, session: session)
        try SignHead.run(signer: key, for: authority, session: session)
        // All this may have taken long, and somebody may have withdrawn it meanwhile.
        guard try registry.promotion(of: promotion.bundle)?.state == .begun else { throw endedElsewhere() }
        try AtomicFile.write(bytes, to: path)
        // On a machine that asks no lock of this one it may have been ended between the two.
        if try registry.promotion(of: promotion.bundle)?.state == .withdrawn {
            try Paths.remove(path)
            throw endedElsewhere()
        }
    }

    private func endedElsewhere() -> Failure {
        Failure(
            "promote.race",
            "found the promotion of \(promotion.reference) to '\(promotion.environment)' ended by another command",
            hint: "see what is in force: hftml deployments list --environment \(promotion.environment)",
            exitStatus: .refused)
    }

    private func answer() throws -> DeploymentRecord {
        if request.isActivating { try runtime.accept(files.host.directory) }
        if let receipt = try CollectReceipts.wait(
            for: promotion.bundle, files, seconds: request.wait, session: session)
        {
            return receipt
        }
        throw Failure(
            "promote.no-receipt",
            "got no receipt of \(promotion.reference) signed by a host of '\(files.name)' within \(request.wait) s",
            hint: "start the runtime: the bundle waits in its inbox, "
                + "and its receipt will be in: hftml deployments list")
    }

    // MARK: From the receipt on

    /// Ends the promotion by its receipt and, where the environment or its policy has one, its health rule.
    private func conclude(_ receipt: DeploymentRecord, _ machine: inout PromotionMachine) throws {
        var ill: (reason: String, isBack: Bool)?
        var action = machine.handle(
            .answered(isInForce: receipt.isInForce, reason: receipt.reason ?? "no reason given"))
        while action != .rest {
            switch action {
            case .askHealth: action = machine.handle(health())
            case .takeBack(let reason):
                let isBack = try WithdrawPromotion.takeBack(
                    promotion, reason: reason, key: request.key, runtime: runtime, session: session)
                ill = (reason, isBack)
                action = machine.handle(.takenBack)
            case .end(let end, let reason):
                try SettlePromotions.end(promotion, end, reason, receipt: receipt, session: session)
                action = .rest
            case .record, .handOver, .awaitReceipt, .rest: action = .rest
            }
        }
        if let ill { throw unhealthy(ill.reason, isBack: ill.isBack) }
        guard machine.state == .ended(.installed) else { throw refused(receipt) }
        guard try session.registry().promotion(of: promotion.bundle)?.state == .installed else {
            throw endedElsewhere()
        }
    }

    private func health() -> PromotionMachine.Event {
        guard let rule,
            let reason = WatchHealth.objection(
                rule, bundle: promotion.bundle, in: files, probe: request.probe, runtime: runtime, session: session)
        else { return .healthy }
        return .unhealthy(reason)
    }

    private func unhealthy(_ reason: String, isBack: Bool) -> Failure {
        Failure(
            "promote.unhealthy",
            "the runtime of '\(promotion.environment)' ran \(promotion.reference), and did not keep it: \(reason)",
            hint: isBack
                ? "the version in force before is in force again; see: hftml deployments list"
                : "there was none before, so the environment is halted", exitStatus: .refused)
    }

    private func refused(_ receipt: DeploymentRecord) -> Failure {
        Failure(
            "promote.refused-by-runtime",
            "the runtime of '\(promotion.environment)' refused \(promotion.reference): "
                + (receipt.reason ?? "no reason given"),
            hint: "the version in force before stays in force", exitStatus: .refused)
    }
}
