import Basics
import Deployment
import Foundation
import Registry
import Testing
import Workflows

/// Places of the record where no host works any more: what lies there is in force nowhere.
@Suite struct FormerPlaceTests {
    private static func problems(_ project: TestProject) throws -> [String] {
        try VerifyRecord.run(session: project.session).filter { $0.contains("'carl' rejected it") }
            + ListDeployments.run(environment: nil, session: project.session).problems.map(\.message).filter {
                $0.contains("'carl' rejected it")
            }
            + Inbox.run(as: "paper-promoter", session: project.session).items.map(\.what).filter {
                $0.contains("'carl' rejected it")
            }
    }

    private static func takeOut(_ project: TestProject) throws {
        try project.amend { $0.replacing("  - {key: paper-host-2, roles: [host]}\n", with: "") }
    }

    @Test("the first place of a host that was moved is a copy: what it had there is in force nowhere")
    func moved() throws {
        let project = try RejectedWeightsTests.project("carl"), runtime = FakeRuntime(), heard = Heard()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        let place = project.file("Registry/hosts/Moved"), host = try DeploymentDirectory(project.environment)
        try Paths.makeDirectory(Paths.parent(place))
        try FileManager.default.copyItem(atPath: host.directory, toPath: place)
        try Paths.remove(host.hostKey)
        var request = RollBack.Request(environment: place, key: "paper-promoter", reason: "losses")
        request.wait = 0
        #expect(try RollBack.run(request, runtime: runtime.port, session: project.session).receipt.version == 1)
        let session = try heard.session(project)
        let draft = try SignStatement.draft(
            .rejection, "m/2", policy: nil, for: "paper", signer: "carl", reason: "leaks", session: session)
        _ = try SignStatement.sign(draft, key: "carl", session: session)
        #expect(!heard.all.contains { $0.contains("m/2 in force") }, "\(heard.all)")
        // As a halt of the copy leaves it.
        try AtomicFile.write("ben: x\n", to: host.haltFile)
        #expect(try Self.problems(project).isEmpty)
        let notes = try VerifyRecord.gaps(session: project.session)
        #expect(notes.contains { $0.contains("worked in 'paper'") && $0.contains("has gone on in '") }, "\(notes)")
        // What the host has where it works now is told.
        try RejectedWeightsTests.say(.rejection, "m/1", as: "carl", project)
        let told = try Self.problems(project), elsewhere = told.filter { !$0.contains("/hosts/Moved'") }
        #expect(!told.isEmpty && elsewhere.isEmpty, "\(told)")
    }

