import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Workflows

/// Verdicts, promotions, withdrawals and rollbacks of a project, as its people would ask for them.
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

    /// `m/1` with a strategy of another price.
    func promoteOther(_ runtime: FakeRuntime) throws {
        let other = try write(
            try read("strategy.yaml").replacing("costBps: 1\n", with: "costBps: 2\n"), to: "other.yaml")
        try judge(strategy: other)
        var request = try request()
        request.strategy = other
        _ = try PromoteModel.run(request, runtime: runtime.port, session: session)
    }

    /// Does something while the host's private key lies nowhere on this machine.
    func withoutHost<T>(_ body: () throws -> T) throws -> T {
        let key = file("Registry/environments/paper/host.key.json"), away = file("out/host.key.json")
        try Paths.makeDirectory(file("out"))
        try FileManager.default.moveItem(atPath: key, toPath: away)
        let outcome = Result { try body() }
        try FileManager.default.moveItem(atPath: away, toPath: key)
        return try outcome.get()
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
