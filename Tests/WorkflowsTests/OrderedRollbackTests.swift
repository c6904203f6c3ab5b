import Basics
import Deployment
import Foundation
import ModelBundles
import Promotion
import Registry
import TestSupport
import Testing
import Workflows

/// Rollbacks that were ordered, at whatever host, and what became of them.
@Suite struct OrderedRollbackTests {
    private static func inForce() throws -> (TestProject, FakeRuntime) {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        return (project, runtime)
    }

    private static func waiting(_ project: TestProject) throws -> [Failure] {
        try ListDeployments.run(environment: "paper", session: project.session).waiting
    }

    private static func isTold(_ outcome: GateModel.Outcome) -> Bool {
        outcome.report.items.contains { $0.name == "environment-rollback" }
    }

    /// The machine is lost; a new host lies in its place, and the document names the lost one's key beside the new one.
    private static func replaceHost(_ project: TestProject, _ host: DeploymentDirectory) throws {
        let lost = try SigningKey.read(host.hostKey).publicKey.json.text(.pretty)
        try project.write(lost.replacing("paper-host", with: "lost-host"), to: "Registry/keys/lost-host.pub.json")
        let source = "Registry/environments/paper/environment.yaml", key = "  - {key: paper-host, "
        try project.write(
            try project.read(source).replacing(key, with: "  - {key: lost-host, roles: [host]}\n\(key)"), to: source)
        for path in [host.installed, host.receipts, host.inbox, host.hostKey] { try Paths.remove(path) }
        try SigningKey(generating: "paper-host").write(to: host.hostKey)
        try project.environment()
    }

    @Test("a rollback that waits at one host of an environment counts at its others")
    func otherHost() throws {
        let (project, runtime) = try Self.inForce(), further = try RecordedHostsTests.Further(project)
        func judged() throws -> GateModel.Outcome {
            try GateModel.run(
                "m/2", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
                environment: further.host.directory, key: "paper-gate", session: project.session)
        }
        #expect(try !Self.isTold(judged()))
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        let refused = #expect(throws: Failure.self) { try further.promote("m/2", judged: false) }
        #expect(refused?.code == "promote.old-gate", "\(refused as Any)")
        #expect(refused?.message.contains("m/2 was rolled back at ") == true, "\(refused as Any)")
        // The gate reads what the promotion reads: a yes of before counts for neither.
        #expect(try Self.isTold(judged()))
        #expect(try further.promote("m/2", judged: false).receipt.version == 2)
    }

