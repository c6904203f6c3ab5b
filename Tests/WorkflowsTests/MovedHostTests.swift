import Basics
import Deployment
import Foundation
import Registry
import Testing
import Workflows

/// A host that goes on in another directory: one key, one line of numbers.
@Suite struct MovedHostTests {
    /// A further host with two versions in force, and the place where it is to go.
    private struct Moving {
        let project: TestProject
        let further: RecordedHostsTests.Further
        let from: String
        let to: String
        var session: Session { project.session }
        var runtime: FakeRuntime { further.runtime }

        init() throws {
            project = try TestProject()
            further = try RecordedHostsTests.Further(project)
            (from, to) = (further.host.directory, project.file("Registry/hosts/Third"))
            for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        }

        func move() throws { try FileManager.default.moveItem(atPath: from, toPath: to) }

        func promote(_ reference: String, to place: String, alias: String? = nil) throws -> PromoteModel.Outcome {
            _ = try GateModel.run(
                reference, policy: nil, strategy: project.strategy, features: project.features, against: nil,
                threads: 1, environment: place, key: "paper-gate", session: session)
            var request = try project.request(reference)
            (request.environment, request.alias) = (place, alias)
            return try PromoteModel.run(request, runtime: runtime.port, session: session)
        }

        func rollBack(_ place: String) throws -> RollBack.Outcome {
            var request = RollBack.Request(environment: place, key: "paper-promoter", reason: "losses")
            request.wait = 0
            return try RollBack.run(request, runtime: runtime.port, session: session)
        }

        func notes(_ words: String) throws -> [String] {
            try VerifyRecord.gaps(session: session).filter { $0.contains(words) }
        }

        func alias(_ name: String) throws -> AliasState {
            try session.registry().aliasState(name, model: "m")
        }
    }

    @Test("a host that moves as the guide tells: its new place is taken in, and the old one names it")
    func guide() throws {
        let moving = try Moving(), session = moving.session
        try moving.move()
        #expect(try moving.notes("is not seen from here").count == 1, "nobody has named the new place yet")
        try moving.runtime.port.accept(moving.to)
        let listed = try ListDeployments.run(environment: moving.to, session: session)
        #expect(listed.records.map(\.counter) == [2, 1], "\(listed.records)")
        #expect(listed.problems.filter { $0.code == "host.unseen" }.isEmpty, "\(listed.problems)")
        #expect(try moving.notes("is not seen from here").isEmpty)
        #expect(try HostsBehind.find("paper", session: session).isEmpty)
        // What runs at the old place is what the new one says.
        let rollback = #expect(throws: Failure.self) { try moving.rollBack(moving.from) }
        let promotion = #expect(throws: Failure.self) { try moving.promote("m/1", to: moving.from) }
        for refused in [rollback, promotion] {
            #expect(refused?.code == "promote.no-environment", "\(refused as Any)")
            #expect(refused?.message.contains("has gone on in '\(moving.to)'") == true, "\(refused as Any)")
            #expect(refused?.hint?.hasSuffix(moving.to) == true, "\(refused as Any)")
        }
        #expect(try moving.rollBack(moving.to).receipt.counter == 3)
        #expect(try VerifyRecord.run(session: session).isEmpty)
        #expect(try moving.notes("is not seen from here").isEmpty)
    }

    @Test("the alias of a host goes along with it: a rollback and a promotion at its new place move it")
    func alias() throws {
        let moving = try Moving()
        #expect(try moving.alias("paper-second") == .version(2))
        try moving.move()
        #expect(try moving.rollBack(moving.to).aliases == ["paper-second"])
        #expect(try moving.alias("paper-second") == .version(1))
        #expect(try moving.notes("by its newest receipt").isEmpty)
        // By hand it is only put right, as at the place before.
        let code = moving.project.code { _ = try MoveAlias.run("paper-second", to: "m/2", session: moving.session) }
        #expect(code == "promote.alias")
        #expect(try moving.promote("m/2", to: moving.to).alias == "paper-second")
        #expect(try moving.alias("paper-second") == .version(2) && moving.alias("paper-third") == .unset)
        #expect(try moving.notes("by its newest receipt").isEmpty)
    }

    @Test("a host that was moved takes the name of its alias along also where somebody names it")
    func namedAlias() throws {
        let moving = try Moving()
        try moving.move()
        #expect(try moving.promote("m/1", to: moving.to, alias: "paper-second").alias == "paper-second")
        #expect(try moving.alias("paper-second") == .version(1))
    }

