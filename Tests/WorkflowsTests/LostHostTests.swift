import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Promotions whose host nobody reaches any more: each can be ended, and is not ended by mistake.
@Suite struct LostHostTests {
    private static func handedOver(_ time: TestClock = TestClock()) throws -> (TestProject, FakeRuntime) {
        let project = try TestProject(clock: time.clock), runtime = FakeRuntime(.silence, clock: time.clock)
        #expect(project.code { try project.promote("m/1", runtime) } == "promote.no-receipt")
        return (project, runtime)
    }

    private static func withdraw(_ session: Session, _ runtime: FakeRuntime, isHostLost: Bool) throws
        -> WithdrawPromotion.Outcome
    {
        var request = WithdrawPromotion.Request(environment: "paper")
        (request.wait, request.isHostLost, request.reason) = (0, isHostLost, "its disk burned")
        return try WithdrawPromotion.run(request, runtime: runtime.port, session: session)
    }

    @Test("a promotion whose machine is lost ends by a word that is on record, with until when a copy is good")
    func lost() throws {
        let time = TestClock(), (project, runtime) = try Self.handedOver(time)
        let clone = try HandOverTests.Clone(project, clock: time.clock), registry = try project.session.registry()
        let refused = #expect(throws: Failure.self) {
            try Self.withdraw(clone.session, runtime, isHostLost: false)
        }
        #expect(refused?.code == "withdrawal.elsewhere")
        #expect(refused?.hint?.contains("withdraw paper --host-is-lost --reason TEXT; or wait until ") == true)
        let items = try Inbox.run(as: "paper-promoter", session: clone.session).items
        #expect(items.contains { $0.subject == "m/1" && $0.next.contains("--host-is-lost --reason TEXT") }, "\(items)")
        let outcome = try project.withoutHost { try Self.withdraw(clone.session, runtime, isHostLost: true) }
        let end = try #require(outcome.expiresAt)
        #expect(outcome.isUntold && !outcome.isConfirmed && outcome.promotion?.reference == "m/1")
        #expect(try registry.promotionsUnderWay().isEmpty)
        let entry = try #require(
            try ReadAudit.entries(session: project.session).last { $0.action.hasPrefix("promotion.") })
        #expect(entry.action == "promotion.withdrawn" && entry.actor == "ben@desk")
        #expect(entry.detail.contains("its host is lost: its disk burned; a kept bundle is good until "))
        let detail = try JSONParser.parse(entry.detail)
        #expect(detail[key: "hostIsLost"]?.boolValue == true)
        #expect(detail[key: "expiresAt"]?.stringValue == TimeText.utc(end))
        #expect(detail[path: "place.directory"]?.stringValue?.hasSuffix("/environments/paper") == true)
        // Whoever was wrong reads so: it was not lost, and took the bundle.
        runtime.answer(.install)
        try runtime.port.accept(project.environment)
        let listed = try ListDeployments.run(environment: nil, session: project.session)
        #expect(listed.problems.contains { $0.code == "receipt.withdrawn" }, "\(listed.problems)")
    }

    @Test("a host that lies here is not lost, whatever anybody says; a rollback waits for its host's word")
    func notLost() throws {
        let time = TestClock(), (project, runtime) = try Self.handedOver(time)
        let registry = try project.session.registry()
        #expect(
            project.code { _ = try Self.withdraw(project.session, runtime, isHostLost: true) }
                == "withdrawal.host-here")
        #expect(try registry.promotionsUnderWay().count == 1)
        runtime.answer(.install)
        try runtime.port.accept(project.environment)
        time.advance(seconds: 60)
        try project.promote("m/2", runtime)
        time.advance(seconds: 60)
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        let refused = #expect(throws: Failure.self) {
            try Self.withdraw(project.session, runtime, isHostLost: true)
        }
        #expect(refused?.code == "withdrawal.host-here", "\(refused as Any)")
        #expect(try project.actions("rollback") == ["rollback"])
    }

    @Test("a promotion that was handed over elsewhere can be taken back here once its order has ended")
    func expired() throws {
        let time = TestClock(), (project, runtime) = try Self.handedOver(time)
        let clone = try HandOverTests.Clone(project, clock: time.clock), registry = try project.session.registry()
        time.advance(seconds: 60)
        #expect(
            project.code { _ = try Self.withdraw(clone.session, runtime, isHostLost: false) }
                == "withdrawal.elsewhere")
        time.advance(seconds: 400 * 86_400)
        let outcome = try Self.withdraw(clone.session, runtime, isHostLost: false)
        #expect(outcome.isUntold && outcome.expiresAt == nil)
        #expect(try registry.promotionsUnderWay().isEmpty)
        let entry = try #require(
            try ReadAudit.entries(session: project.session).last { $0.action.hasPrefix("promotion.") })
        #expect(entry.detail.contains("no answer reached the record before its order ended at "))
    }

    @Test("a directory of the same path and number on another machine is another one, unless its host has the key")
    func sameImage() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        let session = project.session, registry = try session.registry()
        try project.environment()
        let host = try DeploymentDirectory(project.environment)
        var info = stat()
        #expect(stat(host.inbox, &info) == 0)
        func begin(_ bundle: Character, host key: String?) throws {
            let digest = String(repeating: bundle, count: 64)
            try registry.begin(
                PromotionRecord(
                    bundle: digest, model: "m", version: 1, environment: "paper", alias: "paper", share: 1,
                    replaced: nil, path: "Registry/environments/paper/inbox/\(digest).hftbundle",
                    begunAt: time.clock.now()), gate: digest,
                place: .map([
                    ("directory", .string(Paths.resolved(host.directory))), ("machine", .string("another")),
                    ("inbox", .int(Int(truncatingIfNeeded: info.st_ino))), ("host", .string(key)),
                ]))
            time.advance(seconds: 60)
        }
        try begin("a", host: nil)
        #expect(try SettlePromotions.run(session: session).map(\.state) == [.begun])
        // What this directory's host is told, that machine's never hears.
        let runtime = FakeRuntime(clock: time.clock)
        #expect(project.code { _ = try project.withdraw(runtime) } == "withdrawal.elsewhere")
        #expect(try Self.withdraw(session, runtime, isHostLost: true).isUntold)
        try begin("b", host: try SigningKey.read(host.hostKey).publicKey.id)
        #expect(try SettlePromotions.run(session: session).map(\.state) == [.withdrawn])
    }
}
