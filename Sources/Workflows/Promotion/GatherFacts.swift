import Basics
import Deployment
import Features
import Foundation
import ModelBundles
import NeuralNetworks
import Promotion
import Registry

/// A version and an environment in; everything that decides whether the one may go into force in the other, gathered
/// anew, out.
enum GatherFacts {
    struct Outcome {
        var facts: PromotionFacts
        var receipts: EnvironmentReceipts
        /// What is to trade, as the bundle carries it.
        var strategy: BundleStrategy
        var model: ModelFile
        /// For the next deployment.
        var counter: Int
        /// The entry of the log up to which all this was read.
        var seen: Int
    }

    static func run(
        _ version: VersionRecord, _ request: PromoteModel.Request, _ files: EnvironmentFiles, key: any Signer,
        session: Session
    ) throws -> Outcome {
        let registry = try session.registry(), now = registry.now(), record = try DocumentsOnRecord(registry)
        try record.requireGoverning(files, session: session)
        // What hosts said comes on record first: before and after are told by the log.
        try CollectReceipts.run(files, session: session)
        try CollectReceipts.others(of: files, session: session)
        // Before anything is read: what is said meanwhile was not weighed.
        let seen = try registry.auditTip()?.sequence ?? 0
        let document = try files.newest(at: now).revoking(try ManageKeys.revocations(session))
        try ActingIdentity.require(document.authority, session: session)
        try record.requireNewest(document.authority.counter, of: files)
        let model = try ModelFile.read(try session.artefacts.verified(version.weights))
        let plan = try StrategyFile(request.strategy, horizon: model.spec.holdBars())
        let strategy = try BundleStrategy(text: plan.text, horizon: model.spec.holdBars())
        let receipts = try EnvironmentReceipts(files, session: session)
        try receipts.former?.requireAnswering(files, "hftml promote \(version.reference) --to PLACE …")
        if let strayed = StrayedHost.problem(files, session: session) { throw strayed }
        let bundles = DeployedBundles(files: files, session: session)
        if case .forgetful = receipts.standing, let newest = receipts.inForce.last,
            let problem = receipts.standing.problem(files, newest: newest)
        {
            throw problem
        }
        if let missing = try bundles.missingReceipt(receipts) { throw missing }
        let people = try CountingPeople(document.authority, files, session: session)
        let (statements, rejected) = try StatementsOfVersion(version, registry: registry).counting(
            people, strategy: strategy.digest, at: now)
        var candidate = PromotionFacts.Candidate(
            subject: version.reference, weights: version.weights, strategy: strategy.digest,
            costBps: strategy.costBps, limits: strategy.limits, share: request.share)
        candidate.features = try BuildFeatures.featuresNode(request.features, session: session).id
        var facts = PromotionFacts(
            now: now, authority: document, candidate: candidate,
            judgements: try registry.decisions(for: version).map {
                PromotionFacts.Judgement(envelope: $0.envelope.flatMap { try? Envelope($0) }, report: $0.report)
            },
            policy: try policy(document, session: session),
            standing: StandingEvidence(
                subject: version.reference, weights: version.weights, statements: statements,
                rejectedStatements: rejected,
                authors: try CollectEvidence.authors(version, registry: registry), now: now),
            events: try bundles.events(receipts), promoter: key.publicKey,
            logProblems: try VerifyRecord.run(
                session: session, anchorHours: document.authority.anchorHours, for: document.authority,
                withReceipts: false))
        (facts.elsewhere, facts.place) = (people.elsewhere, request.environment)
        facts.logHashes = try registry.auditHashList()
        facts.runs = EnvironmentHealth(files, session: session).signed?.runs ?? []
        let unwanted =
            receipts.standing.isBehind ? try UnwantedRecord.reason(files, receipts, session: session) : nil
        facts.hostProblem = receipts.inForce.last.flatMap {
            receipts.standing.problem(files, newest: $0, unwanted: unwanted)
        }.map { PromotionCheck.Objection($0) }
        (facts.isHostEmpty, facts.isRecordUnwanted) = (receipts.standing.isEmpty, unwanted != nil)
        facts.forgottenRollback = ForgottenRollback(receipts).map { PromotionCheck.Objection($0.problem(files)) }
        facts.waitingRollback = try bundles.waitingRollback(receipts)
        // What a rollback was to take out, whose host refused it, is in force and not as it should be.
        if let refused = try WaitingRollback(files.name, receipts, session: session), refused.refusal != nil,
            let index = facts.events.firstIndex(where: { $0 == facts.inForce })
        {
            facts.events[index].isTakenBack = true
        }
        facts.formerGates = try formerGates(files, session: session)
        return Outcome(
            facts: facts, receipts: receipts, strategy: strategy, model: model,
            counter: try bundles.nextCounter(receipts), seen: seen)
    }

