import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing
import Trading

/// Attacks on an environment by whoever can put files into its inbox, with keys of their own or of others.
@Suite struct AdmissionTests {
    /// One attack: what lies in the inbox, and the code that refuses it.
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: String
        /// In an environment where version 1 is in force.
        let bytes: @Sendable (AuthorityKit) throws -> [UInt8]

        init(_ name: String, _ code: String, _ bytes: @escaping @Sendable (AuthorityKit) throws -> [UInt8]) {
            (testDescription, self.code, self.bytes) = (name, code, bytes)
        }
    }

    private static let stranger = SigningKey(generating: "stranger")
    private static let tiny = { @Sendable () throws in try TinyModel.draft(version: 2) }

    static let attacks: [Attack] = [
        Attack("an order for another environment", "admission.environment") {
            try $0.bundle(tiny(), version: 2, order: { $0.environment = "live" })
        },
        Attack("a bundle of another environment, whole", "bundle.untrusted-key") { _ in
            let live = AuthorityKit(environment: "live")
            return try live.bundle(tiny(), version: 2, manifestKey: stranger, orderKey: stranger)
        },
        Attack("the counter of the one in force", "admission.counter") {
            try $0.bundle(tiny(), version: 2, counter: 1)
        },
        Attack("a counter that leaves none for the orders after it", "admission.counter") {
            try $0.bundle(tiny(), version: 2, counter: 1 + DeploymentOrder.longestStep + 1)
        },
        Attack("an order that follows another revision than the one in force", "admission.previous") {
            try $0.bundle(
                tiny(), version: 2, order: { $0.previous = .revision(counter: 1, bundle: Digest.sha256("other")) })
        },
        Attack("an order for an environment where nothing was in force", "admission.previous") {
            try $0.bundle(tiny(), version: 2, order: { $0.previous = .nothing })
        },
        Attack("an order that rests on a document that is not here", "admission.authority") {
            try $0.bundle(tiny(), version: 2, order: { $0.authority = (9, "x") })
        },
        Attack("an order that rests on a forked document", "admission.authority") {
            try $0.bundle(tiny(), version: 2, order: { $0.authority = ($0.authority.counter, "x") })
        },
        Attack("an order that has expired", "admission.expired") {
            try $0.bundle(tiny(), version: 2, order: { $0.expiresAt = AuthorityKit.start + 1000 })
        },
        Attack("an order that is older than the document allows, whatever it says", "admission.expired") {
            try $0.bundle(
                tiny(), version: 2,
                order: {
                    $0.time = AuthorityKit.start - 31 * AuthorityKit.day
                    $0.expiresAt = AuthorityKit.start + 3650 * AuthorityKit.day
                })
        },
        Attack("an order of the future", "admission.future") {
            try $0.bundle(tiny(), version: 2, order: { $0.time = AuthorityKit.start + AuthorityKit.day })
        },
        Attack("an order signed by a stranger", "admission.order-key") {
            try $0.bundle(tiny(), version: 2, orderKey: stranger)
        },
        Attack("an order signed by the gate", "admission.order-key") {
            try $0.bundle(tiny(), version: 2, orderKey: $0.gate)
        },
        Attack("a manifest signed by the gate", "admission.manifest-key") {
            try $0.bundle(tiny(), version: 2, manifestKey: $0.gate)
        },
        Attack("a manifest signed by a stranger", "bundle.untrusted-key") {
            try $0.bundle(tiny(), version: 2, manifestKey: stranger)
        },
        Attack("an order for another manifest", "admission.mismatch") {
            try $0.bundle(tiny(), version: 2, order: { $0.manifest = String(repeating: "0", count: 64) })
        },
        Attack("an order for another verdict", "admission.mismatch") {
            try $0.bundle(tiny(), version: 2, order: { $0.verdict = String(repeating: "0", count: 64) })
        },
        Attack("an order for other limits", "admission.mismatch") {
            try $0.bundle(tiny(), version: 2, order: { $0.limits = String(repeating: "0", count: 64) })
        },
        Attack("a verdict signed by a stranger", "admission.verdict-key") {
            try $0.bundle(tiny(), version: 2, gateKey: stranger)
        },
        Attack("a verdict signed by the promoter", "admission.verdict-key") {
            try $0.bundle(tiny(), version: 2, gateKey: $0.promoter)
        },
        Attack("a verdict of other weights", "admission.verdict-other") {
            let other = try TinyModel.draft(version: 2, weight: 2)
            return try $0.bundle(tiny(), version: 2, verdict: { $0.weights = other.weightsDigest })
        },
        Attack("a verdict of another strategy", "admission.verdict-other") {
            let other = try TinyModel.draft(version: 2, costBps: 9)
            return try $0.bundle(tiny(), version: 2, verdict: { $0.strategy = other.strategyDigest })
        },
        Attack("a verdict of other limits", "admission.verdict-other") {
            try $0.bundle(tiny(), version: 2, verdict: { $0.limits = Digest.sha256("other") })
        },
        Attack("a verdict for another environment", "admission.verdict-other") {
            try $0.bundle(tiny(), version: 2, verdict: { $0.environment = "paper" })
        },
        Attack("a verdict of another version", "admission.verdict-other") {
            try $0.bundle(tiny(), version: 2, verdict: { $0.subject = "tiny/1" })
        },
        Attack("a verdict that did not pass", "admission.verdict-failed") {
            try $0.bundle(tiny(), version: 2, verdict: { $0.isPassed = false })
        },
        Attack("a verdict under another policy", "admission.verdict-policy") {
            try $0.bundle(tiny(), version: 2, verdict: { $0.policy = ("paper", Digest.sha256("trivial")) })
        },
        Attack("a verdict that is too old", "admission.verdict-old") {
            try $0.bundle(tiny(), version: 2, verdict: { $0.time = AuthorityKit.start - 7 * AuthorityKit.day })
        },
        Attack("a verdict of the future, which would never grow old", "admission.future") {
            try $0.bundle(tiny(), version: 2, verdict: { $0.time = AuthorityKit.start + 3650 * AuthorityKit.day })
        },
        Attack("limits wider than the document's", "admission.limits") {
            try $0.bundle(TinyModel.draft(version: 2) { $0.maximumQuantity = (1 << 40) + 1 }, version: 2)
        },
        Attack("costs under the floor", "admission.costs") {
            try $0.bundle(TinyModel.draft(version: 2, costBps: 0), version: 2)
        },
        Attack("all instruments under the order of a canary", "admission.share") {
            try $0.bundle(tiny(), version: 2, order: { $0.share = 0.1 })
        },
        Attack("more instruments than the canary's share", "admission.share") {
            let canary = ModelBundle.Canary(universe: ["A", "B", "C", "D"], instruments: ["A", "B"])
            return try $0.bundle(TinyModel.draft(version: 2, canary: canary), version: 2, order: { $0.share = 0.25 })
        },
        Attack("all instruments as a canary", "admission.share") {
            let canary = ModelBundle.Canary(universe: ["A", "B", "C", "D"], instruments: ["A", "B", "C", "D"])
            return try $0.bundle(TinyModel.draft(version: 2, canary: canary), version: 2, order: { $0.share = 0.99 })
        },
        Attack("a rollback to what never was in force", "admission.rollback") {
            try $0.bundle(
                tiny(), version: 2,
                order: { ($0.action, $0.reason) = (.rollback, "to something quite new") })
        },
        Attack("a rollback without a reason", "admission.rollback") {
            try $0.bundle(TinyModel.draft(version: 1), version: 1, counter: 2, order: { $0.action = .rollback })
        },
        Attack("bytes behind the end", "bundle.format") { try $0.bundle(tiny(), version: 2) + [0] },
    ]

    @Test("each is refused with its own code and the next step, and what is in force stays", arguments: attacks)
    func refused(_ attack: Attack) throws {
        let fixture = try EnvironmentFixture()
        let inForce = try fixture.install(1)[0]
        let reason = try fixture.refusal(of: try attack.bytes(fixture.kit))
        #expect(reason?.hasPrefix(attack.code + ": ") == true, "\(reason ?? "installed")")
        #expect(reason?.contains("; next: ") == true)
        #expect(try fixture.installer.current()?.digest == inForce)
        #expect(try fixture.receipts().map(\.outcome) == [.installed, .refused])
        #expect(try fixture.host.view.history().lastCounter == 1)
    }

    @Test("what the attacks change is what they are refused for: unchanged, the bundle is taken")
    func unchanged() throws {
        let fixture = try EnvironmentFixture()
        let first = try fixture.install(1)[0]
        let second = try fixture.kit.bundle(
            Self.tiny(), version: 2, order: { $0.previous = .revision(counter: 1, bundle: first) })
        #expect(try fixture.refusal(of: second) == nil)
        let canary = ModelBundle.Canary(universe: ["A", "B", "C", "D"], instruments: ["A"])
        let bytes = try fixture.kit.bundle(
            TinyModel.draft(version: 3, canary: canary), version: 3, order: { $0.share = 0.25 })
        #expect(try fixture.refusal(of: bytes) == nil)
        #expect(try fixture.installer.current()?.limits.instruments == ["A"])
    }

    @Test("a bundle of version 1, and one that was in force before, never come back by the inbox")
    func downgrade() throws {
        let fixture = try EnvironmentFixture()
        let old = try BundleForgery.version1(TinyModel.bundle(TinyModel.key), key: TinyModel.key)
        #expect(try fixture.refusal(of: old)?.hasPrefix("admission.version: ") == true)
        try fixture.install(1, 2)
        let first = try FileChunks.bytes(fixture.environment.revision(1))
        #expect(try fixture.refusal(of: first)?.hasPrefix("admission.counter: ") == true)
        #expect(try fixture.installer.current()?.identity.version == 2)
    }

    @Test("a rollback that is refused for its age is ordered again, and not promoted")
    func oldRollback() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        let reason = try fixture.refusal(
            of: fixture.kit.bundle(
                Self.tiny(), version: 2,
                order: { ($0.action, $0.expiresAt) = (.rollback, AuthorityKit.start + 1000) }))
        #expect(reason?.hasPrefix("admission.expired: ") == true, "\(reason ?? "installed")")
        #expect(reason?.contains("hftml rollback ") == true && reason?.contains("hftml promote") == false)
    }

    // MARK: Keys that stop counting

    @Test(
        "a key that is revoked, expired, without its role or gone puts nothing in force",
        arguments: [
            ("signer", "admission.order-key"), ("gate", "admission.verdict-key"),
        ])
    func keys(name: String, code: String) throws {
        let changes: [@Sendable (inout PublicKey) -> Void] = [
            { $0.revoked = PublicKey.Revocation(at: AuthorityKit.start, reason: "stolen") },
            { $0.expiresAt = AuthorityKit.start }, { $0.roles = ["compliance"] },
        ]
        for change in changes {
            let fixture = try EnvironmentFixture()
            let kit = fixture.kit.next(key: name, change)
            try fixture.send(try kit.authority())
            let reason = try fixture.refusal(of: try kit.bundle(Self.tiny(), version: 2))
            #expect(reason?.hasPrefix(code + ": ") == true, "\(reason ?? "installed")")
        }
        // Ordered under the document before: the newest counts all the same.
        let fixture = try EnvironmentFixture()
        let kit = fixture.kit.next(key: name) { $0.revoked = PublicKey.Revocation(at: 0, reason: "") }
        try fixture.send(try kit.authority())
        let reason = try fixture.refusal(of: try fixture.kit.bundle(Self.tiny(), version: 2))
        #expect(reason?.hasPrefix(code + ": ") == true, "\(reason ?? "installed")")
    }

    @Test("in a document that has expired nothing comes into force")
    func expiredDocument() throws {
        let fixture = try EnvironmentFixture()
        let kit = fixture.kit.next { $0.expiresAt = AuthorityKit.start }
        try fixture.send(try kit.authority())
        let reason = try fixture.refusal(of: try kit.bundle(Self.tiny(), version: 2))
        #expect(reason?.hasPrefix("authority.expired: ") == true, "\(reason ?? "installed")")
    }

    // MARK: Freezes and canaries

    @Test("a freeze stops promotions and lets rollbacks pass")
    func freeze() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        let kit = fixture.kit.next {
            $0.freezes = [
                EnvironmentAuthority.Freeze(
                    from: AuthorityKit.start, to: AuthorityKit.start + AuthorityKit.day, reason: "year's end")
            ]
        }
        try fixture.send(try kit.authority())
        let reason = try fixture.refusal(of: try kit.bundle(TinyModel.draft(version: 3), version: 3))
        #expect(reason?.hasPrefix("admission.freeze: ") == true && reason?.contains("year's end") == true)
        let rollback = try kit.bundle(
            TinyModel.draft(version: 1), version: 1, counter: 4,
            order: { ($0.action, $0.reason) = (.rollback, "losses") })
        #expect(try fixture.refusal(of: rollback) == nil)
        #expect(try fixture.installer.current()?.identity.version == 1)
        #expect(try fixture.receipts().last?.outcome == .rolledBack && fixture.receipts().last?.person == "anna")
    }

    @Test("a canary of a second is no canary: it has to be in force as long as the document asks")
    func canary() throws {
        var kit = AuthorityKit.standard
        kit.document.canary = EnvironmentAuthority.Canary(hours: 2, share: 0.3)
        let fixture = try EnvironmentFixture(kit)
        func whole(_ counter: Int) throws -> [UInt8] {
            try kit.bundle(TinyModel.draft(version: 2), version: 2, counter: counter)
        }
        #expect(try fixture.refusal(of: whole(1))?.hasPrefix("admission.canary: ") == true)
        let some = ModelBundle.Canary(universe: ["A", "B", "C", "D"], instruments: ["B"])
        let draft = try TinyModel.draft(version: 2, canary: some)
        try fixture.send(try kit.bundle(draft, version: 2, counter: 2, order: { $0.share = 0.25 }))
        #expect(try fixture.installer.look().installed?.limits.instruments == ["B"])
        try fixture.installer.noteRun(2, at: AuthorityKit.start + 2000)
        #expect(try fixture.refusal(of: whole(3))?.hasPrefix("admission.canary: ") == true)
        // Two hours later: what lay in force while nothing ran was no canary.
        let later = fixture.installer(clock: Clock { AuthorityKit.start + 7_200_000_002_000 })
        try fixture.send(whole(4))
        #expect(try later.look().receipts.first?.reason?.hasPrefix("admission.canary: ") == true)
        // Nor is a second look two hours after the first; in the third hour it is.
        try fixture.installer.noteRun(2, at: AuthorityKit.start + 7_200_000_002_000)
        try fixture.send(whole(5))
        #expect(try later.look().receipts.first?.reason?.hasPrefix("admission.canary: ") == true)
        for hour: Int64 in 3...4 {
            try fixture.installer.noteRun(2, at: AuthorityKit.start + hour * 3_600_000_000_000 + 2000)
        }
        let fourth = fixture.installer(clock: Clock { AuthorityKit.start + 14_400_000_002_000 })
        try fixture.send(whole(6))
        #expect(try fourth.look().installed?.identity.version == 2)
        // Another version has to be a canary itself.
        try fixture.send(try kit.bundle(TinyModel.draft(version: 3, weight: 2), version: 3, counter: 7))
        #expect(try fourth.look().receipts.first?.reason?.hasPrefix("admission.canary: ") == true)
    }
}
