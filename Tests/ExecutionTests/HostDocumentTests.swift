import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing
import Trading

/// Signed documents on their way to a host, and what they do to what is in force there.
@Suite struct HostDocumentTests {
    private static func revoked(_ kit: AuthorityKit, _ name: String) -> AuthorityKit {
        kit.next(key: name) { $0.revoked = PublicKey.Revocation(at: AuthorityKit.start, reason: "stolen") }
    }

    @Test("a document from the inbox is accepted once, remembered, and never replaced by an older one")
    func accepts() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        let second = fixture.kit.next { $0.minimumCostBps = 5 }
        try fixture.send(try second.authority())
        #expect(try fixture.installer.look().receipts.isEmpty && Paths.entries(environment.inbox).isEmpty)
        #expect(try AuthorityEnvelope(FileChunks.text(environment.acceptedAuthority)).authority == second.document)
        // The one beside the host's things is older, and so is the next in the inbox.
        try fixture.send(try fixture.kit.authority(), as: "1.authority.json")
        #expect(try fixture.installer.look().receipts.isEmpty && Paths.entries(environment.inbox).isEmpty)
        #expect(try fixture.host.view.authority(at: AuthorityKit.start).newest.authority.counter == 2)
        #expect(try fixture.refusal(of: TinyModel.bundle(TinyModel.key))?.hasPrefix("admission.costs: ") == true)
    }

    @Test("a document that nobody signed, a stranger signed, or of another environment is refused with a receipt")
    func refuses() throws {
        let fixture = try EnvironmentFixture(), second = fixture.kit.next { $0.minimumCostBps = 0 }
        let stranger = SigningKey(generating: "stranger")
        var live = AuthorityKit(environment: "live")
        live.document.counter = 2
        let cases: [(String, String)] = [
            ("authority.signatures", try second.authority(signers: [stranger]).envelope.text),
            ("authority.signatures", try second.authority(signers: [fixture.kit.promoter]).envelope.text),
            ("authority.environment", try live.authority().envelope.text),
            ("authority.format", try fixture.kit.verdict(TinyModel.draft(), version: 1).text),
            ("statement.format", "{}"),
        ]
        for (code, text) in cases {
            let digest = try fixture.send(Array(text.utf8), as: "2.authority.json")
            let receipts = try fixture.installer.look().receipts
            #expect(receipts.count == 1 && receipts.first?.bundle == digest, "\(code)")
            #expect(receipts.first?.reason?.hasPrefix(code + ": ") == true, "\(receipts.first?.reason ?? "accepted")")
            #expect(try fixture.host.view.authority(at: AuthorityKit.start).newest.authority.counter == 1)
        }
        #expect(try Paths.entries(fixture.environment.inbox).isEmpty)
    }

    @Test("a host that its document names no more opens no orders, and says what to do; one that none has named trades")
    func dismissed() throws {
        let fixture = try EnvironmentFixture(), kit = fixture.kit
        try fixture.install(1, 2)
        let without = kit.next { document in document.keys.removeAll { $0.name == "test-host" } }
        try fixture.send(try without.authority())
        let look = try fixture.installer.look()
        #expect(look.objection?.hasPrefix("its host: the key 'test-host' ") == true, "\(look.objection ?? "")")
        #expect(look.inForce?.identity.version == 2)
        #expect(look.problems.contains { $0.hasSuffix("hftml environments sign test --as KEY") }, "\(look.problems)")
        let status = try RuntimeStatus(fixture.environment, clock: fixture.clock)
        #expect(status.lines.first?.hasSuffix(", opens no orders") == true && status.objection == look.objection)
        let named = without.next { $0.keys += kit.document.keys.filter { $0.name == "test-host" } }
        try fixture.send(try named.authority(), as: "3.authority.json")
        let again = try fixture.installer.look()
        #expect(again.objection == nil && again.problems.isEmpty, "\(again.problems)")
        let fresh = try EnvironmentFixture(without)
        try fresh.install(1)
        #expect(try fresh.installer.look().objection == nil)
        let problem = try RuntimeStatus(fresh.environment, clock: fresh.clock).problem
        #expect(problem?.contains("is no host's in document 2 ") == true)
    }

    @Test(
        "a key made where the host's was lost opens no orders before a document names it; then what to promote is told")
    func newKey() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment, old = fixture.kit.host.publicKey
        let draft = try TinyModel.draft(version: 1)
        let ordered = try fixture.kit.bundle(draft, version: 1, order: { ($0.host, $0.previous) = (old.id, .nothing) })
        #expect(try fixture.refusal(of: ordered) == nil)
        let before = try fixture.installer.look()
        #expect(before.objection == nil && before.problems.isEmpty, "\(before.problems)")
        let key = SigningKey(generating: "test-host-2")
        try Paths.remove(environment.hostKey)
        try key.write(to: environment.hostKey)
        let installer = BundleInstaller(try TradingHost(environment), lock: fixture.lock, clock: fixture.clock)
        let unnamed = try installer.look()
        #expect(
            unnamed.objection?.hasPrefix("its host: the key 'test-host-2' (\(key.publicKey.id)) is no host's") == true)
        #expect(unnamed.objection?.hasSuffix(", which names 'test-host'") == true, "\(unnamed.objection ?? "")")
        #expect(unnamed.inForce?.identity.version == 1)
        #expect(try RuntimeStatus(environment, clock: fixture.clock).objection == unnamed.objection)
        let kit = fixture.kit.next { document in
            document.keys.removeAll { $0.name == "test-host" }
            var named = key.publicKey
            named.roles = ["host"]
            document.keys.append(named)
        }
        try fixture.send(try kit.authority())
        let look = try installer.look(), status = try RuntimeStatus(environment, clock: fixture.clock)
        #expect(look.objection == nil && status.objection == nil)
        let told = "revision 1 (tiny/1) was ordered for the host \(old.id), and this is 'test-host-2' "
        for problems in [look.problems, status.problems] {
            let problem = problems.first { $0.hasPrefix(told) }
            #expect(problem?.contains("promote tiny/1 --to '\(environment.directory)' ") == true, "\(problems)")
        }
    }

    @Test("root keys are replaced by signed steps, also where the host slept through some of them")
    func rotation() throws {
        let fixture = try EnvironmentFixture()
        let old = fixture.kit.root, new = SigningKey(generating: "root-2"), newer = SigningKey(generating: "root-3")
        let second = fixture.kit.next { $0.root = AuthorityKit.keys([new]) }
        let third = second.next { $0.root = AuthorityKit.keys([newer]) }
        let fourth = third.next { $0.minimumCostBps = 3 }
        // The last alone proves nothing to a host that believes the first key.
        let last = try fourth.authority(signers: [newer])
        try AtomicFile.write(last.envelope.text, to: fixture.environment.authorityFile)
        #expect(throws: Failure.self) { try fixture.installer.look() }
        let chain = fixture.environment.authorityChain
        for (kit, signers) in [(fixture.kit, [old]), (second, [old, new]), (third, [new, newer])] {
            try AtomicFile.write(
                try kit.authority(signers: signers).envelope.text, to: "\(chain)/\(kit.document.counter).json")
        }
        let look = try fixture.installer.look()
        #expect(look.problem == nil && look.receipts.isEmpty)
        #expect(try fixture.host.view.authority(at: AuthorityKit.start).newest.digest == last.digest)
        // The pinned key was replaced: it signs nothing more.
        let grab = fourth.next { $0.root = AuthorityKit.keys([old]) }
        try fixture.send(try grab.authority(signers: [old]), as: "5.authority.json")
        #expect(try fixture.installer.look().receipts.first?.reason?.hasPrefix("authority.signatures: ") == true)
    }

    @Test("two documents of one number stop everything until a person has looked")
    func fork() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        var other = fixture.kit
        other.document.minimumCostBps = 0
        try fixture.send(try other.authority(), as: "1.authority.json")
        #expect(try fixture.installer.look().receipts.first?.reason?.hasPrefix("authority.fork: ") == true)
        try AtomicFile.write(try other.authority().envelope.text, to: fixture.environment.authorityFile)
        try fixture.send(TinyModel.bundle(TinyModel.key, version: 2))
        let error = #expect(throws: Failure.self) { try fixture.installer.look() }
        #expect(error?.code == "authority.fork" && error?.hint?.contains("hftml environments sign test") == true)
        // The next one ends it, as the hint says.
        let next = fixture.kit.next { $0.minimumCostBps = 0 }
        try AtomicFile.write(
            try other.authority().envelope.text, to: "\(fixture.environment.authorityChain)/1.json")
        try AtomicFile.write(try next.authority().envelope.text, to: fixture.environment.authorityFile)
        let look = try fixture.installer.look()
        #expect(
            look.problems.contains { $0.hasPrefix("authority.fork: ") } && look.objection == nil, "\(look.problems)")
    }

    @Test("a document that still waits for signatures, or is half copied, stops nothing, and is told")
    func unfinished() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        let second = fixture.kit.next { $0.minimumCostBps = 0 }
        let unsigned = try second.authority(signers: [fixture.kit.gate]).envelope.text
        for (text, code) in [
            (unsigned, "authority.signatures"), (String(unsigned.prefix(99)), "authority.unreadable"),
        ] {
            try AtomicFile.write(text, to: fixture.environment.authorityFile)
            let look = try fixture.installer.look()
            #expect(look.problem?.hasPrefix(code) == true && look.objection == nil, "\(look.problem ?? "")")
            let status = try RuntimeStatus(fixture.environment, clock: fixture.clock)
            #expect(status.problem?.hasPrefix(code) == true && status.document == 1 && status.version == 1)
        }
        try fixture.install(2)
    }

    @Test("an unsigned document of the number in force stops nothing: whoever may write a file may not stop a host")
    func unsignedFork() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        var other = fixture.kit
        other.document.minimumCostBps = 0
        let stranger = SigningKey(generating: "stranger")
        try AtomicFile.write(
            try other.authority(signers: [stranger]).envelope.text, to: fixture.environment.authorityFile)
        let look = try fixture.installer.look()
        #expect(look.problem?.hasPrefix("authority.signatures") == true && look.objection == nil)
        try fixture.install(2)
    }

    // MARK: In force

    @Test("a revoked or removed key stops what it signed from opening orders, and status says why")
    func revokedInForce() throws {
        for name in ["signer", "gate"] {
            let fixture = try EnvironmentFixture()
            try fixture.install(1)
            try fixture.send(try Self.revoked(fixture.kit, name).authority())
            #expect(try fixture.installer.look().objection?.contains("stolen") == true, "\(name)")
            let status = try RuntimeStatus(fixture.environment, clock: fixture.clock)
            #expect(status.objection?.contains("stolen") == true && status.lines[0].contains("opens no orders"))
            let gone = Self.revoked(fixture.kit, name).next { $0.keys.removeAll { $0.name == name } }
            try fixture.send(try gone.authority(), as: "3.authority.json")
            #expect(try fixture.installer.look().objection != nil, "\(name)")
            let later = try RuntimeStatus(fixture.environment, clock: fixture.clock)
            #expect(later.objection != nil)
            #expect(
                later.lines.contains { $0.hasPrefix("no orders: ") && $0.contains(" names: hftml gate ") }
                    && later.wayOn?.contains("--for '\(fixture.environment.directory)' ") == true
                    && later.wayOn?.contains("--to '\(fixture.environment.directory)' ") == true,
                "\(later.lines)")
        }
    }

    @Test("a key that expires after it signed does not stop what is in force")
    func expiredInForce() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        try fixture.send(try fixture.kit.next(key: "signer") { $0.expiresAt = AuthorityKit.start }.authority())
        #expect(try fixture.installer.look().objection == nil)
    }

    @Test("a key that is revoked while bars run: positions are closed, and none is opened any more")
    func revokedWhileTrading() throws {
        let fixture = try EnvironmentFixture()
        try fixture.send(TinyModel.bundle(TinyModel.key, version: 1))
        let revocation = try Self.revoked(fixture.kit, "signer").authority().envelope.text
        let inbox = fixture.environment.inbox
        // One signal a look (64 bars) and more: the document comes while the first look lasts.
        var scores = [Int64](repeating: 0, count: 78)
        (scores[0], scores[10], scores[62], scores[70]) = (10, 10, 10, 10)
        let file = try ReplayTests.write(scores, to: fixture.directory)
        let readings = EnvironmentFixture.Ticks()
        let clock = Clock {
            let now = readings.next()
            // The fourth reading: the look at the first bar, after the inbox was listed for documents.
            if now == AuthorityKit.start + 1003 {
                try? AtomicFile.write(revocation, to: inbox + "/2.authority.json")
            }
            return now
        }
        let outcome = try Replay(fixture.installer(clock: clock)).run(
            data: [file], journal: fixture.directory.file("j.csv"))
        let lines = try ReplayTests.lines(outcome.journalPath)
        // The order of bar 62 fills at bar 63; bar 64 looks, and from there on the position may only be closed.
        #expect(lines.filter { $0.hasSuffix("submitted X") }.count == 6, "\(lines)")
        #expect(lines.contains { $0.hasSuffix("reducing") } && lines.last?.hasSuffix("denied X") == true, "\(lines)")
        #expect(outcome.summary.openPositions == 0 && outcome.summary.counts.deniedReasons == ["REDUCING": 1])
    }

    @Test("whatever goes wrong in the inbox while bars run, positions are closed and none is opened")
    func trouble() throws {
        let fixture = try EnvironmentFixture()
        try fixture.send(TinyModel.bundle(TinyModel.key, version: 1))
        var other = fixture.kit
        other.document.minimumCostBps = 0
        let fork = try other.authority().envelope.text, path = fixture.environment.authorityFile
        let inbox = fixture.environment.inbox
        var scores = [Int64](repeating: 0, count: 78)
        (scores[62], scores[70]) = (10, 10)
        let file = try ReplayTests.write(scores, to: fixture.directory)
        let readings = EnvironmentFixture.Ticks()
        let clock = Clock {
            let now = readings.next()
            // The look at the first bar finds something that is left alone, so that bar 64 looks again.
            if now == AuthorityKit.start + 1003 { try? Paths.makeDirectory(inbox + "/d.hftbundle") }
            if now == AuthorityKit.start + 1005 { try? AtomicFile.write(fork, to: path) }
            return now
        }
        let outcome = try Replay(fixture.installer(clock: clock)).run(
            data: [file], journal: fixture.directory.file("j.csv"))
        #expect(outcome.objection?.hasPrefix("authority.fork: ") == true, "\(outcome.objection ?? "")")
        #expect(outcome.summary.openPositions == 0 && outcome.summary.counts.deniedReasons == ["REDUCING": 1])
    }
}
