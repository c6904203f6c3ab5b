import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Synchronization
import Workflows

/// Answers in place of the program on the trading host, by the same files: it takes bundles out of an inbox, puts them
/// in force, and writes receipts.
final class FakeRuntime: Sendable {
    enum Answer: Sendable, Equatable {
        case install
        case refuse(String)
        /// Leaves the bundle where it is.
        case silence
    }

    private struct State {
        var answer = Answer.install
        var halts: [String] = []
        var replays: [[String]] = []
        /// What it writes as its health after a replay or an installation; nil for nothing.
        var health: [String: JSONValue]?
        var runs = RunMemory()
    }

    private let state = Mutex(State())
    private let clock: Clock

    init(_ answer: Answer = .install, health: [String: JSONValue]? = nil, clock: Clock = .system) {
        self.clock = clock
        state.withLock { ($0.answer, $0.health) = (answer, health) }
    }

    /// Reasons it was halted for.
    var halts: [String] { state.withLock { $0.halts } }
    /// Data it was told to replay.
    var replays: [[String]] { state.withLock { $0.replays } }

    func answer(_ answer: Answer) { state.withLock { $0.answer = answer } }

    var port: RuntimePort {
        RuntimePort(
            accept: { try self.accept($0) },
            replay: { environment, data in
                self.state.withLock { $0.replays.append(data) }
                try self.reportHealth(environment)
            },
            rollBack: { try self.rollBack($0, person: $1, $2) },
            halt: { environment, _, reason in
                self.state.withLock { $0.halts.append(reason) }
                let host = try DeploymentDirectory(environment)
                guard Paths.exists(host.current) else { return }
                try self.write(
                    try self.receipt(try FileChunks.bytes(host.current), .halted, reason: reason, host), host)
            })
    }

    private func accept(_ environment: String) throws {
        let answer = state.withLock { $0.answer }, host = try DeploymentDirectory(environment)
        guard answer != .silence, Paths.isDirectory(host.inbox) else { return }
        for name in try Paths.entries(host.inbox) where name.hasSuffix(Withdrawal.suffix) {
            let file = "\(host.inbox)/\(name)", taken = try Withdrawal(try Envelope(try FileChunks.text(file)))
            try write(
                Receipt(
                    environment: host.name, outcome: .withdrawn, bundle: taken.bundle, counter: taken.counter,
                    reason: taken.reason, person: taken.person, time: clock.now()), host)
            try Paths.remove(file)
        }
        for name in try Paths.entries(host.inbox) where name.hasSuffix(".hftbundle") {
            let file = "\(host.inbox)/\(name)", bytes = try FileChunks.bytes(file)
            if case .refuse(let reason) = answer {
                try write(try receipt(bytes, .refused, reason: reason, host), host)
                try Paths.remove(file)
                continue
            }
            let order = try self.order(bytes, host)
            try install(bytes, order.action == .rollback ? .rolledBack : .installed, reason: nil, host)
            try Paths.remove(file)
        }
    }

    private func install(_ bytes: [UInt8], _ outcome: Receipt.Outcome, reason: String?, _ host: DeploymentDirectory)
        throws
    {
        var receipt = try receipt(bytes, outcome, reason: reason, host)
        let had = Paths.exists(host.current)
        if had { receipt.replaced = try Digest.sha256(file: host.current) }
        try AtomicFile.write(bytes, to: host.current)
        if let counter = receipt.counter { try AtomicFile.write(bytes, to: host.revision(counter)) }
        try write(receipt, host)
        if had || state.withLock({ $0.health != nil }) { try reportHealth(host.directory) }
    }

