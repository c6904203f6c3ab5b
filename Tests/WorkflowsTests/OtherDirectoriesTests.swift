import Basics
import Deployment
import Foundation
import ModelBundles
import Promotion
import Registry
import TestSupport
import Testing
import Workflows

/// Directories of environments that somebody pushed, whose documents say that they are others.
@Suite struct OtherDirectoriesTests {
    /// A directory whose document calls itself `paper`, signed by a stranger, who may sign heads there.
    private static func squat(_ project: TestProject, _ directory: String, log: [PublicKey] = []) throws -> SigningKey {
        let eve = SigningKey(generating: "eve"), place = "Registry/environments/\(directory)"
        var made = try AuthorityEnvelope(try project.read("Registry/environments/paper/authority.json")).authority
        made.counter = 1
        made.root = try RootKeys(threshold: 1, keys: [eve.publicKey])
        made.keys = ([eve.publicKey] + log).map { key in
            var named = key
            named.roles = ["log"]
            return named
        }
        let text = try AuthorityEnvelope(made, signer: eve).envelope.text + "\n"
        for file in ["authority.json", "authority/1.json"] { try project.write(text, to: "\(place)/\(file)") }
        try project.write(
            try project.read("Registry/environments/paper/runtime.json"), to: "\(place)/runtime.json")
        return eve
    }

    private static func falseHead(_ project: TestProject, key: SigningKey) throws {
        let payload = """
            {"schemaVersion": 2, "sequence": 1000000000, "hash": "aa", "root": "bb", "signedAt": "2031-01-01T00:00:00Z"}
            """
        let head = try Envelope.make(payloadType: AuditHeads.payloadType, payload: payload, key: key)
        let path = "Registry/audit-heads.jsonl"
        try project.write((Paths.exists(project.file(path)) ? try project.read(path) : "") + head + "\n", to: path)
    }

    @Test("a pushed directory whose document says that it is another's environment says nothing of whose heads count")
    func otherName() throws {
        let project = try TestProject()
        try project.judge("m/1", for: "paper")
        _ = try SignHead.anchor(as: "paper-promoter", session: project.session)
        for directory in ["aaa", "zzz"] { _ = try Self.squat(project, directory) }
        #expect(throws: Never.self) { _ = try ProveEntry.run("1", for: "paper", session: project.session) }
    }

    @Test("a pushed environment that names somebody's log key beside a member's own stops none of its heads")
    func besideOwn() throws {
        let project = try TestProject()
        try project.judge("m/1", for: "paper")
        let promoter = try SigningKey.read(project.file("Registry/keys/paper-promoter.key.json")).publicKey
        try Self.falseHead(project, key: try Self.squat(project, "zzz", log: [promoter]))
        let outcome = try SignHead.anchor(as: "paper-promoter", session: project.session)
        #expect(outcome.head.signer == "paper-promoter")
    }

    @Test("a stranger's document in the place of what the host has accepted stops no rollback")
    func accepted() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        let host = try DeploymentDirectory(project.environment), eve = SigningKey(generating: "eve")
        try Paths.remove(host.rootFile)
        var made = try AuthorityEnvelope(try FileChunks.text(host.authorityFile)).authority
        made.root = try RootKeys(threshold: 1, keys: [eve.publicKey])
        try AtomicFile.write(try AuthorityEnvelope(made, signer: eve).envelope.text, to: host.acceptedAuthority)
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        request.wait = 0
        #expect(try RollBack.run(request, runtime: runtime.port, session: project.session).receipt.version == 1)
    }
}
