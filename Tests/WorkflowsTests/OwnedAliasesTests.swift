import Basics
import Deployment
import Foundation
import Registry
import Testing
import Workflows

/// Aliases that say what runs in an environment are moved by its receipts alone.
@Suite struct OwnedAliasesTests {
    @Test("an alias that says what runs in an environment is moved by nobody's hand, but for putting it right")
    func byHand() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try project.rollBack(runtime)
        let refused = #expect(throws: Failure.self) { try MoveAlias.run("paper", to: "m/2", session: session) }
        #expect(refused?.code == "promote.alias" && refused?.hint?.contains("hftml promote m/2 --to paper") == true)
        #expect(project.code { _ = try MoveAlias.run("paper-canary", to: "m/2", session: session) } == "promote.alias")
        #expect(try MoveAlias.run("staging", to: "m/2", session: session).aliases.contains("staging"))
        #expect(project.code { try MoveAlias.delete("paper", of: "m", session: session) } == "promote.alias")
        try MoveAlias.delete("staging", of: "m", session: session)
        func notes() throws -> [String] {
            try VerifyRecord.gaps(session: session).filter { $0.contains("by its newest receipt") }
        }
        func items() throws -> [InboxItem] {
            try Inbox.run(as: "paper-promoter", session: session).items.filter { $0.next.contains("models alias") }
        }
        #expect(try notes().isEmpty && items().isEmpty)
        // As another program can.
        let registry = try session.registry()
        try registry.setAlias("paper", of: try registry.version("m/2"), reason: "by hand")
        let told = try notes()
        #expect(told.count == 1 && told[0].contains("m@paper to name m/2, and m/1 in force in 'paper'"), "\(told)")
        let item = try #require(try items().first)
        #expect(item.next == "hftml models alias m/1 paper" && item.subject == "paper")
        #expect(try MoveAlias.run("paper", to: "m/1", session: session).aliases.contains("paper"))
        #expect(try notes().isEmpty && items().isEmpty)
    }

    @Test("a promotion elsewhere takes no environment's own alias, and one that no environment has is free")
    func elsewhere() throws {
        let project = try TestProject(), runtime = FakeRuntime(), further = try RecordedHostsTests.Further(project)
        try project.promote("m/1", runtime)
        _ = try GateModel.run(
            "m/2", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
            environment: further.host.directory, key: "paper-gate", session: project.session)
        var request = try project.request("m/2")
        (request.environment, request.alias) = (further.host.directory, "paper")
        let refused = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: further.runtime.port, session: project.session)
        }
        #expect(refused?.code == "promote.alias" && refused?.message.contains("to be that of 'paper'") == true)
        let registry = try project.session.registry()
        #expect(try registry.promotionsUnderWay().isEmpty && registry.aliasState("paper", model: "m") == .version(1))
        request.alias = "champion"
        #expect(
            try PromoteModel.run(request, runtime: further.runtime.port, session: project.session).alias == "champion")
    }

    @Test("the alias of a host that was halted and taken out names nothing that runs, and is fixed no more")
    func retired() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project), session = project.session
        let alias = try further.promote("m/1").alias
        #expect(project.code { try MoveAlias.delete(alias, of: "m", session: session) } == "promote.alias")
        try further.runtime.port.halt(further.host.directory, "ann", "moved")
        try project.amend { $0.replacing("  - {key: paper-host-2, roles: [host]}\n", with: "") }
        #expect(try MoveAlias.run(alias, to: "m/2", session: session).aliases.contains(alias))
        #expect(try !VerifyRecord.gaps(session: session).contains { $0.contains("by its newest receipt") })
        try MoveAlias.delete(alias, of: "m", session: session)
    }

    @Test("a place whose promotion moved an alias of nobody's may have its own set to what runs there alone")
    func aliasOfNobody() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        try project.environment()
        try project.judge("m/1")
        var request = try project.request("m/1")
        request.alias = "champion"
        _ = try PromoteModel.run(request, runtime: runtime.port, session: session)
        #expect(project.code { _ = try MoveAlias.run("paper", to: "m/2", session: session) } == "promote.alias")
        #expect(try MoveAlias.run("paper", to: "m/1", session: session).aliases.contains("paper"))
        // Where the place is gone, nobody could promote to it.
        try FileManager.default.moveItem(atPath: project.environment, toPath: project.file("out/away"))
        #expect(try MoveAlias.run("paper", to: "m/2", session: session).aliases.contains("paper"))
    }

    @Test("what was rolled back asks nobody for a yes before the gate judged it again, and its page says so")
    func waitsForTheGate() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        try project.trust("bob")
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n  - {rule: metric, metric: ic, "
                + "minimum: -1}\n", to: "Registry/gates/live.yaml")
        try project.environment(policy: "live")
        for reference in ["m/1", "m/2"] {
            let draft = try SignStatement.draft(
                .approval, reference, policy: nil, for: "paper", signer: "bob", reason: "read", session: session)
            _ = try SignStatement.sign(draft, key: "bob", session: session)
            try project.promote(reference, runtime)
        }
        #expect(try ShowVersion.run("m/2", session: session).takenBack.isEmpty)
        try project.rollBack(runtime)
        func asked() throws -> [InboxItem] {
            try Inbox.run(as: "bob", session: session).items.filter { $0.kind == .approval }
        }
        #expect(try asked().isEmpty, "nobody has judged it since")
        let told = try ShowVersion.run("m/2", session: session).takenBack
        #expect(told.count == 1 && told[0].hasPrefix("in 'paper': m/2 was rolled back at "), "\(told)")
        try project.judge("m/2")
        #expect(try asked().map(\.subject) == ["m/2"])
        // Every rule that failed is named, not people's alone.
        let policy = try project.read("Registry/gates/live.yaml")
        try project.write(policy.replacing("minimum: -1", with: "minimum: 0.999"), to: "Registry/gates/live.yaml")
        try project.judge("m/2")
        let refused = project.refusedPromotion("m/2")
        #expect(refused?.code == "promote.refused", "\(refused as Any)")
        #expect(refused?.message.contains(", by approvals, metric") == true, "\(refused as Any)")
    }
}
