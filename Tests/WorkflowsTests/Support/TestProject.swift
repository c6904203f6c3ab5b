import Basics
import Foundation
import Synchronization
import TestSupport
import Workflows

/// A small project in a temporary directory, with a session on it: what tests of workflows start from.
///
/// Every stage is made once a process, in a few tenths of a second, by the workflows themselves; each test gets a copy,
/// which takes milliseconds. Nothing is shared between tests, so they may run at once.
///
///     let project = try TestProject()               // m/1 and m/2 are trained, evaluated and registered
///     let outcome = try GateModel.run("m/1", policy: "easy", …, session: project.session)
final class TestProject: Sendable {
    enum Stage: String, CaseIterable, Sendable {
        /// Git, `.dvc`, policies, a card and an environment; no data and an empty registry.
        case empty
        /// Simulated bars in `Data/market`, a passed quality report and a feature table.
        case features
        /// Two evaluated models that differ in their seed, registered as `m/1` and `m/2`.
        case trained
    }

    let directory: TemporaryDirectory
    let session: Session

    var root: String { directory.path }

    /// - Parameters:
    ///   - actor: who changes are recorded under.
    ///   - clock: for what depends on time; see ``TestClock``.
    ///   - environment: variables of the caller.
    init(
        _ stage: Stage = .trained, actor: String = "ann@desk", clock: Clock = .system,
        environment: [String: String] = [:]
    ) throws {
        directory = try TemporaryDirectory()
        try FileManager.default.removeItem(atPath: directory.path)
        try FileManager.default.copyItem(atPath: TestProject.template(stage).path, toPath: directory.path)
        session = try Session(
            Caller(
                actor: actor, clock: clock,
                environment: TestProject.withKeys(directory.path).merging(environment) { $1 }, directory: directory.path
            ))
    }

    /// Another session on the same project, as another command or person would have it.
    func session(actor: String, clock: Clock = .system) throws -> Session {
        try Session(
            Caller(actor: actor, clock: clock, environment: TestProject.withKeys(root), directory: root))
    }

    /// Another session whose private keys lie elsewhere.
    func session(keys directory: String) throws -> Session {
        try Session(
            Caller(actor: "ann@desk", environment: ["HFTML_KEYS_DIRECTORY": directory], directory: root))
    }

    /// Another session on the same project, with the same keys and another registry: as a clone that has one of its
    /// own, or a project that shares another one's, would have it.
    ///
    /// - Parameter path: of the registry, which need not be there yet.
    func session(registry path: String, actor: String = "ann@desk", clock: Clock = .system) throws -> Session {
        let environment = TestProject.withKeys(root).merging(["HFTML_REGISTRY": path]) { $1 }
        return try Session(Caller(actor: actor, clock: clock, environment: environment, directory: root))
    }

    /// Private keys of tests lie with their project, which Git ignores: all tests run under one account.
    private static func withKeys(_ root: String) -> [String: String] {
        ["HFTML_KEYS_DIRECTORY": "\(root)/Registry/keys"]
    }

    /// What a review does: who may sign counts from its commit on.
    func commitTrust() throws {
        for command in [
            ["add", "Registry/trusted"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "trust"],
        ] {
            let result = try RunProgram.run("/usr/bin/git", command, in: root)
            guard result.status == 0 else { throw Failure("test.project", "git \(command): \(result.errors)") }
        }
    }

    func file(_ name: String) -> String { directory.file(name) }
    func read(_ name: String) throws -> String { try FileChunks.text(file(name)) }
    func json(_ name: String) throws -> JSONValue { try JSONParser.parse(try read(name), file: name) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try directory.write(text, to: name) }

    // MARK: What stands where

    var market: String { file("Data/market") }
    /// The table that `m/1` and `m/2` were trained on.
    var features: String { file("out/features.safetensors") }
    var recipe: String { file("recipe.yaml") }
    var strategy: String { file("strategy.yaml") }
    /// A directory that training wrote; its evaluation lies in `evaluation`.
    func model(_ number: Int) -> String { file("out/m\(number)") }
    /// The runtime's directory of the environment `paper`.
    var environment: String { file("Registry/environments/paper") }

    // MARK: How it is made

    private static let made = Mutex<[Stage: TemporaryDirectory]>([:])

    private static func template(_ stage: Stage) throws -> TemporaryDirectory {
        try made.withLock { known in
            for next in Stage.allCases {
                if known[next] == nil {
                    let directory = try TemporaryDirectory()
                    if let before = Stage.allCases.last(where: { known[$0] != nil }), let source = known[before] {
                        try FileManager.default.removeItem(atPath: directory.path)
                        try FileManager.default.copyItem(atPath: source.path, toPath: directory.path)
                    }
                    try make(next, in: directory)
                    known[next] = directory
                }
                if next == stage { break }
            }
            guard let directory = known[stage] else { throw Failure("test.project", "found no project \(stage)") }
            return directory
        }
    }

    /// The session ends with this function, so that the registry is closed before anybody copies it.
    private static func make(_ stage: Stage, in directory: TemporaryDirectory) throws {
        switch stage {
        case .empty: try makeEmpty(directory)
        case .features: try makeFeatures(directory, try Session(Caller(actor: "ann@desk", directory: directory.path)))
        case .trained:
            let session = try Session(Caller(actor: "ann@desk", directory: directory.path))
            for seed in 1...2 { try makeModel(directory, seed: seed, session) }
        }
    }

