import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// A root key that another one has ended: what whoever stole it can still lay here, and enter, leads nobody.
@Suite struct EndedRootTests {
    private static let place = "Registry/environments/paper"

    /// `paper` with two root keys, any of which signs a document, and `m/1`, `m/2` in force.
    private struct Stolen {
        let project: TestProject
        let runtime = FakeRuntime()
        let eve = SigningKey(generating: "eve")
        let stolen: SigningKey
        /// The newest document.
        let honest: AuthorityEnvelope

        init() throws {
            project = try TestProject()
            _ = try ManageKeys.generate("second", session: project.session)
            try project.environment()
            try project.amend {
                let root = $0.split(separator: "\n").first { $0.hasPrefix("root:") } ?? ""
                return $0.replacing(root, with: "root: {threshold: 1, keys: [paper-root, second]}")
            }
            for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
            stolen = try SigningKey.read(project.file("Registry/keys/second.key.json"))
            honest = try AuthorityEnvelope(try project.read("\(place)/authority.json"))
        }

        var session: Session { project.session }
        var next: Int { honest.authority.counter + 1 }

        func end() throws { try ManageKeys.revoke("second", reason: "stolen", as: "paper-root", session: session) }

        /// A document that puts eve in all places, signed with the stolen key where that still could sign it.
        func forged(_ counter: Int, byStolen: Bool = true) throws -> AuthorityEnvelope {
            var made = honest.authority
            (made.counter, made.root) = (counter, try RootKeys(threshold: 1, keys: [eve.publicKey]))
            var key = eve.publicKey
            key.roles = [EnvironmentAuthority.Role.promoter]
            made.keys.append(key)
            let document = try AuthorityEnvelope(made, signer: eve)
            return byStolen ? try document.signed(by: stolen) : document
        }

        func enter(_ document: AuthorityEnvelope, withText: Bool = true) throws {
            try session.registry().audit(
                action: "environment.sign", subject: .environment("paper"),
                detail: .map(
                    [
                        ("counter", .int(document.authority.counter)), ("document", .string(document.digest)),
                        ("signer", .string("eve")), ("complete", .bool(true)),
                    ] + (withText ? [("envelope", .string(document.envelope.text))] : [])))
        }

        func lay(_ document: AuthorityEnvelope) throws {
            for name in ["authority.json", "authority/\(document.authority.counter).json"] {
                try project.write(document.envelope.text + "\n", to: "\(place)/\(name)")
            }
        }

        /// Eve's word that the host of the rollback that waits is lost.
        func enterWord() throws {
            let registry = try session.registry()
            let order = try #require(try registry.rollbackEntries(environment: "paper").first)
            let bundle = try #require(order.detail[key: "bundle"]?.stringValue)
            let word = Withdrawal(
                environment: "paper", counter: order.counter, bundle: bundle, time: registry.now(), person: "eve",
                reason: "", host: order.detail[key: "place"]?[key: "host"]?.stringValue, isHostLost: true)
            try registry.audit(
                action: "rollback.withdrawn", subject: .environment("paper"),
                detail: .map([
                    "counter": .int(order.counter), "bundle": .string(bundle), "hostIsLost": .bool(true),
                    "withdrawal": .string(try word.signed(by: eve).text),
                ]))
        }

        func waiting() throws -> [String] {
            try ListDeployments.run(environment: nil, session: session).waiting.map(\.message)
        }
    }

    @Test("an entry of the digest alone makes no document one of before its signer was ended")
    func digestAlone() throws {
        let world = try Stolen(), heard = Heard()
        // Before it was ended, too: who can write the log can do so at any time.
        let forged = try world.forged(world.next)
        try world.enter(forged, withText: false)
        try world.end()
        try world.enter(forged, withText: false)
        #expect(try SignEnvironment.draft("paper", session: world.session).counter == world.next)
        try world.lay(forged)
        _ = try? SignEnvironment.draft("paper", session: try heard.session(world.project))
        #expect(heard.all.contains { $0.contains("signed by 'second', whose key was ended") }, "\(heard.all)")
        #expect(try VerifyRecord.gaps(session: world.session).contains { $0.contains("whose key was ended") })
    }

    @Test("an entry of the digest alone, made ahead, hides no fork of what was signed by the keys that are left")
    func digestAhead() throws {
        let world = try Stolen(), forged = try world.forged(world.next)
        try world.enter(forged, withText: false)
        try world.end()
        // The file has a revoked key by now, so the next one is signed.
        try world.project.environment()
        let mended = try AuthorityEnvelope(try world.project.read("\(Self.place)/authority.json"))
        #expect(mended.authority.counter == world.next)
        try world.lay(forged)
        #expect(world.project.refusedPromotion("m/1")?.code == "authority.fork")
    }

    @Test("a further document that is entered behind one of an ended key is no more than that one")
    func further() throws {
        let world = try Stolen()
        try world.end()
        let forged = try [world.forged(world.next), world.forged(world.next + 1, byStolen: false)]
        for document in forged {
            try world.enter(document)
            try world.lay(document)
        }
        let refused = try #require(world.project.refusedPromotion("m/1"))
        #expect(refused.code == "authority.signatures", "\(refused)")
        // The way back that is named takes both away.
        let mend = try #require(refused.hint?.split(separator: "take it away: ").last)
        #expect(try RunProgram.run("/bin/sh", ["-c", String(mend)], in: world.project.root).status == 0, "\(mend)")
        #expect(try world.project.read("\(Self.place)/authority.json") == world.honest.envelope.text + "\n")
        #expect(try SignEnvironment.draft("paper", session: world.session).counter == world.next)
    }

