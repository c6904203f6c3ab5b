import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Synchronization
import Workflows

/// Answers in place of the program on the trading host, by the same files: it takes bundles out of an inbox, puts them
/// in force, and writes receipts.
final class FakeRuntime: Sendable {
    enum Answer: Sendable, Equatable {
        case install
        case refuse(String)
        /// Leaves the bundle where it is.
        case silence
    }

    private struct State {
        var answer = Answer.install
        var halts: [String] = []
        var replays: [[String]] = []
        /// What it writes as its health after a replay or an installation; nil for nothing.
        var health: [String: JSONValue]?
        var runs = RunMemory()
    }

    private let state = Mutex(State())
    private let clock: Clock

    init(_ answer: Answer = .install, health: [String: JSONValue]? = nil, clock: Clock = .system) {
        self.clock = clock
        state.withLock { ($0.answer, $0.health) = (answer, health) }
    }

    /// Reasons it was halted for.
    var halts: [String] { state.withLock { $0.halts } }
    /// Data it was told to replay.
    var replays: [[String]] { state.withLock { $0.replays } }

    func answer(_ answer: Answer) { state.withLock { $0.answer = answer } }

    var port: RuntimePort {
        RuntimePort(
            accept: { try self.accept($0) },
            replay: { environment, data in
                self.state.withLock { $0.replays.append(data) }
                try self.reportHealth(environment)
            },
            rollBack: { try self.rollBack($0, person: $1, $2) },
            halt: { environment, _, reason in
                self.state.withLock { $0.halts.append(reason) }
                let host = try DeploymentDirectory(environment)
                guard Paths.exists(host.current) else { return }
                try self.write(
                    try self.receipt(try FileChunks.bytes(host.current), .halted, reason: reason, host), host)
            })
    }

    private func accept(_ environment: String) throws {
        let answer = state.withLock { $0.answer }, host = try DeploymentDirectory(environment)
        guard answer != .silence, Paths.isDirectory(host.inbox) else { return }
        for name in try Paths.entries(host.inbox) where name.hasSuffix(Withdrawal.suffix) {
            let file = "\(host.inbox)/\(name)", taken = try Withdrawal(try Envelope(try FileChunks.text(file)))
            try write(
                Receipt(
                    environment: host.name, outcome: .withdrawn, bundle: taken.bundle, counter: taken.counter,
                    reason: taken.reason, person: taken.person, time: clock.now()), host)
            try Paths.remove(file)
        }
        for name in try Paths.entries(host.inbox) where name.hasSuffix(".hftbundle") {
            let file = "\(host.inbox)/\(name)", bytes = try FileChunks.bytes(file)
            if case .refuse(let reason) = answer {
                try write(try receipt(bytes, .refused, reason: reason, host), host)
                try Paths.remove(file)
                continue
            }
            let order = try self.order(bytes, host)
            try install(bytes, order.action == .rollback ? .rolledBack : .installed, reason: nil, host)
            try Paths.remove(file)
        }
    }

    private func install(_ bytes: [UInt8], _ outcome: Receipt.Outcome, reason: String?, _ host: DeploymentDirectory)
        throws
    {
        var receipt = try receipt(bytes, outcome, reason: reason, host)
        let had = Paths.exists(host.current)
        if had { receipt.replaced = try Digest.sha256(file: host.current) }
        try AtomicFile.write(bytes, to: host.current)
        if let counter = receipt.counter { try AtomicFile.write(bytes, to: host.revision(counter)) }
        try write(receipt, host)
        if had || state.withLock({ $0.health != nil }) { try reportHealth(host.directory) }
    }

    /// By the host's own key, to what was in force before.
    private func rollBack(_ environment: String, person: String, _ reason: String) throws {
        let host = try DeploymentDirectory(environment)
        guard state.withLock({ $0.answer }) != .silence else { return }
        let kept = try Paths.entries(host.history).map { try FileChunks.bytes("\(host.history)/\($0)") }
        let history = RevisionHistory(
            try kept.compactMap { bytes in
                guard let terms = try bundle(bytes, host).terms else { return nil }
                let order = try DeploymentOrder(terms.deployment)
                return RevisionHistory.Revision(
                    counter: order.counter, action: order.action, bundle: Digest.sha256(bytes),
                    manifest: order.manifest, weights: terms.weightsDigest, strategy: terms.strategy.digest,
                    share: order.share, time: order.time)
            })
        guard let target = try? history.rollbackTarget(),
            let bytes = kept.first(where: { Digest.sha256($0) == target.bundle })
        else { return }
        var order = try self.order(bytes, host)
        (order.counter, order.action, order.time) = (history.lastCounter + 1, .rollback, clock.now())
        (order.person, order.reason) = (person, reason)
        let key = try SigningKey.read(host.hostKey)
        let again = try ModelBundle.redeployed(bytes, deployment: try order.signed(by: key))
        try install(again, .rolledBack, reason: reason, host)
    }

    private func bundle(_ bytes: [UInt8], _ host: DeploymentDirectory) throws -> ModelBundle {
        let keys = "\(Paths.parent(Paths.parent(host.directory)))/keys"
        return try ModelBundle.verify(bytes, trusted: try TrustedKeys(directory: keys))
    }

    private func order(_ bytes: [UInt8], _ host: DeploymentDirectory) throws -> DeploymentOrder {
        guard let terms = try bundle(bytes, host).terms else { throw Failure("test.bundle", "found version 1") }
        return try DeploymentOrder(terms.deployment)
    }

    /// The loop takes bars with what is in force now.
    func trade(_ environment: String) throws {
        let host = try DeploymentDirectory(environment)
        let counter = try order(try FileChunks.bytes(host.current), host).counter
        state.withLock {
            $0.runs.note(counter, at: clock.now(), halts: HaltMemory())
            $0.health = $0.health ?? [:]
        }
        try reportHealth(environment)
    }

    private func reportHealth(_ environment: String) throws {
        guard var health = state.withLock({ $0.health }) else { return }
        let host = try DeploymentDirectory(environment), bytes = try FileChunks.bytes(host.current)
        health["bundle"] = .string(Digest.sha256(bytes))
        health["environment"] = .string(host.name)
        health["counter"] = .int(try order(bytes, host).counter)
        health["runs"] = state.withLock { $0.runs.json[key: "runs"] }
        let node = JSONValue.map(health.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        let signed = try Envelope(
            payloadType: HealthReport.payloadType, payload: node.text(.compact),
            signer: try SigningKey.read(host.hostKey))
        try AtomicFile.write(signed.text + "\n", to: host.healthFile)
    }

    private func receipt(
        _ bytes: [UInt8], _ outcome: Receipt.Outcome, reason: String?, _ host: DeploymentDirectory
    ) throws -> Receipt {
        let bundle = try bundle(bytes, host), order = try order(bytes, host)
        return Receipt(
            environment: host.name, outcome: outcome, bundle: Digest.sha256(bytes), counter: order.counter,
            name: bundle.identity.name, version: bundle.identity.version, manifest: order.manifest,
            signer: bundle.signer.name, reason: reason, time: clock.now())
    }

    /// Signed by the host's key, as a file among its receipts.
    func write(_ receipt: Receipt, _ host: DeploymentDirectory, key: SigningKey? = nil) throws {
        let key = try key ?? SigningKey.read(host.hostKey)
        let name = "\(receipt.time)-\(receipt.bundle.prefix(8))-\(receipt.outcome.rawValue).json"
        try AtomicFile.write(try receipt.signed(by: key).text + "\n", to: "\(host.receipts)/\(name)")
    }
}
