import Basics
import Deployment
import Foundation
import ModelBundles
import Promotion
import Registry
import Testing
import Workflows

/// What one host of an environment took out is weighed at its others.
@Suite struct OtherHostRollbackTests {
    @Test("a yes from before a rollback at one host of an environment counts at none of its hosts")
    func approval() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        try project.trust("bob")
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n", to: "Registry/gates/live.yaml"
        )
        try project.environment(policy: "live")
        let further = try RecordedHostsTests.Further(project)
        func approve(_ reference: String) throws {
            let draft = try SignStatement.draft(
                .approval, reference, policy: nil, for: "paper", signer: "bob", reason: "read", session: session)
            _ = try SignStatement.sign(draft, key: "bob", session: session)
        }
        for reference in ["m/1", "m/2"] {
            try approve(reference)
            try project.promote(reference, runtime)
        }
        try project.rollBack(runtime)
        func judged() throws -> GateModel.Outcome {
            try GateModel.run(
                "m/2", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
                environment: further.host.directory, key: "paper-gate", session: session)
        }
        let line = try #require(try judged().report.items.first { $0.name == "approvals" })
        #expect(line.reason.contains("before m/2 was rolled back at "), "\(line.reason)")
        #expect(try !judged().report.isPassed)
        try approve("m/2")
        #expect(try judged().report.isPassed)
    }

    @Test("a rollback at another host that nobody collected counts, for a verdict of before it and for the next one")
    func uncollected() throws {
        let project = try TestProject(), runtime = FakeRuntime(), further = try RecordedHostsTests.Further(project)
        for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        try project.promote("m/1", runtime)
        try project.judge("m/2")
        let request = try project.request("m/2")
        try further.runtime.port.rollBack(further.host.directory, "op", "losses")
        let refused = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        }
        #expect(refused?.code == "promote.old-gate", "\(refused as Any)")
        #expect(refused?.message.contains("m/2 was rolled back at ") == true)
        #expect(try project.judge("m/2").report.items.contains { $0.name == "environment-rollback" })
        // Nothing moves by somebody's looking, nor by the host's directory going to another place.
        func told() throws -> String? {
            try project.judge("m/2").report.items.first { $0.name == "environment-rollback" }?.reason
        }
        let before = try #require(try told())
        let place = further.host.directory, moved = project.file("Registry/hosts/Third")
        try FileManager.default.moveItem(atPath: place, toPath: moved)
        _ = try GateModel.run(
            "m/2", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
            environment: moved, key: "paper-gate", session: project.session)
        let listed = try ListDeployments.run(environment: nil, session: project.session).entries
        #expect(listed.filter { $0.host == "paper-host-2" }.count == 3, "\(listed)")
        #expect(listed.filter { $0.host == "paper-host-2" }.allSatisfy { $0.record.environment == moved })
        #expect(listed.first { $0.record.outcome == "rolled-back" }?.tookOut == 2)
        #expect(try told() == before)
        #expect(try PromoteModel.run(request, runtime: runtime.port, session: project.session).receipt.version == 2)
    }

    @Test("a rollback that a courier brings hours later voids the verdict that was signed meanwhile")
    func late() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        let runtime = FakeRuntime(clock: time.clock), further = try RecordedHostsTests.Further(project)
        for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        try project.promote("m/1", runtime)
        let place = further.host.directory, away = project.file("out/away")
        try further.runtime.port.rollBack(place, "op", "losses")
        try FileManager.default.moveItem(atPath: place, toPath: away)
        time.advance(seconds: 8 * 3600)
        try project.judge("m/2")
        try FileManager.default.moveItem(atPath: away, toPath: place)
        let request = try project.request("m/2")
        #expect(
            project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: project.session) }
                == "promote.old-gate")
    }

    @Test("a rollback from one strategy of the same weights to another is seen from other hosts, for that one alone")
    func strategies() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project)
        let bold = try project.write(
            try project.read("strategy.yaml").replacing("enterAbove: 0.5,", with: "enterAbove: 0.51,"), to: "bold.yaml")
        func judge(_ strategy: String, for place: String) throws -> GateModel.Outcome {
            try GateModel.run(
                "m/1", policy: nil, strategy: strategy, features: project.features, against: nil, threads: 1,
                environment: place, key: "paper-gate", session: project.session)
        }
        for strategy in [project.strategy, bold] {
            _ = try judge(strategy, for: further.host.directory)
            var request = try project.request("m/1")
            (request.environment, request.strategy) = (further.host.directory, strategy)
            _ = try PromoteModel.run(request, runtime: further.runtime.port, session: project.session)
        }
        try further.runtime.port.rollBack(further.host.directory, "op", "losses")
        func isTold(_ strategy: String) throws -> Bool {
            try judge(strategy, for: "paper").report.items.contains { $0.name == "environment-rollback" }
        }
        #expect(try isTold(bold) && !isTold(project.strategy))
    }

    @Test("what no host of the environment signed takes nothing back, whatever place the record has it under")
    func stranger() throws {
        let project = try TestProject(), session = project.session, registry = try session.registry()
        try project.environment()
        let stranger = SigningKey(generating: "stranger")
        let host = try SigningKey.read("\(project.environment)/host.key.json")
        func put(_ place: String, by key: SigningKey) throws {
            let acts: [(Receipt.Outcome, Int)] = [(.installed, 1), (.installed, 2), (.rolledBack, 1)]
            for (index, (outcome, version)) in acts.enumerated() {
                let receipt = Receipt(
                    environment: "paper", outcome: outcome, bundle: Digest.sha256("\(place) \(index)"),
                    counter: index + 1, name: "m", version: version, time: registry.now())
                var record = DeploymentRecord(
                    environment: place, bundle: receipt.bundle, model: "m", version: version,
                    outcome: outcome.rawValue, reason: nil, signer: nil, replaced: nil, time: receipt.time)
                (record.counter, record.envelope) = (receipt.counter, try receipt.signed(by: key).text)
                try registry.record(record)
            }
        }
        func isTold() throws -> Bool {
            try project.judge("m/2").report.items.contains { $0.name == "environment-rollback" }
        }
        try put("/srv/other", by: stranger)
        #expect(try !isTold())
        try put("/srv/further", by: host)
        #expect(try isTold())
    }
}