    /// Keys that a document let judge here, each good until it was taken out, or back in the registry.
    private static func formerGates(_ files: EnvironmentFiles, session: Session) throws -> [PublicKey] {
        let revoked = try ManageKeys.revocations(session)
        return DocumentTrail.once(files.documents) { $0.roles.contains(EnvironmentAuthority.Role.gate) }.map {
            var key = $0.key
            key.expiresAt = [key.expiresAt, revoked[key.id]?.at].compactMap(\.self).min()
            return key
        }
    }

    /// As its file is now; nil where it is gone.
    private static func policy(_ document: AuthorityEnvelope, session: Session) throws -> GatePolicy? {
        let name = document.authority.policy.name
        guard Paths.exists(EnvironmentPolicy.path(name, session: session)) else { return nil }
        return try EnvironmentPolicy.read(name, session: session)
    }
}

extension PromotionCheck.Objection {
    /// As a failure says it.
    fileprivate init(_ failure: Failure) {
        self.init(code: failure.code, message: failure.message, hint: failure.hint)
    }
}

/// What must work before anything is written: a faulty environment is found now, and not half-way.
enum Preflight {
    /// What this machine's runtime would need to answer; nobody signs an order that it could not.
    ///
    /// - Throws: ``Failure`` with code `promote.host-key`.
    static func checkHost(_ files: EnvironmentFiles, _ document: EnvironmentAuthority) throws {
        let role = EnvironmentAuthority.Role.host, place = files.host.directory
        func failure(_ what: String, hint: String) -> Failure {
            Failure("promote.host-key", "found \(what); nothing was signed", hint: hint, exitStatus: .refused)
        }
        let elsewhere = "; or, where its runtime works elsewhere, leave the look to it: --no-activate"
        guard Paths.exists(files.host.hostKey) else {
            throw failure(
                "no key of a host in '\(files.name)', so its runtime could sign no receipt",
                hint:
                    "make one: hftml-runtime init \(place) --root FILE, and name it in environment.yaml with the role "
                    + role + elsewhere)
        }
        // One that this account may not read is the host's own business.
        guard let key = try? SigningKey.read(files.host.hostKey).publicKey else { return }
        guard document.keys.contains(where: { $0.id == key.id && $0.roles.contains(role) && $0.revoked == nil }) else {
            throw failure(
                "the key of this host '\(key.name)' (\(key.id)) without the role '\(role)' in document "
                    + "\(document.counter) of '\(document.name)'",
                hint: "name it in environment.yaml with the role \(role), then: hftml environments sign "
                    + "\(document.name) --as KEY" + elsewhere)
        }
    }

    /// - Throws: ``Failure`` with code `promote.environment`.
    static func check(_ files: EnvironmentFiles, session: Session) throws {
        let promotions = "\(session.root)/Registry/promotions"
        for directory in [files.host.inbox, files.host.receipts, promotions] {
            do {
                try Paths.makeDirectory(directory)
                guard Paths.isDirectory(directory) else { throw FileError("enter", directory, number: ENOTDIR) }
                let probe = "\(directory)/.probe-\(getpid())"
                try AtomicFile.write("", to: probe)
                try Paths.remove(probe)
            } catch let error as FileError {
                throw Failure(
                    "promote.environment",
                    "found the environment '\(files.name)' unable to take a bundle: \(error.message)",
                    hint: "\(error.hint ?? "set that right first"); nothing was recorded")
            }
        }
    }
}