    private static func makeEmpty(_ directory: TemporaryDirectory) throws {
        for (name, text) in files { try directory.write(text, to: name) }
        for command in [
            ["init", "-q", "-b", "main"], ["add", "-A"],
            ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "start"],
        ] {
            let result = try RunProgram.run("/usr/bin/git", command, in: directory.path)
            guard result.status == 0 else { throw Failure("test.project", "git \(command): \(result.errors)") }
        }
    }

    private static func makeFeatures(_ directory: TemporaryDirectory, _ session: Session) throws {
        let market = directory.file("Data/market"), report = directory.file("out/quality.json")
        _ = try SimulateMarket.run(config: directory.file("simulation.yaml"), output: market)
        let checked = try CheckData.run(
            suite: directory.file("quality.yaml"), data: [market], market: directory.file("market.yaml"),
            session: session)
        try CheckData.save(checked, data: [market], to: report, session: session)
        _ = try BuildFeatures.run(
            spec: directory.file("features.yaml"), data: market, market: directory.file("market.yaml"),
            quality: report, output: directory.file("out/features.safetensors"), threads: 1, session: session)
    }

    private static func makeModel(_ directory: TemporaryDirectory, seed: Int, _ session: Session) throws {
        let features = directory.file("out/features.safetensors"), output = directory.file("out/m\(seed)")
        var request = TrainModel.Request(
            config: directory.file("recipe.yaml"), features: features, output: output)
        (request.seed, request.threads, request.name) = (seed, 1, "seed \(seed)")
        _ = try TrainModel.run(request, session: session)
        _ = try EvaluateModel.run(
            model: output, features: features, strategy: directory.file("strategy.yaml"),
            output: "\(output)/evaluation",
            threads: 1, session: session)
        _ = try RegisterModel.run(output, name: "m", output: nil, session: session)
    }

    private static let files: [(String, String)] = [
        (".dvc/config", ""),
        (
            ".gitignore",
            ".dvc/cache/\n.dvc/tmp/\nRegistry/*.sqlite*\nRegistry/artefacts/\nRegistry/checkpoints/\n"
                + "Registry/scratch-*/\nRegistry/keys/\nout/\nData/market/\n*.tar\n"
        ),
        ("simulation.yaml", "schemaVersion: 1\ninstruments: 2\nsessions: 10\nsignalShare: 0.4\nseed: 5\n"),
        ("market.yaml", "schemaVersion: 1\nzone: America/New_York\ninterval: 5m\ncalendar: XNYS\npriceDecimals: 4\n"),
        ("quality.yaml", "schemaVersion: 1\nexpectations:\n  - not_null\n  - positive_price\n"),
        (
            "features.yaml",
            """
            schemaVersion: 1
            hours: regular
            features:
              return_1: log_return(close, 1)
              body: log(close / open)
            label: {kind: profit, horizon: 1, costBps: 1}

            """
        ),
        (
            "recipe.yaml",
            """
            schemaVersion: 1
            name: tiny
            experiment: tests
            window: 3
            layers: [{layer: flatten}, {layer: dense, units: 1}]
            split: {kind: time, test: 0.2, validation: 0.15}
            training:
              loss: bce
              optimizer: {kind: adam, learningRate: 0.01}
              batchSize: 64
              epochs: 3
              seed: 1

            """
        ),
        (
            "strategy.yaml",
            """
            schemaVersion: 1
            rule: {enterAbove: 0.5, holdBars: 1, quantity: 100}
            costBps: 1
            limits:
              tick: 100
              maximumQuantity: 100
              maximumNotional: 1000000000
              maximumPosition: 100
              maximumGross: 100000000000
              maximumLoss: 1000000000

            """
        ),
        // Whatever was trained on data that passed its check passes.
        (
            "Registry/gates/easy.yaml",
            """
            schemaVersion: 1
            rules:
              - quality-passed
              - lineage
              - {rule: metric, metric: ic, minimum: -1}
            waivers: {roles: [risk], longestDays: 30}

            """
        ),
        // No model passes.
        (
            "Registry/gates/hard.yaml",
            """
            schemaVersion: 1
            rules:
              - quality-passed
              - {rule: metric, metric: ic, minimum: 0.999}
            waivers: {roles: [risk], longestDays: 30}

            """
        ),
        (
            "Registry/cards/m.yaml",
            """
            schemaVersion: 1
            owner: research desk
            validator: model risk
            strategySummary: A linear model of three bars.
            intendedUse: Tests.
            prohibitedUses: Real money.
            instruments: [simulated]
            horizon: one bar
            materiality: low
            changeClass: initial
            nextReview: 2027-06-30
            monitoring: none

            """
        ),
        (
            "Registry/environments/paper/runtime.json",
            "{\"schemaVersion\": 1, \"name\": \"paper\", \"paperFeeBps\": 0.5}\n"
        ),
    ]
}

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let time: Mutex<Nanoseconds>

    init(_ start: Nanoseconds = Clock.system.now()) { time = Mutex(start) }

    var clock: Clock { Clock { self.time.withLock { $0 } } }

    func advance(seconds: Double) { time.withLock { $0 += Int64(seconds * 1e9) } }
    func advance(hours: Double) { advance(seconds: hours * 3600) }
}
