import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing
import Trading

/// Everything that signs in an environment: root, gate, promoter and host, and the document that says so.
struct AuthorityKit: Sendable {
    static let day: Nanoseconds = 86_400_000_000_000
    /// 1 June 2025: orders and verdicts are given then.
    static let start: Nanoseconds = 1_748_736_000_000_000_000
    static let standard = AuthorityKit()

    var root = SigningKey(generating: "root")
    var gate = SigningKey(generating: "gate")
    var promoter = TinyModel.key
    var host = SigningKey(generating: "test-host")
    /// What the root key signs.
    var document: EnvironmentAuthority

    init(environment: String = "test", hostRoles: [String] = ["host", "promoter"]) {
        func key(_ key: SigningKey, _ roles: [String]) -> PublicKey {
            var publicKey = key.publicKey
            publicKey.roles = roles
            return publicKey
        }
        // Wide enough for every test of the loop; each limit is tested where it matters.
        var limits = RiskLimits()
        (limits.tick, limits.lot, limits.duplicateWindow) = (1, 1, 0)
        (limits.maximumQuantity, limits.maximumNotional, limits.collarBps) = (1 << 40, 1 << 49, 1 << 40)
        (limits.maximumPosition, limits.maximumGross, limits.maximumLoss) = (1 << 40, 1 << 49, 1 << 49)
        (limits.ordersPerSecond, limits.burst, limits.referenceMaximumAge) = (1e6, 1e6, 86_400_000_000_000)
        document = EnvironmentAuthority(
            name: environment, counter: 1, createdAt: AuthorityKit.start - AuthorityKit.day,
            expiresAt: AuthorityKit.start + 365 * AuthorityKit.day, root: AuthorityKit.keys([root]),
            keys: [key(gate, ["gate"]), key(promoter, ["promoter"]), key(host, hostRoles)],
            policy: ("paper", Digest.sha256("policy")), minimumCostBps: 1, limits: limits)
    }

    /// Root keys of which one has to sign.
    static func keys(_ keys: [SigningKey], threshold: Int = 1) -> RootKeys {
        guard let root = try? RootKeys(threshold: threshold, keys: keys.map(\.publicKey)) else {
            preconditionFailure("the root keys of the tests")
        }
        return root
    }

    /// A changed document, with the next number unless another is set.
    func next(_ change: (inout EnvironmentAuthority) -> Void) -> AuthorityKit {
        var kit = self
        kit.document.counter += 1
        change(&kit.document)
        return kit
    }

    /// A changed key of the document, by its name.
    func next(key name: String, _ change: (inout PublicKey) -> Void) -> AuthorityKit {
        next { document in
            for index in document.keys.indices where document.keys[index].name == name {
                change(&document.keys[index])
            }
        }
    }

    func authority(signers: [SigningKey]? = nil) throws -> AuthorityEnvelope {
        let signers = signers ?? [root]
        var envelope = try AuthorityEnvelope(document, signer: try #require(signers.first))
        for signer in signers.dropFirst() { envelope = try envelope.signed(by: signer) }
        return envelope
    }

    // MARK: Statements

    func verdict(
        _ draft: BundleDraft, version: Int, by signer: SigningKey? = nil, _ change: (inout Verdict) -> Void = { _ in }
    ) throws -> Envelope {
        var verdict = Verdict(
            subject: "tiny/\(version)", weights: draft.weightsDigest, isPassed: true, environment: document.name,
            authority: try authority().digest, policy: document.policy, strategy: draft.strategyDigest,
            limits: draft.limitsDigest, features: "f", incumbent: nil, evidence: [("report", "r")],
            trials: Verdict.Trials(runs: 1, strategies: 1), log: nil, time: AuthorityKit.start, toolVersion: "t")
        change(&verdict)
        return try verdict.signed(by: signer ?? gate)
    }

    func order(
        _ draft: BundleDraft, _ verdict: Envelope, counter: Int, by signer: SigningKey? = nil,
        _ change: (inout DeploymentOrder) -> Void = { _ in }
    ) throws -> Envelope {
        var order = DeploymentOrder(
            environment: document.name, authority: (document.counter, try authority().digest), counter: counter,
            action: .promote, manifest: draft.manifestDigest, verdict: verdict.payloadDigest,
            limits: draft.limitsDigest, share: 1, time: AuthorityKit.start,
            expiresAt: AuthorityKit.start + 30 * AuthorityKit.day, person: "anna")
        change(&order)
        return try order.signed(by: signer ?? promoter)
    }

    /// A bundle that the environment takes, but for what is changed.
    func bundle(
        _ draft: BundleDraft, version: Int = 1, counter: Int? = nil, manifestKey: SigningKey? = nil,
        orderKey: SigningKey? = nil, gateKey: SigningKey? = nil,
        verdict changeVerdict: (inout Verdict) -> Void = { _ in },
        order changeOrder: (inout DeploymentOrder) -> Void = { _ in }
    ) throws -> [UInt8] {
        let verdict = try verdict(draft, version: version, by: gateKey, changeVerdict)
        return try draft.signed(
            deployment: try order(draft, verdict, counter: counter ?? version, by: orderKey, changeOrder),
            verdict: verdict, by: manifestKey ?? promoter)
    }
}

/// An environment with its host, and a clock that ticks once a reading.
final class EnvironmentFixture: Sendable {
    let directory: TemporaryDirectory
    let environment: DeploymentDirectory
    let kit: AuthorityKit
    let host: TradingHost
    let lock: EnvironmentLock
    let clock: Clock
    let installer: BundleInstaller