    @Test("an order that moved with its host waits no more once the host has carried it out at its new place")
    func waiting() throws {
        let moving = try Moving(), session = moving.session
        moving.runtime.answer(.silence)
        #expect(moving.project.code { _ = try moving.further.rollBack() } == "rollback.no-receipt")
        try moving.move()
        #expect(try ListDeployments.run(environment: nil, session: session).waiting.count == 1)
        moving.runtime.answer(.install)
        try moving.runtime.port.accept(moving.to)
        let listed = try ListDeployments.run(environment: moving.to, session: session)
        #expect(listed.records.first?.outcome == "rolled-back", "\(listed.records)")
        let all = try ListDeployments.run(environment: nil, session: session)
        #expect(all.waiting.isEmpty, "\(all.waiting)")
        #expect(try moving.notes("the rollback 3").isEmpty)
        let items = try Inbox.run(as: "paper-promoter", session: session).items
        #expect(!items.contains { $0.what.contains("the rollback 3") }, "\(items)")
        #expect(try moving.alias("paper-second") == .version(1))
    }

    @Test("a promotion that moved with its host ends by the receipt that the host signs at its new place")
    func underWay() throws {
        let moving = try Moving(), session = moving.session, registry = try session.registry()
        moving.runtime.answer(.silence)
        _ = try GateModel.run(
            "m/1", policy: nil, strategy: moving.project.strategy, features: moving.project.features, against: nil,
            threads: 1, environment: moving.from, key: "paper-gate", session: session)
        var request = try moving.project.request("m/1")
        (request.environment, request.wait) = (moving.from, 0)
        let code = moving.project.code { [request] in
            _ = try PromoteModel.run(request, runtime: moving.runtime.port, session: session)
        }
        #expect(code == "promote.no-receipt")
        try moving.move()
        moving.runtime.answer(.install)
        try moving.runtime.port.accept(moving.to)
        _ = try ListDeployments.run(environment: moving.to, session: session)
        #expect(try registry.promotionsUnderWay().isEmpty)
        #expect(try moving.alias("paper-second") == .version(1))
    }

    @Test("an older copy of a host, private key and all, takes neither promotion nor rollback, wherever it lies")
    func olderCopy() throws {
        let moving = try Moving(), session = moving.session
        try FileManager.default.copyItem(atPath: moving.from, toPath: moving.to)
        #expect(try moving.rollBack(moving.to).receipt.counter == 3)
        let orders = try moving.project.actions("rollback").count
        func expectRefused(_ place: String, naming other: String, _ body: () throws -> Void) {
            let refused = #expect(throws: Failure.self) { try body() }
            #expect(refused?.code == "promote.host-key", "\(refused as Any)")
            #expect(refused?.message.contains("older copy in '\(place)'") == true, "\(refused as Any)")
            #expect(refused?.message.contains("gone on in '\(other)'") == true, "\(refused as Any)")
            #expect(refused?.hint?.contains(other) == true, "\(refused as Any)")
        }
        expectRefused(moving.from, naming: moving.to) { _ = try moving.rollBack(moving.from) }
        expectRefused(moving.from, naming: moving.to) { _ = try moving.promote("m/2", to: moving.from) }
        #expect(try moving.project.actions("rollback").count == orders)
        #expect(try moving.notes("has gone on in '\(moving.to)'").count == 1)
        // The other way round: the copy that was brought back went on.
        try FileManager.default.removeItem(atPath: moving.from)
        try FileManager.default.copyItem(atPath: moving.to, toPath: moving.from)
        #expect(try moving.promote("m/2", to: moving.from).receipt.counter == 4)
        expectRefused(moving.to, naming: moving.from) { _ = try moving.rollBack(moving.to) }
        expectRefused(moving.to, naming: moving.from) { _ = try moving.promote("m/1", to: moving.to) }
        // Where the one that went on is gone, its copy may lie there again.
        try FileManager.default.removeItem(atPath: moving.from)
        let lost = #expect(throws: Failure.self) { try moving.rollBack(moving.to) }
        #expect(lost?.hint?.contains("mv \(moving.to) \(moving.from)") == true, "\(lost as Any)")
        #expect(try moving.notes("is not seen from here").count == 1, "an older copy says nothing of it")
        try FileManager.default.moveItem(atPath: moving.to, toPath: moving.from)
        let listed = try ListDeployments.run(environment: moving.from, session: session)
        #expect(listed.problems.contains { $0.code == "host.behind" }, "\(listed.problems)")
        #expect(moving.project.code { _ = try moving.rollBack(moving.from) } != "promote.host-key")
    }

    @Test("a host that moves on and back again goes on with its numbers at each place")
    func backAgain() throws {
        let moving = try Moving()
        try moving.move()
        #expect(try moving.rollBack(moving.to).receipt.counter == 3)
        try FileManager.default.moveItem(atPath: moving.to, toPath: moving.from)
        #expect(try moving.promote("m/2", to: moving.from).receipt.counter == 4)
        #expect(try moving.rollBack(moving.from).receipt.counter == 5)
        #expect(try moving.alias("paper-second") == .version(1))
        #expect(try moving.notes("is not seen from here").isEmpty)
    }
}
