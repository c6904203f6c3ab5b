import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Orders whose host is another one by now, or is lost: who says so, and what is told of them.
@Suite struct LostRollbackTests {
    private static func waiting(_ time: TestClock = TestClock()) throws -> (TestProject, FakeRuntime) {
        let project = try TestProject(clock: time.clock), runtime = FakeRuntime(clock: time.clock)
        for version in ["m/1", "m/2"] {
            try project.promote(version, runtime)
            time.advance(seconds: 60)
        }
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        return (project, runtime)
    }

    private static func withdraw(_ session: Session, _ runtime: FakeRuntime, isHostLost: Bool = true) throws
        -> WithdrawPromotion.Outcome
    {
        var request = WithdrawPromotion.Request(environment: "paper")
        (request.wait, request.isHostLost, request.reason) = (0, isHostLost, "its disk burned")
        return try WithdrawPromotion.run(request, runtime: runtime.port, session: session)
    }

    @Test("a rollback whose host is lost waits for nobody once a promoter has signed that")
    func lost() throws {
        let time = TestClock(), (project, runtime) = try Self.waiting(time)
        let clone = try HandOverTests.Clone(project, clock: time.clock)
        let refused = #expect(throws: Failure.self) { try Self.withdraw(clone.session, runtime, isHostLost: false) }
        #expect(refused?.code == "withdrawal.elsewhere" && refused?.hint?.contains("--host-is-lost") == true)
        #expect(project.code { _ = try Self.withdraw(project.session, runtime) } == "withdrawal.host-here")
        // Not while its key lies on this machine, wherever that is.
        #expect(project.code { _ = try Self.withdraw(clone.session, runtime) } == "withdrawal.host-here")
        let outcome = try project.withoutHost { try Self.withdraw(clone.session, runtime) }
        #expect(outcome.rollback == 3 && outcome.isUntold && !outcome.isConfirmed && outcome.expiresAt != nil)
        let entry = try #require(
            try ReadAudit.entries(session: project.session).last { $0.action == "rollback.withdrawn" })
        let detail = try JSONParser.parse(entry.detail)
        #expect(detail[key: "hostIsLost"]?.boolValue == true && detail[key: "signer"]?.stringValue == "paper-promoter")
        let word = try Withdrawal(try Envelope(try #require(detail[key: "withdrawal"]?.stringValue)))
        #expect(word.counter == 3 && word.reason == "its disk burned")
        #expect(word.host == (try SigningKey.read("\(project.environment)/host.key.json").publicKey.id))
        #expect(try ListDeployments.run(environment: nil, session: project.session).waiting.isEmpty)
        let listed = try ListDeployments.run(environment: "paper", session: project.session).entries
        let lost = listed.filter { $0.isHostLost }
        #expect(lost.count == 1 && lost.first?.record.counter == 3, "\(listed)")
        #expect(project.code { _ = try Self.withdraw(clone.session, runtime) } == "promote.none")
        // Whoever was wrong reads so: it was not lost, and took the order.
        runtime.answer(.install)
        try runtime.port.accept(project.environment)
        let problems = try VerifyRecord.run(session: project.session)
        #expect(problems.contains { $0.contains("in force by a rollback that was taken back") }, "\(problems)")
    }

    @Test("a new host in the place of the one that an order went to is another one, and takes back nothing for it")
    func otherKey() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        let runtime = FakeRuntime(.silence, clock: time.clock), host = try DeploymentDirectory(project.environment)
        #expect(project.code { try project.promote("m/1", runtime) } == "promote.no-receipt")
        let former = try SigningKey.read(host.hostKey).publicKey.id
        try Paths.remove(host.hostKey)
        try SigningKey(generating: "paper-host").write(to: host.hostKey)
        for name in try Paths.entries(host.inbox) { try Paths.remove("\(host.inbox)/\(name)") }
        time.advance(seconds: 60)
        #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.begun])
        let refused = #expect(throws: Failure.self) {
            try Self.withdraw(project.session, runtime, isHostLost: false)
        }
        #expect(refused?.code == "withdrawal.elsewhere")
        // Not the command that was just typed, in the directory where it was typed.
        #expect(refused?.hint?.hasPrefix("the host that it was handed over to lies in this directory no more") == true)
        #expect(refused?.hint?.contains("withdraw paper --host-is-lost --reason TEXT") == true, "\(refused as Any)")
        #expect(try Self.withdraw(project.session, runtime).isUntold)
        let entry = try #require(
            try ReadAudit.entries(session: project.session).last { $0.action == "promotion.withdrawn" })
        let text = try #require(try JSONParser.parse(entry.detail)[key: "withdrawal"]?.stringValue)
        #expect(try Withdrawal(try Envelope(text)).host == former)
    }

    @Test("a host's own rollback under the number of one that was taken back is its own")
    func ownRollback() throws {
        let (project, runtime) = try Self.waiting()
        #expect(try !project.withdraw(runtime).isConfirmed)
        // A courier never brought it there.
        let inbox = "\(project.environment)/inbox"
        for name in try Paths.entries(inbox) { try Paths.remove("\(inbox)/\(name)") }
        runtime.answer(.install)
        try runtime.port.rollBack(project.environment, "op", "by hand")
        let listed = try ListDeployments.run(environment: "paper", session: project.session)
        #expect(listed.records.first?.counter == 3 && listed.records.first?.outcome == "rolled-back")
        #expect(!listed.problems.contains { $0.code == "receipt.withdrawn" }, "\(listed.problems)")
    }

    @Test("nobody calls a host lost while another command hands a bundle over to it")
    func handedOver() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        let runtime = FakeRuntime(.silence, clock: time.clock)
        #expect(project.code { try project.promote("m/1", runtime) } == "promote.no-receipt")
        let clone = try HandOverTests.Clone(project, clock: time.clock)
        let checkpoints = project.file("Registry/checkpoints")
        let name = try #require(try Paths.entries(checkpoints).first { $0.hasPrefix("handover-") })
        do {
            let lock = try FileLock("\(checkpoints)/\(name)")
            #expect(
                project.code { _ = try project.withoutHost { try Self.withdraw(clone.session, runtime) } }
                    == "promote.race")
            withExtendedLifetime(lock) {}
        }
        #expect(try project.withoutHost { try Self.withdraw(clone.session, runtime) }.isUntold)
    }

    @Test("a promotion that waits is listed with where, and one that was taken back with its version and signer")
    func listed() throws {
        let project = try TestProject(), runtime = FakeRuntime(.silence), session = project.session
        #expect(project.code { try project.promote("m/1", runtime) } == "promote.no-receipt")
        let place = try DeploymentDirectory(project.environment).directory
        let waiting = try #require(try ListDeployments.run(environment: "paper", session: session).waiting.first)
        #expect(waiting.message.hasPrefix("m/1 is under way to 'paper' since "), "\(waiting)")
        #expect(waiting.message.contains("handed over in \(place)"), "\(waiting)")
        #expect(waiting.hint?.contains("hftml deployments withdraw paper") == true, "\(waiting)")
        runtime.answer(.install)
        #expect(try project.withdraw(runtime).isConfirmed)
        try project.promote("m/2", runtime)
        let records = try ListDeployments.run(environment: "paper", session: session).records
        #expect(records.map(\.outcome) == ["installed", "withdrawn"] && records.map(\.version) == [2, 1])
        #expect(records.last?.signer == "paper-promoter")
    }

    @Test("a host that was halted and taken out of the document is passed over by a word from another clone as well")
    func haltedElsewhere() throws {
        let time = TestClock(), (project, runtime) = try Self.waiting(time)
        let next = SigningKey(generating: "paper-host-2").publicKey
        try project.write(next.json.text(.pretty), to: "Registry/keys/paper-host-2.pub.json")
        try project.amend { $0.replacing("{key: paper-host, ", with: "{key: paper-host-2, ") }
        let clone = try HandOverTests.Clone(project, clock: time.clock)
        #expect(project.code { _ = try Self.withdraw(clone.session, runtime) } == "withdrawal.host-here")
        try runtime.port.halt(project.environment, "ann", "taken out")
        // As a halt leaves it.
        try AtomicFile.write("ann: taken out\n", to: try DeploymentDirectory(project.environment).haltFile)
        let outcome = try Self.withdraw(clone.session, runtime)
        #expect(outcome.rollback == 3 && outcome.isUntold)
        #expect(try ListDeployments.run(environment: nil, session: clone.session).waiting.isEmpty)
    }
}
