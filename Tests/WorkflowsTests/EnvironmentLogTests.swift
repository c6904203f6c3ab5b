import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Workflows

/// The audit log and environments: whose heads count where, and what a host is told of its receipts.
@Suite struct EnvironmentLogTests {
    /// The signed document of an environment.
    private static func document(_ project: TestProject, _ name: String) throws -> EnvironmentAuthority {
        try AuthorityEnvelope(try project.read("Registry/environments/\(name)/authority.json")).authority
    }

    @Test(
        "an environment rests on heads that its own log keys signed: those of another environment cover nothing there"
    )
    func ownKeys() throws {
        let project = try TestProject()
        try project.trust("log", roles: ["log"])
        try project.environment("paper")
        // Live's promoter signs no heads; a key of its own does.
        _ = try ManageKeys.generate("live-log", session: project.session)
        try project.amend("live") {
            $0.replacing(
                "{key: live-promoter, roles: [promoter, log]}", with: "{key: live-promoter, roles: [promoter]}"
            )
            .replacing("# anchorHours: 24", with: "anchorHours: 24")
            .replacing("  - {key: live-host,", with: "  - {key: live-log, roles: [log]}\n  - {key: live-host,")
        }
        let file = project.file("Registry/keys/live-log.key.json"), hidden = project.file("away.json")
        try FileManager.default.moveItem(atPath: file, toPath: hidden)
        try project.judge("m/1", for: "live")
        func problems(_ name: String) throws -> [String] {
            try VerifyRecord.run(session: project.session, anchorHours: 24, for: try Self.document(project, name))
        }
        #expect(try SignHead.anchor(as: nil, session: project.session).head.signer == "paper-promoter")
        #expect(try problems("paper") == [] && VerifyRecord.run(session: project.session, anchorHours: 24) == [])
        #expect(try problems("live").contains { $0.contains("found no anchor of the audit log") })
        var request = try project.request(to: "live")
        request.wait = 0
        func promote() -> String? {
            project.code {
                _ = try PromoteModel.run(request, runtime: FakeRuntime(.silence).port, session: project.session)
            }
        }
        #expect(promote() == "promote.log")
        try FileManager.default.moveItem(atPath: hidden, toPath: file)
        #expect(try SignHead.anchor(as: "live-log", session: project.session).head.signer == "live-log")
        #expect(try problems("live") == [])
        // Heads of others are still compared.
        #expect(try problems("paper") == [])
        // Revoked by an entry that whoever may write the registry can make: it signs nothing more, and what it signed
        // before stands, until the environment's root keys say that it is revoked.
        _ = try ManageKeys.trust("live-log", roles: ["log"], session: project.session)
        _ = try SignHead.anchor(as: "live-log", session: project.session)
        try ManageKeys.revoke("live-log", reason: "lost", session: project.session)
        #expect(project.code { _ = try SignHead.anchor(as: "live-log", session: project.session) } == "audit.role")
        #expect(try problems("live") == [] && VerifyRecord.run(session: project.session, anchorHours: 24) == [])
        let entries = try project.session.registry().auditEntries().count
        #expect(throws: Never.self) { _ = try ProveEntry.run("\(entries - 1)", session: project.session) }
        try project.amend("live") { $0 }
        #expect(try Self.document(project, "live").keys.first { $0.name == "live-log" }?.revoked != nil)
        #expect(try problems("live").contains { $0.contains("found no anchor of the audit log") })
    }

    @Test("whoever signs a head tells the host which of its receipts the log has, and those alone")
    func receiptsTaken() throws {
        let project = try TestProject(), session = project.session, runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try runtime.port.halt(project.environment, "ben", "feed")
        let registry = try session.registry(), key = try PrivateKeys.signer("paper-promoter", session: session)
        func told(_ signer: any Signer, keeping most: Int) throws -> [String] {
            try AcknowledgeReceipts.run(
                signer: signer, sequence: 7, keeping: most, registry: registry, session: session)
        }
        #expect(try told(key, keeping: 2) == [], "there is nothing to drop")
        #expect(try told(try PrivateKeys.signer("paper-gate", session: session), keeping: 1) == [])
        #expect(try told(key, keeping: 1) == ["paper"])
        let path = project.environment + "/inbox/7.receipts.json"
        let envelope = try Envelope(try FileChunks.text(path)), list = try ReceiptsTaken(envelope)
        #expect(envelope.signers(among: [key.publicKey]).count == 1 && list.environment == "paper")
        // The halt was not taken in yet.
        let place = project.environment + "/receipts"
        func digests(_ end: String) throws -> [String] {
            try Paths.entries(place).filter { $0.hasSuffix(end) }.map { try Digest.sha256(file: "\(place)/\($0)") }
        }
        #expect(try list.receipts == digests("-installed.json"))
        _ = try ListDeployments.run(environment: nil, session: session)
        #expect(try told(key, keeping: 1) == ["paper"])
        #expect(try ReceiptsTaken(try Envelope(try FileChunks.text(path))).receipts == digests(".json").sorted())
    }
}
