import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Workflows

/// Rows of a record whose receipts no host of the place has signed: they are the word of whoever writes the registry.
@Suite struct ForgedReceiptsTests {
    /// - Parameter id: of the key that is said to have signed; nil for the one that did.
    private static func enter(
        _ receipt: Receipt, at place: String, by key: SigningKey, as id: String? = nil, in project: TestProject
    ) throws {
        let text = try receipt.signed(by: key).text
        var record = DeploymentRecord(
            environment: place, bundle: receipt.bundle, model: receipt.name, version: receipt.version,
            outcome: receipt.outcome.rawValue, reason: receipt.reason, signer: nil, replaced: nil, time: receipt.time)
        record.counter = receipt.counter
        record.envelope = id.map { text.replacing(key.publicKey.id, with: $0) } ?? text
        #expect(try project.session.registry().record(record))
    }

    private static func installed(_ counter: Int, in environment: String, _ project: TestProject) throws -> Receipt {
        Receipt(
            environment: environment, outcome: .installed, bundle: Digest.sha256("nobody's"), counter: counter,
            name: "m", version: 1, time: try project.session.registry().now())
    }

    /// A further host that had `m/1` in force, is not here any more, and was taken out of the document.
    private struct Away {
        let project: TestProject
        let further: RecordedHostsTests.Further
        /// Of its key.
        let id: String
        var session: Session { project.session }
        var place: String { further.host.directory }

        init() throws {
            project = try TestProject()
            further = try RecordedHostsTests.Further(project)
            _ = try further.promote("m/1")
            id = try SigningKey.read(further.host.hostKey).publicKey.id
            try FileManager.default.moveItem(atPath: further.host.directory, toPath: project.file("out/away"))
            try project.amend { $0.replacing("  - {key: paper-host-2, roles: [host]}\n", with: "") }
            #expect(try isUnseen())
        }

        func isUnseen() throws -> Bool {
            try VerifyRecord.gaps(session: session).contains { $0.contains("the host of '\(place)' is not seen") }
        }

        /// The key of the host that a promoter's word says is lost.
        func callLost() throws -> String? {
            var request = WithdrawPromotion.Request(environment: place)
            (request.wait, request.isHostLost, request.reason) = (0, true, "its disk burned")
            return try WithdrawPromotion.run(request, runtime: further.runtime.port, session: session).lostHost
        }
    }

    @Test("a halt that its host has not signed retires nobody, whatever key it names")
    func halt() throws {
        let away = try Away(), eve = SigningKey(generating: "eve")
        func halted(_ minutes: Int64) throws -> Receipt {
            Receipt(
                environment: "paper", outcome: .halted, bundle: "", reason: "x", person: "op",
                time: try away.session.registry().now() + minutes * 60_000_000_000, act: 1)
        }
        try Self.enter(try halted(1), at: away.place, by: eve, as: away.id, in: away.project)
        #expect(try away.isUnseen())
        // The host's own does.
        let own = try SigningKey.read(away.project.file("out/away/host.key.json"))
        try Self.enter(try halted(2), at: away.place, by: own, in: away.project)
        #expect(try !away.isUnseen())
    }

    @Test("a promoter's word calls the host lost that signed last, and none that a row names")
    func livingHost() throws {
        let away = try Away(), eve = SigningKey(generating: "eve")
        let living = try SigningKey.read("\(away.project.environment)/host.key.json").publicKey.id
        let forged = try Self.installed(9, in: "paper", away.project)
        try Self.enter(forged, at: away.place, by: eve, as: living, in: away.project)
        #expect(try away.callLost() == away.id)
        #expect(try !away.isUnseen())
    }

    @Test(
        "a row in the name of another environment, a stranger's or a copy of its own, keeps no lost host unseen",
        arguments: [false, true])
    func otherEnvironment(isCopy: Bool) throws {
        let away = try Away(), project = away.project
        try project.environment("sandbox")
        let host = try SigningKey.read(project.file("Registry/environments/sandbox/host.key.json"))
        let receipt = try Self.installed(1, in: "sandbox", project)
        try Self.enter(receipt, at: away.place, by: isCopy ? host : SigningKey(generating: "eve"), in: project)
        #expect(try away.isUnseen())
        #expect(try away.callLost() == away.id)
        #expect(try !away.isUnseen())
    }

    @Test("nor does a stranger's row in the name of another environment hide where a host was moved")
    func movedHost() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project)
        _ = try further.promote("m/1")
        let from = further.host.directory, to = project.file("Registry/hosts/Third")
        try project.environment("sandbox")
        let receipt = try Self.installed(1, in: "sandbox", project)
        try Self.enter(receipt, at: from, by: SigningKey(generating: "eve"), in: project)
        try FileManager.default.moveItem(atPath: from, toPath: to)
        try further.runtime.port.accept(to)
        _ = try ListDeployments.run(environment: to, session: project.session)
        let refused = #expect(throws: Failure.self) { try further.rollBack() }
        #expect(refused?.code == "promote.no-environment", "\(refused as Any)")
        #expect(refused?.message.contains("has gone on in '\(to)'") == true, "\(refused as Any)")
    }
}