    init(_ kit: AuthorityKit = .standard) throws {
        directory = try TemporaryDirectory()
        try directory.write(
            #"{"schemaVersion": 1, "name": "\#(kit.document.name)", "paperFeeBps": 0.5}"#, to: "env/runtime.json")
        environment = try DeploymentDirectory(directory.file("env"))
        self.kit = kit
        let pin = RootPin(environment: kit.document.name, root: kit.document.root)
        try AtomicFile.write(pin.json.text(.pretty), to: environment.rootFile)
        try kit.host.write(to: environment.hostKey)
        try AtomicFile.write(try kit.authority().envelope.text + "\n", to: environment.authorityFile)
        host = try TradingHost(environment)
        lock = try EnvironmentLock(environment)
        let time = Ticks()
        clock = Clock { time.next() }
        installer = BundleInstaller(host, lock: lock, clock: clock)
    }

    /// 1000 ns after the start of the tests at the first reading, and one more at each.
    final class Ticks: @unchecked Sendable {
        // Guard for `@unchecked`: read and written under the lock.
        private let lock = NSLock()
        private var now: Int64 = AuthorityKit.start + 999
        func next() -> Int64 {
            lock.withLock {
                now += 1
                return now
            }
        }
    }

    /// Another of the same process, with another clock or one that stops after a step.
    func installer(
        clock: Clock? = nil, afterStep: @escaping @Sendable (BundleInstaller.Step) throws -> Void = { _ in }
    ) -> BundleInstaller {
        BundleInstaller(host, lock: lock, clock: clock ?? self.clock, afterStep: afterStep)
    }

    /// Puts bytes into the inbox.
    @discardableResult
    func send(_ bytes: [UInt8], as name: String = "a.hftbundle") throws -> String {
        try AtomicFile.write(bytes, to: environment.inbox + "/" + name)
        return Digest.sha256(bytes)
    }

    /// Puts a document into the inbox.
    func send(_ authority: AuthorityEnvelope, as name: String = "2.authority.json") throws {
        try send(Array((authority.envelope.text + "\n").utf8), as: name)
    }

    /// Installs versions, one after the other, and gives their digests.
    @discardableResult
    func install(_ versions: Int...) throws -> [String] {
        try versions.map { version in
            // Other weights in every version: a rollback goes to the last that has others.
            let digest = try send(
                TinyModel.bundle(TinyModel.key, version: version, weight: Float(version)))
            #expect(try installer.look().installed?.digest == digest)
            return digest
        }
    }

    /// What becomes of a bundle.
    func refusal(of bytes: [UInt8]) throws -> String? {
        try send(bytes)
        let receipts = try installer.look().receipts
        #expect(receipts.count == 1)
        return receipts.first?.outcome == .refused ? receipts.first?.reason : nil
    }

    /// Receipts that this host signed, oldest first.
    func receipts() throws -> [Receipt] {
        guard Paths.isDirectory(environment.receipts) else { return [] }
        return try Paths.entries(environment.receipts).compactMap { name in
            let path = "\(environment.receipts)/\(name)"
            let found = try? Receipt.read(
                try FileChunks.bytes(path), hosts: [kit.host.publicKey], in: path)
            return found?.host == nil ? nil : found?.receipt
        }.sorted { $0.time < $1.time }
    }
}