    /// By the host's own key, to what was in force before.
    private func rollBack(_ environment: String, person: String, _ reason: String) throws {
        let host = try DeploymentDirectory(environment)
        guard state.withLock({ $0.answer }) != .silence else { return }
        let kept = try Paths.entries(host.history).map { try FileChunks.bytes("\(host.history)/\($0)") }
        let history = RevisionHistory(
            try kept.compactMap { bytes in
                guard let terms = try bundle(bytes, host).terms else { return nil }
                let order = try DeploymentOrder(terms.deployment)
                return RevisionHistory.Revision(
                    counter: order.counter, action: order.action, bundle: Digest.sha256(bytes),
                    manifest: order.manifest, weights: terms.weightsDigest, strategy: terms.strategy.digest,
                    share: order.share, time: order.time)
            })
        guard let target = try? history.rollbackTarget(),
            let bytes = kept.first(where: { Digest.sha256($0) == target.bundle })
        else { return }
        var order = try self.order(bytes, host)
        (order.counter, order.action, order.time) = (history.lastCounter + 1, .rollback, clock.now())
        (order.person, order.reason) = (person, reason)
        let key = try SigningKey.read(host.hostKey)
        let again = try ModelBundle.redeployed(bytes, deployment: try order.signed(by: key))
        try install(again, .rolledBack, reason: reason, host)
    }

    private func bundle(_ bytes: [UInt8], _ host: DeploymentDirectory) throws -> ModelBundle {
        let keys = "\(Paths.parent(Paths.parent(host.directory)))/keys"
        return try ModelBundle.verify(bytes, trusted: try TrustedKeys(directory: keys))
    }

    private func order(_ bytes: [UInt8], _ host: DeploymentDirectory) throws -> DeploymentOrder {
        guard let terms = try bundle(bytes, host).terms else { throw Failure("test.bundle", "found version 1") }
        return try DeploymentOrder(terms.deployment)
    }

    /// The loop takes bars with what is in force now.
    func trade(_ environment: String) throws {
        let host = try DeploymentDirectory(environment)
        let counter = try order(try FileChunks.bytes(host.current), host).counter
        state.withLock {
            $0.runs.note(counter, at: clock.now(), halts: HaltMemory())
            $0.health = $0.health ?? [:]
        }
        try reportHealth(environment)
    }

    private func reportHealth(_ environment: String) throws {
        guard var health = state.withLock({ $0.health }) else { return }
        let host = try DeploymentDirectory(environment), bytes = try FileChunks.bytes(host.current)
        health["bundle"] = .string(Digest.sha256(bytes))
        health["environment"] = .string(host.name)
        health["counter"] = .int(try order(bytes, host).counter)
        health["runs"] = state.withLock { $0.runs.json[key: "runs"] }
        let node = JSONValue.map(health.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        let signed = try Envelope(
            payloadType: HealthReport.payloadType, payload: node.text(.compact),
            signer: try SigningKey.read(host.hostKey))
        try AtomicFile.write(signed.text + "\n", to: host.healthFile)
    }

    private func receipt(
        _ bytes: [UInt8], _ outcome: Receipt.Outcome, reason: String?, _ host: DeploymentDirectory
    ) throws -> Receipt {
        let bundle = try bundle(bytes, host), order = try order(bytes, host)
        return Receipt(
            environment: host.name, outcome: outcome, bundle: Digest.sha256(bytes), counter: order.counter,
            name: bundle.identity.name, version: bundle.identity.version, manifest: order.manifest,
            signer: bundle.signer.name, reason: reason, time: clock.now())
    }

    /// Signed by the host's key, as a file among its receipts.
    func write(_ receipt: Receipt, _ host: DeploymentDirectory, key: SigningKey? = nil) throws {
        let key = try key ?? SigningKey.read(host.hostKey)
        let name = "\(receipt.time)-\(receipt.bundle.prefix(8))-\(receipt.outcome.rawValue).json"
        try AtomicFile.write(try receipt.signed(by: key).text + "\n", to: "\(host.receipts)/\(name)")
    }
}

extension TestProject {
    /// Runs a version through a gate of the project, for no environment.
    @discardableResult
    func gate(_ reference: String = "m/1", policy: String = "easy", session other: Session? = nil) throws
        -> GateModel.Outcome
    {
        try GateModel.run(
            reference, policy: policy, strategy: strategy, features: features, against: nil, threads: 1,
            session: other ?? session)
    }

    /// The keys and the document of an environment, which are all on this machine; the document of its
    /// `environment.yaml` is signed anew where that, the policy or a key has changed.
    @discardableResult
    func environment(_ name: String = "paper", policy: String = "easy") throws -> InitializeEnvironment.Outcome {
        var request = InitializeEnvironment.Request(environment: name, policy: policy)
        (request.isLocal, request.keepsExisting) = (true, true)
        return try InitializeEnvironment.run(request, session: session)
    }

