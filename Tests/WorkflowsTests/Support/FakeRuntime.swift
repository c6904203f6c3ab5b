import Basics
import Foundation
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
        var time: Int64 = 1_000
        var halts: [String] = []
        var replays: [[String]] = []
        /// What it writes as its health after a replay or an installation; nil for nothing.
        var health: [String: JSONValue]?
    }

    private let state = Mutex(State())

    init(_ answer: Answer = .install, health: [String: JSONValue]? = nil) {
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
            rollBack: { try self.rollBack($0) },
            halt: { _, reason in self.state.withLock { $0.halts.append(reason) } })
    }

    private func accept(_ environment: String) throws {
        let answer = state.withLock { $0.answer }
        guard answer != .silence, Paths.isDirectory("\(environment)/inbox") else { return }
        for name in try Paths.entries("\(environment)/inbox") {
            let file = "\(environment)/inbox/\(name)", digest = try Digest.sha256(file: file)
            if case .refuse(let reason) = answer {
                try receipt(digest, name, "refused", reason: reason, replaced: nil, in: environment)
                try Paths.remove(file)
                continue
            }
            let current = "\(environment)/installed/current.hftbundle",
                replaced = Paths.exists(current) ? try Digest.sha256(file: current) : nil
            try Paths.makeDirectory("\(environment)/installed")
            if replaced != nil { try move(current, to: "\(environment)/installed/previous.hftbundle") }
            try move(file, to: current)
            try receipt(digest, name, "installed", reason: nil, replaced: replaced, in: environment)
            if replaced != nil || state.withLock({ $0.health != nil }) { try reportHealth(environment) }
        }
    }

    private func rollBack(_ environment: String) throws {
        let current = "\(environment)/installed/current.hftbundle",
            previous = "\(environment)/installed/previous.hftbundle", spare = "\(environment)/installed/spare"
        guard state.withLock({ $0.answer }) != .silence, Paths.exists(previous) else { return }
        let replaced = try Digest.sha256(file: current)
        try move(current, to: spare)
        try move(previous, to: current)
        try move(spare, to: previous)
        let digest = try Digest.sha256(file: current)
        let name = try names(environment)[digest] ?? "?-0-"
        try receipt(digest, name, "rolled-back", reason: nil, replaced: replaced, in: environment)
    }

    /// The file names that bundles came under, by digest; they hold model and version.
    private func names(_ environment: String) throws -> [String: String] {
        Dictionary(
            try Paths.files(below: "\(environment)/receipts").map { file in
                let node = try JSONParser.parse(try FileChunks.bytes("\(environment)/receipts/\(file)"), file: file)
                let name = "\(node[key: "name"]?.stringValue ?? "?")-\(node[key: "version"]?.intValue ?? 0)-"
                return (node[key: "bundle"]?.stringValue ?? "", name)
            }
        ) { first, _ in first }
    }

    private func reportHealth(_ environment: String) throws {
        guard var health = state.withLock({ $0.health }) else { return }
        let current = "\(environment)/installed/current.hftbundle"
        health["bundle"] = .string(try Digest.sha256(file: current))
        try AtomicFile.write(
            JSONValue.map(health.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }).text(.compact) + "\n",
            to: "\(environment)/health.json")
    }

    private func receipt(
        _ digest: String, _ file: String, _ outcome: String, reason: String?, replaced: String?, in environment: String
    ) throws {
        let time = state.withLock { state in
            state.time += 1
            return state.time
        }
        let parts = file.split(separator: "-")
        let node = JSONValue.map([
            "schemaVersion": .int(1), "environment": .string(Paths.name(environment)), "bundle": .string(digest),
            "name": .string(String(parts[0])), "version": .int(Int(parts[1]) ?? 0), "outcome": .string(outcome),
            "reason": .string(reason), "signer": .string("signer"), "replaced": .string(replaced),
            "timeNs": .int(Int(time)),
        ])
        try AtomicFile.write(node.text(.compact) + "\n", to: "\(environment)/receipts/\(time)-\(outcome).json")
    }

    private func move(_ source: String, to target: String) throws {
        if Paths.exists(target) { try Paths.remove(target) }
        try FileManager.default.moveItem(atPath: source, toPath: target)
    }
}

extension TestProject {
    /// Runs a version through a gate of the project.
    @discardableResult
    func gate(_ reference: String = "m/1", policy: String = "easy", session other: Session? = nil) throws
        -> GateModel.Outcome
    {
        try GateModel.run(
            reference, policy: policy, strategy: strategy, features: features, against: nil, threads: 1,
            session: other ?? session)
    }

    /// A person whose signatures count.
    func trust(_ name: String, roles: [String] = ["risk"]) throws {
        _ = try ManageKeys.generate(name, session: session)
        _ = try ManageKeys.trust(name, roles: roles, session: session)
    }

    /// A promotion of a version to `paper`, signed by a key that is made when it is first needed.
    func request(_ reference: String = "m/1", to environment: String = "paper") throws -> PromoteModel.Request {
        _ = try ManageKeys.generate("signer", keepsExisting: true, trustedIn: environment, session: session)
        var request = PromoteModel.Request(
            reference: reference, environment: environment, strategy: strategy, features: features, key: "signer")
        request.wait = 0
        return request
    }

    @discardableResult
    func promote(_ reference: String, _ runtime: FakeRuntime) throws -> PromoteModel.Outcome {
        try gate(reference)
        return try PromoteModel.run(try request(reference), runtime: runtime.port, session: session)
    }

    /// The code of the failure that something ends with; nil where it succeeds.
    func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return (error as? any UserFacingError)?.code ?? "\(error)" }
        return nil
    }

    /// Actions of the audit log, oldest first, that begin with a word.
    func actions(_ prefix: String = "") throws -> [String] {
        try ReadAudit.entries(session: session).map(\.action).filter { $0.hasPrefix(prefix) }
    }
}
