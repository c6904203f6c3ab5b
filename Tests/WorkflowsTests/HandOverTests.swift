import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Orders on their way to a host: who can tell that one never arrived, and who can take it back.
@Suite struct HandOverTests {
    /// A second clone of a project with the same registry. What hosts write lies in the first alone, as Git has it.
    final class Clone: Sendable {
        let directory: TemporaryDirectory
        let session: Session

        init(_ project: TestProject, clock: Basics.Clock = .system) throws {
            directory = try TemporaryDirectory()
            try FileManager.default.removeItem(atPath: directory.path)
            try FileManager.default.copyItem(atPath: project.root, toPath: directory.path)
            for name in ["inbox", "installed", "receipts", "health.json", "host.key.json"] {
                try Paths.remove(directory.file("Registry/environments/paper/\(name)"))
            }
            session = try Session(
                Caller(
                    actor: "ben@desk", clock: clock,
                    environment: [
                        "HFTML_KEYS_DIRECTORY": project.file("Registry/keys"),
                        "HFTML_REGISTRY": project.file("Registry/registry.sqlite"),
                    ], directory: directory.path))
        }
    }

    @Test("a second clone's look ends no promotion that waits for its host elsewhere, and takes back nothing there")
    func secondClone() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        let runtime = FakeRuntime(.silence, clock: time.clock)
        try project.handOver("m/1", runtime)
        let clone = try Clone(project, clock: time.clock), registry = try project.session.registry()
        time.advance(seconds: 60)
        _ = try ListDeployments.run(environment: nil, session: clone.session)
        #expect(try SettlePromotions.run(session: clone.session).map(\.state) == [.begun])
        var request = WithdrawPromotion.Request(environment: "paper")
        request.wait = 0
        let refused = #expect(throws: Failure.self) {
            try WithdrawPromotion.run(request, runtime: runtime.port, session: clone.session)
        }
        #expect(refused?.code == "withdrawal.elsewhere" && refused?.exitStatus == .refused, "\(refused as Any)")
        let there = Paths.resolved(project.root)
        #expect(refused?.message.contains("in \(there)/Registry/environments/paper") == true)
        #expect(refused?.hint?.contains("hftml -C \(there) deployments withdraw paper") == true)
        #expect(try registry.promotionsUnderWay().count == 1)
        // Its host looks at last: in force, and nobody said otherwise.
        runtime.answer(.install)
        try runtime.port.accept(project.environment)
        #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.installed])
        #expect(try VerifyRecord.run(session: project.session).isEmpty)
    }

    @Test("the lock lies beside the registry, for who may write there; an inbox made anew is another place")
    func oneLock() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        let runtime = FakeRuntime(.silence, clock: time.clock)
        try project.handOver("m/1", runtime)
        let checkpoints = project.file("Registry/checkpoints")
        let name = try #require(try Paths.entries(checkpoints).first { $0.hasPrefix("handover-") })
        var info = stat()
        #expect(stat("\(checkpoints)/\(name)", &info) == 0 && info.st_mode & 0o004 == 0, "no stranger can hold it")
        // An inbox that was lost and made anew is another one: what lay in the first was perhaps taken.
        let inbox = project.environment + "/inbox"
        try FileManager.default.moveItem(atPath: inbox, toPath: project.file("out/inbox"))
        try Paths.makeDirectory(inbox)
        time.advance(seconds: 60)
        #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.begun])
        // Here it can be taken back all the same: the host looks into this directory.
        #expect(try project.withdraw(runtime).promotion?.reference == "m/1")
    }

    @Test("a rollback that waits is taken back by a signed word, and the host's answer ends its waiting")
    func withdrawnRollback() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        let request = try project.request("m/2")
        func promotion() throws -> PromoteModel.Outcome {
            try PromoteModel.run(request, runtime: runtime.port, session: session)
        }
        let waits = #expect(throws: Failure.self) { try promotion() }
        #expect(waits?.code == "promote.rollback-waits" && waits?.hint?.contains("withdraw paper") == true)
        let clone = try Clone(project)
        var elsewhere = WithdrawPromotion.Request(environment: "paper")
        elsewhere.wait = 0
        #expect(
            project.code {
                _ = try WithdrawPromotion.run(elsewhere, runtime: runtime.port, session: clone.session)
            } == "withdrawal.elsewhere")
        let outcome = try project.withdraw(runtime)
        #expect(outcome.rollback == 3 && outcome.promotion == nil && !outcome.isConfirmed && outcome.expiresAt != nil)
        let inbox = try Paths.entries(project.environment + "/inbox").filter { !$0.hasSuffix(".authority.json") }
        #expect(inbox == ["3.withdrawal.json"])
        #expect(try project.actions("rollback") == ["rollback", "rollback.withdrawn"])
        // It waits until the host has said that it takes the order no more.
        #expect(project.code { _ = try promotion() } == "promote.rollback-waits")
        runtime.answer(.install)
        #expect(try project.withdraw(runtime).isConfirmed)
        #expect(try promotion().isStanding)
        #expect(project.code { _ = try project.withdraw(runtime) } == "promote.none")
        #expect(try project.rollBack(runtime).receipt.counter == 4)
    }

    @Test("a directory of that name without its host is not where an order was handed over, nor says what is missing")
    func courier() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        let runtime = FakeRuntime(.silence, clock: time.clock), place = project.environment
        try project.handOver("m/1", runtime)
        // Somebody carries what lies in the inbox to the host, whose public half alone is here.
        let key = try SigningKey.read("\(place)/host.key.json").publicKey
        try project.write(key.json.text(.pretty), to: "Registry/environments/paper/installed/host.pub.json")
        try FileManager.default.moveItem(atPath: "\(place)/host.key.json", toPath: project.file("out/host.key.json"))
        for name in try Paths.entries("\(place)/inbox") {
            try FileManager.default.moveItem(atPath: "\(place)/inbox/\(name)", toPath: project.file("out/\(name)"))
        }
        time.advance(seconds: 60)
        #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.begun])
        // A new clone at the path of one that was moved has neither.
        for name in ["installed", "inbox"] { try Paths.remove("\(place)/\(name)") }
        #expect(project.code { _ = try project.withdraw(runtime) } == "withdrawal.elsewhere")
    }

    @Test("a rollback that was taken back and comes in force all the same is told")
    func takenBackRollback() throws {
        let project = try TestProject(), runtime = FakeRuntime(), inbox = "\(project.environment)/inbox"
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        let name = try #require(try Paths.entries(inbox).first { $0.hasPrefix("rollback-") })
        let kept = try FileChunks.bytes("\(inbox)/\(name)")
        #expect(try project.withdraw(runtime).rollback == 3)
        try AtomicFile.write(kept, to: "\(inbox)/\(name)")
        runtime.answer(.install)
        try runtime.port.accept(project.environment)
        let problems = try VerifyRecord.run(session: project.session)
        #expect(problems.contains { $0.contains("in force by a rollback that was taken back") }, "\(problems)")
    }

    @Test("a rollback that waits for a host that lost all it had holds up no promotion there")
    func lostHost() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        for name in ["installed", "receipts", "inbox"] { try Paths.remove("\(project.environment)/\(name)") }
        runtime.answer(.install)
        let told = try VerifyRecord.gaps(session: session)
        #expect(told.contains { $0.contains("the rollback 3 of 'paper'") }, "\(told)")
        // Nothing runs that could be left in force by it.
        let other = try project.promote("m/1", runtime)
        #expect(!other.isStanding && other.receipt.counter == 4)
        #expect(try VerifyRecord.run(session: session).isEmpty)
        #expect(try !VerifyRecord.gaps(session: session).contains { $0.contains("waits for its host") })
    }

    @Test("a promotion that runs is called withdrawn when its host has signed that it is out, and not before")
    func confirmed() throws {
        let project = try TestProject(), runtime = FakeRuntime(), registry = try project.session.registry()
        try project.runUnproven(runtime)
        // Its loop takes up what it was told to go back to, later.
        runtime.answer(.silence)
        #expect(try !project.withdraw(runtime).isConfirmed)
        #expect(try registry.promotionsUnderWay().map(\.reference) == ["m/2"], "it trades, and is under way")
        runtime.answer(.install)
        #expect(try project.withdraw(runtime).isConfirmed)
        #expect(try registry.promotionsUnderWay().isEmpty && registry.version("m@paper").version == 1)
    }

    @Test("a host whose key lies on this machine, where an order was handed over, is not lost by a word from a clone")
    func livingHost() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        let clone = try Clone(project)
        var request = WithdrawPromotion.Request(environment: "paper")
        (request.wait, request.isHostLost, request.reason) = (0, true, "I do not see it")
        let failure = #expect(throws: Failure.self) {
            try WithdrawPromotion.run(request, runtime: runtime.port, session: clone.session)
        }
        #expect(failure?.code == "withdrawal.host-here", "\(failure as Any)")
        #expect(failure?.message.contains(project.environment) == true, "\(failure as Any)")
    }

    @Test("an order whose host's directory is gone is not taken back there: its host may have taken it along")
    func movedAway() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project)
        further.runtime.answer(.silence)
        #expect(project.code { _ = try further.promote("m/1") } == "promote.no-receipt")
        try FileManager.default.moveItem(atPath: further.host.directory, toPath: project.file("out/away"))
        var request = WithdrawPromotion.Request(environment: further.host.directory)
        request.wait = 0
        let failure = #expect(throws: Failure.self) {
            try WithdrawPromotion.run(request, runtime: further.runtime.port, session: project.session)
        }
        #expect(failure?.code == "withdrawal.elsewhere", "\(failure as Any)")
        #expect(failure?.hint?.contains("lies in this directory no more") == true, "\(failure as Any)")
        #expect(try project.session.registry().promotionsUnderWay().count == 1)
    }

    @Test("a withdrawal that would lead back to what somebody rejected halts instead")
    func backToRejected() throws {
        let project = try RejectedWeightsTests.project("carl"), runtime = FakeRuntime(), heard = Heard()
        try project.runUnproven(runtime)
        try RejectedWeightsTests.say(.rejection, "m/1", as: "carl", project)
        var withdrawal = WithdrawPromotion.Request(environment: "paper")
        withdrawal.wait = 0
        let outcome = try WithdrawPromotion.run(
            withdrawal, runtime: runtime.port, session: try heard.session(project))
        #expect(outcome.isConfirmed)
        #expect(runtime.halts.count == 1, "\(heard.all)")
        #expect(
            try ListDeployments.run(environment: "paper", session: project.session).records.first {
                $0.outcome == "installed"
            }?
            .version == 2)
    }
}