    @Test("no order is signed for a copy of a host's directory, and the way on is where the host works")
    func copy() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        let place = project.file("Registry/hosts/Moved"), host = try DeploymentDirectory(project.environment)
        try Paths.makeDirectory(Paths.parent(place))
        try FileManager.default.copyItem(atPath: host.directory, toPath: place)
        // Before its key goes: it makes sure that there is one.
        let promotion = try project.request("m/2")
        try Paths.remove(host.hostKey)
        var request = RollBack.Request(environment: place, key: "paper-promoter", reason: "losses")
        request.wait = 0
        #expect(try RollBack.run(request, runtime: runtime.port, session: project.session).receipt.version == 1)
        let rollbacks = try project.actions("rollback").count
        request.environment = "paper"
        for isActivating in [true, false] {
            request.isActivating = isActivating
            let asked = request
            let refused = #expect(throws: Failure.self) {
                try RollBack.run(asked, runtime: runtime.port, session: project.session)
            }
            #expect(refused?.code == "promote.host-key", "\(refused as Any)")
            #expect(refused?.hint?.contains("where the host works: hftml rollback ") == true, "\(refused as Any)")
            #expect(refused?.hint?.contains("/hosts/Moved --reason TEXT --key KEY") == true, "\(refused as Any)")
        }
        #expect(try project.actions("rollback").count == rollbacks)
        let refused = #expect(throws: Failure.self) {
            try PromoteModel.run(promotion, runtime: runtime.port, session: project.session)
        }
        #expect(refused?.code == "promote.host-key", "\(refused as Any)")
        #expect(refused?.hint?.contains("hftml promote m/2 --to ") == true, "\(refused as Any)")
    }

    @Test("a rollback that nobody here could answer is refused before it is signed, unless its look is left elsewhere")
    func noHost() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try Paths.remove(try DeploymentDirectory(project.environment).hostKey)
        let refused = #expect(throws: Failure.self) { try project.rollBack(runtime) }
        #expect(refused?.code == "promote.host-key" && refused?.hint?.contains(" --no-activate; ") == true)
        #expect(refused?.hint?.contains("withdraw paper --host-is-lost ") == true, "\(refused as Any)")
        #expect(try project.actions("rollback").isEmpty)
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        (request.wait, request.isActivating) = (0, false)
        let code = project.code { [request] in
            _ = try RollBack.run(request, runtime: runtime.port, session: project.session)
        }
        #expect(code == "rollback.no-receipt")
    }

    @Test("a host elsewhere that was taken out and not halted may trade on, until a promoter's word says it is lost")
    func ended() throws {
        let project = try RejectedWeightsTests.project("carl"), further = try RecordedHostsTests.Further(project)
        for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        let session = project.session, place = further.host.directory
        further.runtime.answer(.silence)
        #expect(project.code { _ = try further.rollBack() } == "rollback.no-receipt")
        try Paths.remove(further.host.hostKey)
        try RejectedWeightsTests.say(.rejection, "m/2", as: "carl", project)
        #expect(try !Self.problems(project).isEmpty, "its host may be elsewhere")
        try Self.takeOut(project)
        #expect(try !Self.problems(project).isEmpty, "no document reached it, and nothing halted it")
        let waits = try #require(try ListDeployments.run(environment: nil, session: session).waiting.first)
        let hint = try #require(waits.hint)
        #expect(hint.contains("--host-is-lost"), "\(hint)")
        var request = WithdrawPromotion.Request(environment: place)
        (request.wait, request.isHostLost, request.reason) = (0, true, "its disk burned")
        #expect(try WithdrawPromotion.run(request, runtime: further.runtime.port, session: session).isUntold)
        #expect(try ListDeployments.run(environment: nil, session: session).waiting.isEmpty)
        #expect(try Self.problems(project).isEmpty)
        let notes = try VerifyRecord.gaps(session: session),
            lost = notes.filter { $0.contains("is lost by a promoter") }
        #expect(lost.count == 1 && lost[0].contains("worked in '\(place)'"), "\(notes)")
        #expect(lost.first?.contains("in no document any more") == true, "\(notes)")
    }

    @Test("a rollback that waits at a host that was halted and taken out ends by a promoter's word")
    func waitsAtRetired() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project)
        for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        let session = project.session, place = further.host.directory
        further.runtime.answer(.silence)
        #expect(project.code { _ = try further.rollBack() } == "rollback.no-receipt")
        try further.runtime.port.halt(place, "ann", "moved")
        var request = WithdrawPromotion.Request(environment: place)
        (request.wait, request.isHostLost, request.reason) = (0, true, "it trades no more")
        let port = further.runtime.port
        func withdraw() throws -> WithdrawPromotion.Outcome {
            try WithdrawPromotion.run(request, runtime: port, session: session)
        }
        #expect(project.code { _ = try withdraw() } == "withdrawal.host-here")
        try Self.takeOut(project)
        let waits = try #require(try ListDeployments.run(environment: nil, session: session).waiting.first)
        #expect(waits.hint?.contains("--host-is-lost") == true, "\(waits)")
        #expect(try withdraw().isUntold)
        #expect(try ListDeployments.run(environment: nil, session: session).waiting.isEmpty)
    }

    @Test("a host that was halted and taken out alarms nobody, and no rollback is signed for it")
    func retired() throws {
        let project = try RejectedWeightsTests.project("carl"), further = try RecordedHostsTests.Further(project)
        for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        try further.runtime.port.halt(further.host.directory, "ann", "moved")
        try Self.takeOut(project)
        try RejectedWeightsTests.say(.rejection, "m/2", as: "carl", project)
        #expect(try Self.problems(project).isEmpty)
        #expect(project.code { _ = try further.rollBack() } == "promote.host-key")
        #expect(try project.actions("rollback").isEmpty)
    }

    @Test("a rollback of a further host whose directory is gone says so, and names no other of the same name")
    func gone() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project)
        _ = try further.promote("m/1")
        let place = further.host.directory
        try FileManager.default.moveItem(atPath: place, toPath: project.file("out/away"))
        let refused = #expect(throws: Failure.self) { try further.rollBack() }
        #expect(refused?.message.hasPrefix("found no directory '\(place)'") == true, "\(refused as Any)")
        #expect(refused?.hint?.contains("withdraw \(place) --host-is-lost --reason TEXT") == true)
    }
}
