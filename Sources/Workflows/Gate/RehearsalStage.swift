import Basics
import Deployment
import Features
import Foundation
import MarketData
import ModelBundles
import Promotion
import Registry
import Trading

/// The program of the trading host, for rehearsals.
package struct RehearsalRuntime: Sendable {
    /// Runs it with arguments, its output and messages into files.
    ///
    /// - Returns: its exit status.
    package var run: @Sendable (_ arguments: [String], _ output: String, _ errors: String) throws -> Int32

    package init(run: @escaping @Sendable ([String], String, String) throws -> Int32) { self.run = run }

    /// The program beside this one.
    package static let beside = RehearsalRuntime { arguments, output, errors in
        try at(RuntimeProgram.path()).run(arguments, output, errors)
    }

    /// A program at some path.
    package static func at(_ path: String) -> RehearsalRuntime {
        RehearsalRuntime { arguments, output, errors in
            try RuntimeProgram.run(path, arguments) { process in
                for file in [output, errors] { try AtomicFile.write("", to: file) }
                guard let out = FileHandle(forWritingAtPath: output), let err = FileHandle(forWritingAtPath: errors)
                else { throw FileError("write", output) }
                process.standardInput = FileHandle.nullDevice
                process.standardOutput = out
                process.standardError = err
            }
        }
    }
}

/// An environment for one rehearsal, with keys and a signed document of its own, in a directory that is removed: what
/// stands there counts nowhere else.
struct RehearsalStage {
    /// What the program did.
    struct Performance {
        var journal: JournalFile
        var money: RehearsalEvidence.Money
        /// That were traded on.
        var bars: Int
    }

    private static let name = "rehearsal"
    private let rehearsal: RehearseVersion

    init(_ rehearsal: RehearseVersion) { self.rehearsal = rehearsal }

    /// Lets the program accept the bundle and replay the bars.
    ///
    /// - Throws: ``Failure`` where the program refuses, fails, or leaves a journal that is none.
    func perform(data: String, from: Nanoseconds, until: Nanoseconds) throws -> Performance {
        let directory = Paths.join(NSTemporaryDirectory(), "hftml-rehearsal-\(UUID().uuidString)")
        try Paths.makeDirectory(directory)
        guard chmod(directory, 0o700) == 0 else { throw FileError("protect", directory) }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let environment = try makeEnvironment(in: directory)
        try start(["accept", environment, "--quiet"], in: directory)
        var arguments = ["replay", environment, data, "--from", TimeText.utc(from)]
        if until < .max { arguments += ["--until", TimeText.utc(until)] }
        try start(arguments + ["-o", "\(directory)/out", "--quiet"], in: directory)
        let file = "\(directory)/out/journal.csv"
        let journal = try JournalFile(
            try FileChunks.bytes(file), priceDecimals: rehearsal.dataset.table.market.priceDecimals,
            in: "journal of the rehearsal")
        let summary = try JSONParser.parse(try FileChunks.bytes("\(directory)/out/summary.json"), file: "summary.json")
        guard let gross = summary[key: "grossProfit"]?.doubleValue, let fees = summary[key: "fees"]?.doubleValue,
            let bars = summary[key: "bars"]?.intValue, let before = summary[key: "warmUpBars"]?.intValue,
            (0...bars).contains(before)
        else { throw Failure("rehearsal.summary", "found no summary of a replay that this version can read") }
        return Performance(journal: journal, money: .init(gross: gross, fees: fees), bars: bars - before)
    }

    private func start(_ arguments: [String], in directory: String) throws {
        let output = "\(directory)/output.txt", errors = "\(directory)/errors.txt"
        let status = try rehearsal.runtime.run(arguments, output, errors)
        guard status != 0 else { return }
        let said = (try? FileChunks.text(errors)) ?? ""
        var reason = said.split(separator: "\n").first.map(String.init) ?? "without a word"
        // A bundle that was refused is told in a receipt.
        if said.isEmpty, let receipts = try? Paths.entries("\(directory)/\(RehearsalStage.name)/receipts"),
            let last = receipts.sorted().last,
            let bytes = try? FileChunks.bytes("\(directory)/\(RehearsalStage.name)/receipts/\(last)"),
            let found = try? Receipt.read(bytes, hosts: [], in: last)
        {
            reason = found.receipt.text
        }
        throw Failure("rehearsal.ended", "hftml-runtime \(arguments[0]) ended with status \(status): \(reason)")
    }

