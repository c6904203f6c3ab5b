import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// What whoever writes the registry can say of orders, and of what hosts answered to them.
@Suite struct OrdersOnRecordTests {
    private static func waiting(_ project: TestProject) throws -> [String] {
        try ListDeployments.run(environment: nil, session: project.session).waiting.map(\.message)
    }

    private static func key(_ name: String, _ project: TestProject) throws -> SigningKey {
        try SigningKey.read(project.file("Registry/keys/\(name).key.json"))
    }

    /// A rollback that waits for a further host whose directory was moved away.
    private static func away() throws -> (project: TestProject, place: String, counter: Int, bundle: String) {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project)
        for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        further.runtime.answer(.silence)
        #expect(project.code { _ = try further.rollBack() } == "rollback.no-receipt")
        let place = further.host.directory
        let name = project.session.environmentName(place)
        let order = try #require(try project.session.registry().rollbackEntries(environment: name).first)
        let bundle = try #require(order.detail[key: "bundle"]?.stringValue)
        try FileManager.default.moveItem(atPath: place, toPath: project.file("out-of-reach"))
        #expect(try waiting(project).contains { $0.hasPrefix("the rollback \(order.counter) of '\(name)'") })
        return (project, name, order.counter, bundle)
    }

    @Test("a promoter whose key the newest document has as revoked stops nobody by an order, and hides none")
    func revokedPromoter() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        let registry = try session.registry(), promoter = try Self.key("paper-promoter", project)
        let waits = try #require(try registry.rollbackEntries(environment: "paper").first)
        let bundle = try #require(waits.detail[key: "bundle"]?.stringValue)
        _ = try ManageKeys.generate("second", session: session)
        try project.amend {
            $0.replacing(
                "roles: [promoter, log]}", with: "roles: [promoter, log]}\n  - {key: second, roles: [promoter]}")
        }
        try ManageKeys.revoke("paper-promoter", reason: "stolen", session: session)
        try project.amend { $0.replacing("verdictDays: 7", with: "verdictDays: 6") }
        let document = try AuthorityEnvelope(try project.read("Registry/environments/paper/authority.json")).authority
        let named = try #require(document.keys.first { $0.name == "paper-promoter" })
        #expect(named.revoked != nil && named.roles.contains(EnvironmentAuthority.Role.promoter), "as a stolen one is")
        let bytes = try FileChunks.bytes(session.artefacts.path(bundle))
        var order = try DeploymentOrder(try #require(ModelBundle.order(in: bytes)))
        (order.counter, order.reason) = (waits.counter + 1, "evil")
        let forged = try ModelBundle.redeployed(bytes, deployment: try order.signed(by: promoter))
        _ = try session.artefacts.add(forged)
        try registry.audit(
            action: "rollback", subject: .environment("paper"),
            detail: .map([
                "counter": .int(order.counter), "bundle": .string(Digest.sha256(forged)), "reason": .string("evil"),
            ]))
        let told = try Self.waiting(project)
        #expect(told.count == 1 && !told[0].contains("evil"), "\(told)")
    }

    @Test("a row that no host signed ends the waiting for no host whose directory is not here")
    func unsignedRow() throws {
        let (project, place, counter, bundle) = try Self.away()
        for outcome in ["rolled-back", "refused", "withdrawn"] {
            var row = DeploymentRecord(
                environment: place, bundle: bundle, model: "m", version: 1, outcome: outcome, reason: nil,
                signer: "paper-host-2", replaced: nil, time: try project.session.registry().now())
            (row.counter, row.envelope) = (counter, "x")
            #expect(try project.session.registry().record(row))
            let told = try Self.waiting(project)
            #expect(told.contains { $0.contains(" waits for its host") }, "\(outcome): \(told)")
        }
    }

    @Test(
        "promoters of another environment end no rollback of a place whose directory is not here, nor keep it waiting")
    func otherEnvironment() throws {
        let (project, place, counter, bundle) = try Self.away(), registry = try project.session.registry()
        try project.environment("sandbox")
        try project.judge("m/1", for: "sandbox")
        let other = try PromoteModel.run(
            try project.request("m/1", to: "sandbox"), runtime: FakeRuntime().port, session: project.session)
        // Its receipts lie at the place, too.
        for var row in try registry.deployments(environment: "sandbox") {
            row.environment = place
            #expect(try registry.record(row))
        }
        func enter(_ environment: String, by key: String, of carrier: String) throws {
            let word = Withdrawal(
                environment: environment, counter: counter, bundle: bundle, time: registry.now(), person: "eve",
                reason: "", host: nil, isHostLost: true)
            try registry.audit(
                action: "rollback.withdrawn", subject: .environment(place),
                detail: .map([
                    "counter": .int(counter), "bundle": .string(carrier), "hostIsLost": .bool(true),
                    "withdrawal": .string(try word.signed(by: Self.key(key, project)).text),
                ]))
        }
        for carrier in [other.bundle, bundle] {
            try enter("sandbox", by: "sandbox-promoter", of: carrier)
            #expect(try !Self.waiting(project).isEmpty, "\(carrier)")
        }
        try enter("paper", by: "paper-promoter", of: bundle)
        #expect(try Self.waiting(project).isEmpty)
    }

    @Test("a bundle in the store that was changed since is nobody's order")
    func changedBundle() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        let order = try #require(try session.registry().rollbackEntries(environment: "paper").first)
        let bundle = try #require(order.detail[key: "bundle"]?.stringValue)
        #expect(session.storedBundle(bundle) != nil)
        let path = session.artefacts.path(bundle)
        let bytes = try FileChunks.bytes(path) + [0]
        try Paths.remove(path)
        try AtomicFile.write(String(decoding: bytes.prefix(100), as: UTF8.self), to: path)
        #expect(session.storedBundle(bundle) == nil && session.storedBundle("../x") == nil)
        // Nobody can tell whose it is: it waits, and stops what follows.
        #expect(try Self.waiting(project).count == 1)
        #expect(project.refusedPromotion("m/1")?.code == "promote.rollback-waits")
    }
}