    /// Changes what an environment's file says, and signs it.
    func amend(_ name: String = "paper", _ change: (String) -> String) throws {
        try environment(name)
        let file = "Registry/environments/\(name)/environment.yaml"
        try write(change(try read(file)), to: file)
        try environment(name)
    }

    /// A verdict that the environment's gate key signed.
    @discardableResult
    func judge(
        _ reference: String = "m/1", for environment: String = "paper", policy: String? = nil, strategy: String? = nil,
        key: String? = nil
    ) throws -> GateModel.Outcome {
        try self.environment(environment)
        return try GateModel.run(
            reference, policy: policy, strategy: strategy ?? self.strategy, features: features, against: nil,
            threads: 1, environment: environment, key: key ?? "\(environment)-gate", session: session)
    }

    /// A person whose signatures count.
    func trust(_ name: String, roles: [String] = ["risk"]) throws {
        _ = try ManageKeys.generate(name, session: session)
        _ = try ManageKeys.trust(name, roles: roles, session: session)
        try commitTrust()
    }

    /// Why a version does not come into force by the promoter of paper; nil where it does.
    func refusedPromotion(_ reference: String = "m/1", to environment: String = "paper") -> Failure? {
        do {
            var request = PromoteModel.Request(
                reference: reference, environment: environment, strategy: strategy, features: features,
                key: "paper-promoter")
            request.wait = 0
            _ = try PromoteModel.run(request, runtime: FakeRuntime().port, session: session)
        } catch { return error as? Failure }
        return nil
    }

    /// A promotion of a version, signed by the promoter's key of the environment.
    func request(_ reference: String = "m/1", to name: String = "paper") throws -> PromoteModel.Request {
        try environment(name)
        var request = PromoteModel.Request(
            reference: reference, environment: name, strategy: strategy, features: features, key: "\(name)-promoter")
        request.wait = 0
        return request
    }

    @discardableResult
    func promote(_ reference: String, _ runtime: FakeRuntime) throws -> PromoteModel.Outcome {
        try judge(reference)
        return try PromoteModel.run(try request(reference), runtime: runtime.port, session: session)
    }

    /// Judges a version and hands its promotion over: it waits in the inbox, and nobody has looked.
    func handOver(_ reference: String, _ runtime: FakeRuntime) throws {
        try judge(reference)
        var request = try request(reference)
        request.isActivating = false
        let code = code { [request] in
            _ = try PromoteModel.run(request, runtime: runtime.port, session: session)
        }
        guard code == "promote.no-receipt" else {
            throw Failure("test.hand-over", "found \(code ?? "a promotion that was answered")")
        }
    }

    /// `m/2` in force after `m/1`, its health not shown yet: cut off between handing over and health.
    func runUnproven(_ runtime: FakeRuntime) throws {
        try promote("m/1", runtime)
        try amend { $0 + "health: {withinSeconds: 60}\n" }
        try handOver("m/2", runtime)
        try runtime.port.accept(environment)
    }

    @discardableResult
    func withdraw(_ runtime: FakeRuntime, from environment: String = "paper") throws -> WithdrawPromotion.Outcome {
        var request = WithdrawPromotion.Request(environment: environment)
        request.wait = 0
        return try WithdrawPromotion.run(request, runtime: runtime.port, session: session)
    }

    @discardableResult
    func rollBack(_ runtime: FakeRuntime, to target: String? = nil, in environment: String = "paper") throws
        -> RollBack.Outcome
    {
        var request = RollBack.Request(environment: environment, key: "\(environment)-promoter", reason: "a test")
        (request.target, request.wait) = (target, 0)
        return try RollBack.run(request, runtime: runtime.port, session: session)
    }

    /// The code of the failure that something ends with; nil where it succeeds.
    func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return (error as? any UserFacingError)?.code ?? "\(error)" }
        return nil
    }

    /// Actions of the audit log, oldest first, that begin with a word.
    func actions(_ prefix: String = "") throws -> [String] {
        try ReadAudit.entries(session: session).map(\.action).filter { $0.hasPrefix(prefix) }
    }
}
