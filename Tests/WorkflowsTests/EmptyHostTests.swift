import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// A host that has nothing of what the record has, whose version somebody wants out: another one goes into force.
@Suite struct EmptyHostTests {
    /// The machine is lost; a new host, which the environment's document names instead, lies in its place.
    private static func replaceHost(_ project: TestProject) throws {
        for name in ["installed", "receipts", "inbox", "host.key.json"] {
            try Paths.remove("\(project.environment)/\(name)")
        }
        try SigningKey(generating: "paper-host").write(to: "\(project.environment)/host.key.json")
        try project.environment()
    }

    private static func items(_ project: TestProject) throws -> [InboxItem] {
        try Inbox.run(as: "paper-promoter", session: project.session).items.filter { $0.kind == .promotion }
    }

    private static func reject(_ reference: String, _ project: TestProject) throws {
        let draft = try SignStatement.draft(
            .rejection, reference, policy: nil, for: "paper", signer: "carl", reason: "bad fills",
            session: project.session)
        _ = try SignStatement.sign(draft, key: "carl", session: project.session)
    }

    @Test("a new host takes another version than the one that a waiting rollback was to take out")
    func waitingRollback() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        runtime.answer(.install)
        try Self.replaceHost(project)
        let items = try Self.items(project)
        #expect(items.first?.what.contains("the rollback 3 of 'paper'") == true, "\(items)")
        #expect(items.first?.next.contains("hftml deployments withdraw paper --host-is-lost") == true, "\(items)")
        #expect(items.contains { $0.next.contains("promote another version than m/2") }, "\(items)")
        #expect(!items.contains { $0.next.contains("hftml promote m/2") }, "\(items)")
        let refused = #expect(throws: Failure.self) { try project.rollBack(runtime) }
        #expect(refused?.code == "rollback.none", "\(refused as Any)")
        #expect(refused?.hint?.contains("(rollback 3 was ordered to take it out)") == true, "\(refused as Any)")
        #expect(refused?.hint?.contains("hftml promote m/2") == false, "\(refused as Any)")
        // By what was judged before that order it comes back to no host.
        #expect(project.refusedPromotion("m/2")?.code == "promote.old-gate")
        let other = try project.promote("m/1", runtime)
        #expect(other.receipt.version == 1 && other.receipt.counter == 4)
        #expect(project.refusedPromotion("m/2")?.code == "promote.old-gate")
        #expect(try VerifyRecord.run(session: project.session).isEmpty)
        #expect(try Self.items(project).isEmpty)
    }

    @Test("a new host is not told to go back to what another host had in its place")
    func reach() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try Self.replaceHost(project)
        try project.promote("m/2", runtime)
        let refused = #expect(throws: Failure.self) { try project.rollBack(runtime) }
        #expect(refused?.code == "rollback.none", "\(refused as Any)")
        #expect(refused?.message.contains("in force at another host, and never at this one") == true)
        let place = try DeploymentDirectory(project.environment).directory
        #expect(refused?.hint?.contains("hftml-runtime halt \(place) --by PERSON") == true, "\(refused as Any)")
        let named = #expect(throws: Failure.self) { try project.rollBack(runtime, to: "m/1") }
        #expect(named?.message.contains("never had revision 1 (m/1)") == true, "\(named as Any)")
        #expect(named?.hint?.hasPrefix("promote it: hftml promote m/1 --to paper ") == true, "\(named as Any)")
        #expect(try project.actions("rollback").isEmpty, "nothing was ordered")
        // What it had itself is within reach.
        try project.promote("m/1", runtime)
        #expect(try project.rollBack(runtime).receipt.version == 2)
    }

    @Test("where what the record has was rejected, an empty host and one of an older copy take another version")
    func rejected() throws {
        for isEmpty in [true, false] {
            let project = try RejectedWeightsTests.project("carl"), runtime = FakeRuntime()
            try project.promote("m/1", runtime)
            let copy = project.file("out/installed"), host = try DeploymentDirectory(project.environment)
            try FileManager.default.copyItem(atPath: host.installed, toPath: copy)
            try project.promote("m/2", runtime)
            for path in [host.installed, host.receipts] { try Paths.remove(path) }
            if !isEmpty { try FileManager.default.moveItem(atPath: copy, toPath: host.installed) }
            try Self.reject("m/2", project)
            let found = isEmpty ? "nothing" : "something else"
            let problems = try VerifyRecord.run(session: project.session)
            #expect(problems.contains { $0.contains("whose host has \(found) in force, and 'carl'") }, "\(problems)")
            let refused = #expect(throws: Failure.self) { try project.rollBack(runtime) }
            #expect(refused?.hint?.contains("promote another version than m/2") == true, "\(refused as Any)")
            let hints = try Self.items(project).map(\.next)
            #expect(!hints.isEmpty && !hints.contains { $0.contains("m/2 --to") || $0.contains("hftml rollback") })
            let other = try project.promote("m/1", runtime)
            #expect(other.receipt.version == 1 && other.receipt.counter == 3)
            #expect(try VerifyRecord.run(session: project.session).isEmpty)
        }
    }

    @Test("at a host of an older copy a rollback that is ordered again goes past what a waiting one is to take out")
    func olderCopy() throws {
        let project = try TestProject(), runtime = FakeRuntime(), host = try DeploymentDirectory(project.environment)
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try project.promoteOther(runtime)
        let copy = project.file("out/installed")
        try FileManager.default.copyItem(atPath: host.installed, toPath: copy)
        #expect(try project.rollBack(runtime).target == 2)
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        // It comes back with revision 3; the record has m/2, which the rollback 5 was to take out.
        for path in [host.installed, host.inbox] { try Paths.remove(path) }
        try FileManager.default.moveItem(atPath: copy, toPath: host.installed)
        let items = try Self.items(project)
        #expect(items.first?.next.contains("or order it again: hftml rollback paper --reason TEXT") == true, "\(items)")
        runtime.answer(.install)
        let back = try project.rollBack(runtime)
        #expect(back.target == 1 && back.receipt.version == 1 && back.receipt.counter == 6)
        #expect(try Self.items(project).isEmpty)
        #expect(project.refusedPromotion("m/2")?.code == "promote.old-gate")
    }

    @Test("where the host of an older copy runs what a waiting rollback goes to, nothing that is wanted out comes back")
    func targetRuns() throws {
        let project = try TestProject(), runtime = FakeRuntime(), host = try DeploymentDirectory(project.environment)
        try project.promote("m/1", runtime)
        let copy = project.file("out/installed")
        try FileManager.default.copyItem(atPath: host.installed, toPath: copy)
        try project.promote("m/2", runtime)
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        for path in [host.installed, host.inbox] { try Paths.remove(path) }
        try FileManager.default.moveItem(atPath: copy, toPath: host.installed)
        let refused = #expect(throws: Failure.self) { try project.rollBack(runtime) }
        #expect(refused?.code == "rollback.none", "\(refused as Any)")
        #expect(refused?.message.contains("revision 1 is what runs at the host of 'paper'") == true)
        #expect(refused?.hint?.contains("promote another version than m/2") == true, "\(refused as Any)")
    }

    @Test("a rollback that waits stands first in the inbox, in the list and beside the check, until it is answered")
    func told() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        let place = try DeploymentDirectory(project.environment).directory
        let first = try #require(try Inbox.run(as: "paper-promoter", session: session).items.first)
        #expect(first.what.hasPrefix("the rollback 3 of 'paper' to m/1 was ordered at "), "\(first)")
        #expect(first.next.hasPrefix("let the host look: hftml-runtime accept \(place)"), "\(first)")
        let listed = try ListDeployments.run(environment: "paper", session: session)
        #expect(listed.waiting.map(\.code) == ["promote.rollback-waits"])
        #expect(listed.waiting.first?.message.hasPrefix("the rollback 3 of 'paper'") == true, "\(listed.waiting)")
        #expect(try VerifyRecord.gaps(session: session).contains { $0.hasPrefix("the rollback 3 of 'paper'") })
        // Its order was lost on the way: another look alone finds nothing.
        try Paths.remove("\(project.environment)/inbox")
        let lost = try #require(try Inbox.run(as: "paper-promoter", session: session).items.first)
        #expect(lost.next.contains("hftml rollback paper --reason TEXT --key paper-promoter"), "\(lost)")
        runtime.answer(.install)
        #expect(try project.rollBack(runtime).receipt.counter == 4)
        #expect(try ListDeployments.run(environment: "paper", session: session).waiting.isEmpty)
        #expect(try Self.items(project).isEmpty)
    }
}
