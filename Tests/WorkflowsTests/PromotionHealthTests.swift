import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Workflows

/// Whether a bundle that was put in force stays there: what its runtime reports decides.
@Suite struct PromotionHealthTests {
    private static let healthy: [String: JSONValue] = [
        "bars": .int(10), "submitted": .int(1), "denied": .int(0), "profit": .double(1), "p99Ns": .int(10),
        "halted": .bool(false), "undefined": .int(0), "predictions": .int(10),
    ]

    private static func withHealth(_ rule: String) throws -> TestProject {
        let project = try TestProject()
        try project.amend { $0 + "health: \(rule)\n" }
        return project
    }

    @Test("a health rule decides by the runtime's report; a probe is replayed for it")
    func health() throws {
        let project = try Self.withHealth("{withinSeconds: 0.1, minimumBars: 5}"),
            runtime = FakeRuntime(health: Self.healthy)
        try project.judge()
        var request = try project.request()
        request.probe = ["bars.csv"]
        let outcome = try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        #expect(outcome.alias == "paper" && runtime.replays == [["bars.csv"]] && runtime.halts.isEmpty)
    }

    @Test("without a report in time an environment that ran nothing before is halted, and the alias stays")
    func noHealth() throws {
        let project = try Self.withHealth("{withinSeconds: 0.1, minimumBars: 5}"), runtime = FakeRuntime()
        let failure = #expect(throws: Failure.self) { try project.promote("m/1", runtime) }
        #expect(failure?.code == "promote.unhealthy" && failure?.hint?.contains("halted") == true)
        #expect(runtime.halts.count == 1 && runtime.halts[0].hasPrefix("health: "))
        let registry = try project.session.registry()
        #expect(try registry.aliasState("paper", model: "m") == .unset && registry.promotionsUnderWay().isEmpty)
    }

    @Test("an unhealthy bundle makes room for the one before it")
    func unhealthy() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let first = try project.promote("m/1", runtime)
        try project.amend { $0 + "health: {withinSeconds: 0.1, maximumLoss: 5}\n" }
        var losing = Self.healthy
        losing["profit"] = .double(-6)
        let failure = #expect(throws: Failure.self) { try project.promote("m/2", FakeRuntime(health: losing)) }
        #expect(failure?.code == "promote.unhealthy" && failure?.message.contains("lost") == true)
        #expect(failure?.hint?.contains("in force again") == true)
        let latest = try ListDeployments.run(environment: "paper", session: project.session).records.first
        #expect(latest?.outcome == "rolled-back" && latest?.manifest == first.receipt.manifest)
        #expect(try project.session.registry().aliasState("paper", model: "m") == .version(1))
    }

    @Test("a report that no host signed says nothing, and what was taken back is promoted anew, not called in force")
    func forged() throws {
        let project = try Self.withHealth("{withinSeconds: 0.1, minimumBars: 5}"), runtime = FakeRuntime()
        try project.judge()
        let request = try project.request()
        // Written by hand while the promotion waits, with the right bundle.
        var port = runtime.port
        port.accept = { environment in
            try runtime.port.accept(environment)
            var health = Self.healthy
            health["bundle"] = .string(try Digest.sha256(file: "\(environment)/installed/current.hftbundle"))
            health["environment"] = .string("paper")
            let node = JSONValue.map(health.map { ($0.key, $0.value) })
            try AtomicFile.write(node.text(.compact), to: "\(environment)/health.json")
        }
        let failure = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: port, session: project.session)
        }
        #expect(failure?.code == "promote.unhealthy", "\(failure as Any)")
        #expect(failure?.message.contains("that no host of 'paper' signed") == true, "\(failure as Any)")
        // It lies in force, halted, since nothing was before it; that is no promotion.
        let again = try PromoteModel.run(
            request, runtime: FakeRuntime(health: Self.healthy).port, session: project.session)
        #expect(!again.isStanding && again.receipt.counter == 2)
        #expect(try PromoteModel.run(request, runtime: runtime.port, session: project.session).isStanding)
    }

    @Test("a report by another host of the same document says nothing of what runs here")
    func otherHost() throws {
        let project = try Self.withHealth("{withinSeconds: 0.1, minimumBars: 5}"), other = SigningKey(generating: "h2")
        let runtime = FakeRuntime(health: Self.healthy)
        try project.environment()
        try project.write(other.publicKey.json.text(.pretty), to: "Registry/keys/h2.pub.json")
        try project.amend {
            $0.replacing("  - {key: paper-host, ", with: "  - {key: h2, roles: [host]}\n  - {key: paper-host, ")
        }
        try project.judge()
        var port = runtime.port
        // Its own word, by the key of the other.
        @Sendable func resign(_ environment: String) throws {
            let file = try DeploymentDirectory(environment).healthFile
            let report = try Envelope(try FileChunks.text(file))
            let signed = try Envelope(payloadType: report.payloadType, payload: report.payloadText, signer: other)
            try AtomicFile.write(signed.text + "\n", to: file)
        }
        port.accept = { environment in
            try runtime.port.accept(environment)
            try runtime.port.replay(environment, [])
            try resign(environment)
        }
        let request = try project.request()
        let failure = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: port, session: project.session)
        }
        #expect(failure?.code == "promote.unhealthy", "\(failure as Any)")
        #expect(failure?.message.contains("that no host of 'paper' signed") == true, "\(failure as Any)")
    }

    @Test("a report by a host's key that was revoked here says nothing, before the next document says so")
    func revokedHere() throws {
        let project = try Self.withHealth("{withinSeconds: 0.1, minimumBars: 5}"), session = project.session
        let runtime = FakeRuntime(health: Self.healthy)
        try project.judge()
        var port = runtime.port
        port.accept = { environment in
            try runtime.port.accept(environment)
            let key = try SigningKey.read(try DeploymentDirectory(environment).hostKey)
            try ManageKeys.revoke(key.publicKey.id, reason: "lost", session: session)
        }
        let request = try project.request()
        let failure = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: port, session: session)
        }
        #expect(failure?.code == "promote.unhealthy", "\(failure as Any)")
        #expect(failure?.message.contains("that no host of 'paper' signed") == true, "\(failure as Any)")
    }

    @Test("a replay that fails is no sign of health")
    func failingReplay() throws {
        let project = try Self.withHealth("{withinSeconds: 5}")
        try project.judge()
        var request = try project.request(), port = FakeRuntime(health: Self.healthy).port
        request.probe = ["bars.csv"]
        port.replay = { _, _ in throw Failure("test.replay", "no such bars") }
        let failure = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: port, session: project.session)
        }
        #expect(failure?.message.contains("the replay failed: no such bars") == true)
    }
}