    @Test("a document that is told, and no more, hides none that is refused")
    func behindTold() throws {
        let world = try Stolen(), heard = Heard()
        // Honest, from a clone with another log.
        var made = world.honest.authority
        made.counter = world.next
        try world.lay(try AuthorityEnvelope(made, signer: world.stolen))
        try world.end()
        #expect(world.project.refusedPromotion("m/1")?.code != "authority.signatures")
        let forged = try world.forged(world.next + 1)
        try world.enter(forged)
        try world.lay(forged)
        #expect(world.project.refusedPromotion("m/1")?.code == "authority.signatures")
        _ = try? SignEnvironment.draft("paper", session: try heard.session(world.project))
        let told = heard.all.filter { $0.contains("whose key was ended") }
        #expect(told.count == 2 && told[1].contains("document \(world.next + 1) of 'paper'"), "\(told)")
    }

    @Test("whom a document names that is refused ends no rollback")
    func promoters() throws {
        let world = try Stolen()
        world.runtime.answer(.silence)
        #expect(world.project.code { _ = try world.project.rollBack(world.runtime) } == "rollback.no-receipt")
        try world.end()
        let forged = try world.forged(world.next)
        try world.enter(forged)
        try world.lay(forged)
        try world.enterWord()
        #expect(try world.waiting().contains { $0.hasPrefix("the rollback 3 of 'paper'") })
    }

    @Test("the keys that are left sign the next document behind what was refused, and say so that they know it")
    func known() throws {
        let world = try Stolen()
        try world.end()
        let forged = try world.forged(world.next)
        try world.enter(forged)
        try world.lay(forged)
        #expect(world.project.refusedPromotion("m/1")?.code == "authority.signatures")
        var made = forged.authority
        made.counter = world.next + 1
        made.root = world.honest.authority.root
        let root = try SigningKey.read(world.project.file("Registry/keys/paper-root.key.json"))
        let next = try AuthorityEnvelope(made, signer: root).signed(by: world.eve)
        try world.enter(next)
        try world.lay(next)
        #expect(world.project.refusedPromotion("m/1")?.code != "authority.signatures")
        #expect(try !VerifyRecord.gaps(session: world.session).contains { $0.contains("whose key was ended") })
    }

    @Test("a host that has accepted a thief's further document is told, and nothing is delivered over the trace of it")
    func strayedHost() throws {
        let world = try Stolen(), project = world.project
        let host = try DeploymentDirectory(project.environment)
        try world.end()
        // The host took both before anybody looked; here they were taken away, and the next ones signed.
        try AtomicFile.write(
            try world.forged(world.next + 1, byStolen: false).envelope.text + "\n", to: host.acceptedAuthority)
        func told() throws -> [String] {
            try VerifyRecord.run(session: world.session).filter { $0.contains("which is none of those here") }
        }
        let root = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
        for number in world.next...world.next + 2 {
            var made = world.honest.authority
            made.counter = number
            let document = try AuthorityEnvelope(made, signer: root)
            try world.enter(document)
            try world.lay(document)
        }
        #expect(try told().count == 1)
        #expect(project.refusedPromotion("m/1")?.code == "authority.fork")
        let items = try Inbox.run(as: "paper-promoter", session: world.session).items
        #expect(items.contains { $0.next.contains("hftml-runtime halt ") && $0.what.contains("none of those here") })
        // At a further host, whose own copy of the documents would be written over.
        let other = try TestProject(), further = try RecordedHostsTests.Further(other)
        var made = try AuthorityEnvelope(try other.read("\(Self.place)/authority.json")).authority
        made.root = try RootKeys(threshold: 1, keys: [world.eve.publicKey])
        try AtomicFile.write(
            try AuthorityEnvelope(made, signer: world.eve).envelope.text + "\n", to: further.host.acceptedAuthority)
        let code = other.code {
            _ = try DeliverDocuments.run("paper", to: further.host.directory, session: other.session)
        }
        #expect(code == "authority.fork")
    }

    @Test("a promoter whom a questioned document names ends no rollback, though nobody can tell of the document")
    func questioned() throws {
        let world = try Stolen()
        world.runtime.answer(.silence)
        #expect(world.project.code { _ = try world.project.rollBack(world.runtime) } == "rollback.no-receipt")
        try world.end()
        for document in [try world.forged(world.next), try world.forged(world.next + 1, byStolen: false)] {
            try world.lay(document)
        }
        try world.enterWord()
        #expect(try world.waiting().contains { $0.hasPrefix("the rollback 3 of 'paper'") })
    }

    @Test("a revocation that no program wrote stops nobody, and is told")
    func unreadableRevocation() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        for detail in [JSONValue.map([("reason", .string("x"))]), .map([("keyID", .string("00"))])] {
            try project.session.registry().audit(action: "key.revoke", subject: .key("x"), detail: detail)
        }
        #expect(try project.rollBack(runtime).receipt.version == 1)
        _ = try Inbox.run(as: "paper-promoter", session: project.session)
        let told = try VerifyRecord.gaps(session: project.session).filter { $0.contains("a revocation by ") }
        #expect(told.count == 2, "\(told)")
    }
}