    @Test("what a lost host rolled back counts for the one in its directory, both keys named")
    func lostHost() throws {
        for isAnswered in [true, false] {
            let (project, runtime) = try Self.inForce(), host = try DeploymentDirectory(project.environment)
            if !isAnswered { runtime.answer(.silence) }
            #expect(project.code { _ = try project.rollBack(runtime) } == (isAnswered ? nil : "rollback.no-receipt"))
            try Self.replaceHost(project, host)
            #expect(try Self.waiting(project).count == (isAnswered ? 0 : 1), "\(isAnswered)")
            let problems = try VerifyRecord.run(session: project.session)
            #expect(!problems.contains { $0.contains("was not ordered for the host that lies here") }, "\(problems)")
            #expect(
                project.refusedPromotion("m/2")?.code == (isAnswered ? "promote.old-gate" : "promote.rollback-waits"))
            if !isAnswered {
                var request = WithdrawPromotion.Request(environment: "paper")
                (request.wait, request.isHostLost, request.reason) = (0, true, "its disk burned")
                _ = try WithdrawPromotion.run(request, runtime: runtime.port, session: project.session)
                #expect(project.refusedPromotion("m/2")?.code == "promote.old-gate")
            }
            #expect(try Self.isTold(project.judge("m/2")))
            #expect(try project.promote("m/2", FakeRuntime()).receipt.counter == 4)
        }
    }

    @Test("that a host is lost which refused a rollback says nothing for what that was to take out")
    func refusedAndLost() throws {
        let (project, runtime) = try Self.inForce(), host = try DeploymentDirectory(project.environment)
        runtime.answer(.refuse("no room"))
        #expect(project.code { _ = try project.rollBack(runtime) } == "promote.refused-by-runtime")
        var request = WithdrawPromotion.Request(environment: "paper")
        (request.wait, request.isHostLost, request.reason) = (0, true, "its disk burned")
        #expect(
            project.code { _ = try WithdrawPromotion.run(request, runtime: runtime.port, session: project.session) }
                == "withdrawal.host-here")
        try Self.replaceHost(project, host)
        #expect(try WithdrawPromotion.run(request, runtime: runtime.port, session: project.session).isUntold)
        #expect(try Self.waiting(project).isEmpty)
        #expect(project.refusedPromotion("m/2")?.code == "promote.old-gate")
    }

    @Test("a rollback that its host refused is told until something later is in force")
    func refused() throws {
        let (project, runtime) = try Self.inForce()
        runtime.answer(.refuse("found an order that expired"))
        #expect(project.code { _ = try project.rollBack(runtime) } == "promote.refused-by-runtime")
        let waiting = try Self.waiting(project)
        #expect(waiting.map(\.code) == ["promote.refused-by-runtime"], "\(waiting)")
        #expect(waiting.first?.message.contains("was refused by its host (found an order that expired)") == true)
        let item = try #require(try Inbox.run(as: "paper-promoter", session: project.session).items.first)
        #expect(item.next.hasPrefix("order it again: hftml rollback paper --reason TEXT --key paper-promoter"))
        #expect(try VerifyRecord.gaps(session: project.session).contains { $0.hasPrefix("the rollback 3 of 'paper'") })
        // What the host advises for its own place is not repeated: another host may be called so here. Refused for what
        // it goes back to, it would be refused again.
        runtime.answer(.refuse("admission.verdict-key: found none that counts; next: hftml gate m/1 --for live"))
        let refused = #expect(throws: Failure.self) { try project.rollBack(runtime) }
        #expect(refused?.message.hasSuffix("admission.verdict-key: found none that counts") == true)
        #expect(refused?.hint?.contains("hftml rollback paper --to REVISION --reason TEXT --key KEY") == true)
        let again = try #require(try Self.waiting(project).first)
        #expect(again.message.contains("(admission.verdict-key: found none that counts)"), "\(again)")
        #expect(again.hint?.contains("hftml rollback paper --to REVISION") == true)
        // It is in force still, and nothing that one may order by what was judged before.
        #expect(project.refusedPromotion("m/2")?.code == "promote.old-gate")
        runtime.answer(.install)
        #expect(try project.rollBack(runtime).receipt.counter == 5)
        #expect(try Self.waiting(project).isEmpty)
    }

    @Test("a rollback at a host that Git tracks says that a halt alone stops it, and what brings the host back")
    func tracked() throws {
        let (project, runtime) = try Self.inForce(), host = try DeploymentDirectory(project.environment)
        let heard = Heard(), session = try heard.session(project)
        for arguments in [["init", "-q"], ["add", "-f", "\(host.directory)/host.key.json"]] {
            #expect(try RunProgram.run("/usr/bin/git", arguments, in: session.root).status == 0)
        }
        runtime.answer(.silence)
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        request.wait = 0
        let refused = #expect(throws: Failure.self) {
            try RollBack.run(request, runtime: runtime.port, session: session)
        }
        #expect(refused?.code == "rollback.no-receipt")
        let hints = heard.all.filter { $0.contains("tracked by Git") } + [refused?.hint ?? ""]
        #expect(hints.count == 2, "\(heard.all)")
        for hint in hints {
            #expect(hint.contains("hftml-runtime halt \(host.directory) --by PERSON --reason TEXT"), "\(hint)")
            #expect(hint.contains("rm -r --cached") && hint.hasSuffix("accept \(host.directory)"), "\(hint)")
        }
    }

    @Test("past a refused rollback another version is promoted, and who leaves what runs says so")
    func leftAlone() throws {
        for isPromoted in [true, false] {
            let (project, runtime) = try Self.inForce()
            runtime.answer(.refuse("no room"))
            #expect(project.code { _ = try project.rollBack(runtime) } == "promote.refused-by-runtime")
            runtime.answer(.install)
            if isPromoted {
                #expect(try project.promote("m/1", runtime).receipt.counter == 4)
            } else {
                let outcome = try project.withdraw(runtime)
                #expect(outcome.rollback == 3 && outcome.isConfirmed)
                #expect(project.refusedPromotion("m/2") == nil)
            }
            #expect(try Self.waiting(project).isEmpty)
        }
    }
}