    /// Root, keys, document, and the bundle in the inbox.
    ///
    /// - Returns: the environment's directory.
    private func makeEnvironment(in directory: String) throws -> String {
        let place = "\(directory)/\(RehearsalStage.name)", plan = rehearsal.plan
        let runtime = JSONValue.map([
            "schemaVersion": .int(1), "name": .string(RehearsalStage.name), "paperFeeBps": .double(plan.costBps / 2),
        ])
        try AtomicFile.write(runtime.text(.compact) + "\n", to: "\(place)/runtime.json")
        let environment = try DeploymentDirectory(place)
        // The runtime looks at the machine's clock, so the document is dated by it.
        let now = Clock.system.now(), hour: Nanoseconds = 3_600_000_000_000
        let root = SigningKey(generating: "rehearsal-root"), host = SigningKey(generating: "rehearsal-host")
        let gate = SigningKey(generating: "rehearsal-gate"), promoter = SigningKey(generating: "rehearsal-promoter")
        func key(_ signer: SigningKey, _ role: String) -> PublicKey {
            var key = signer.publicKey
            key.roles = [role]
            return key
        }
        typealias Role = EnvironmentAuthority.Role
        let keys = [key(gate, Role.gate), key(promoter, Role.promoter), key(host, Role.host)]
        let roots = try RootKeys(threshold: 1, keys: [root.publicKey])
        let document = try AuthorityEnvelope(
            EnvironmentAuthority(
                name: RehearsalStage.name, counter: 1, createdAt: now - hour, expiresAt: now + 24 * hour, root: roots,
                keys: keys, policy: (RehearsalStage.name, Digest.sha256(RehearsalStage.name)), minimumCostBps: 0,
                limits: plan.limits), signer: root)
        try AtomicFile.write(
            RootPin(environment: RehearsalStage.name, root: roots).json.text(.pretty) + "\n", to: environment.rootFile)
        try AtomicFile.write(document.envelope.text + "\n", to: environment.authorityFile)
        try host.write(to: environment.hostKey)
        try AtomicFile.write(
            try bundle(document, gate: gate, promoter: promoter, now: now),
            to: "\(environment.inbox)/rehearsal.hftbundle")
        return place
    }

    /// The bundle as a promotion would make it, with a verdict that says nothing of the version and counts only here.
    private func bundle(_ document: AuthorityEnvelope, gate: SigningKey, promoter: SigningKey, now: Nanoseconds) throws
        -> [UInt8]
    {
        let version = rehearsal.version, model = rehearsal.model, plan = rehearsal.plan
        let draft = try BundleDraft(
            identity: ModelBundle.Identity(
                name: version.model, version: version.version, createdAt: now, toolVersion: ToolVersion.current,
                lineage: RehearsalStage.name, gateDecision: RehearsalStage.name),
            model: model, strategy: try BundleStrategy(text: plan.text, horizon: model.spec.holdBars()),
            goldenInput: try PromoteModel.goldenInput(
                model, rehearsal.dataset.table, file: rehearsal.features.path))
        let verdict = try Verdict(
            subject: version.reference, weights: draft.weightsDigest, isPassed: true, environment: RehearsalStage.name,
            authority: document.digest, policy: document.authority.policy, strategy: draft.strategyDigest,
            limits: draft.limitsDigest, features: rehearsal.features.id, incumbent: nil, evidence: [],
            trials: Verdict.Trials(runs: 1, strategies: 1), log: nil, time: now
        ).signed(by: gate)
        let order = DeploymentOrder(
            environment: RehearsalStage.name, authority: (document.authority.counter, document.digest), counter: 1,
            action: .promote, manifest: draft.manifestDigest, verdict: verdict.payloadDigest,
            limits: draft.limitsDigest, share: 1, time: now, expiresAt: document.authority.expiresAt,
            person: RehearsalStage.name, reason: "a rehearsal")
        return try draft.signed(
            deployment: try order.signed(by: promoter), verdict: verdict, by: promoter)
    }
}
