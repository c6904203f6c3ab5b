import Basics
import Deployment
import Foundation
import ModelBundles
import TestSupport
import Testing
import Trading

/// Somebody who has the root key and a page of formats checks a bundle with a program of their own, in Python.
@Suite struct StrangerTests {
    private static let program = "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/stranger.py"
    private static let moment: Nanoseconds = 1_800_000_000_000_000_000, day: Nanoseconds = 86_400_000_000_000

    /// Everything that an environment signs around one bundle, in files.
    private struct Files {
        let root = SigningKey(generating: "root"), second = SigningKey(generating: "second"),
            gate = SigningKey(generating: "ci"), promoter = SigningKey(generating: "ops"),
            person = SigningKey(generating: "ann")

        func key(_ key: SigningKey, _ roles: [String]) -> PublicKey {
            var known = key.publicKey
            known.roles = roles
            return known
        }

        func authority(_ counter: Int, root keys: [SigningKey], policy: String = "pd") throws -> EnvironmentAuthority {
            EnvironmentAuthority(
                name: "paper", counter: counter, createdAt: StrangerTests.moment,
                expiresAt: StrangerTests.moment + 100 * StrangerTests.day,
                root: try RootKeys(threshold: 1, keys: keys.map(\.publicKey)),
                keys: [
                    key(gate, [EnvironmentAuthority.Role.gate]), key(promoter, [EnvironmentAuthority.Role.promoter]),
                    key(person, ["validator"]),
                ], policy: ("live", policy), minimumCostBps: 1, limits: RiskLimits())
        }
    }

    /// What is told otherwise than it should be.
    private struct Lie {
        var policy = "pd"
        var isPassed = true
        var weights: String?
        var strategy: String?
        var environment = "paper"
        var verdictBy: SigningKey?
        var orderBy: SigningKey?
        var costFloor = 1.0
        var isChainBroken = false
        var change: (([UInt8]) -> [UInt8])?
    }

    private static func check(_ lie: Lie = Lie()) throws -> RunProgram.Result {
        let files = Files(), directory = try TemporaryDirectory()
        let first = try AuthorityEnvelope(try files.authority(1, root: [files.root]), signer: files.root)
        // The root key is replaced on the way: both have to sign.
        var current = try files.authority(2, root: [files.second], policy: "pd")
        current.minimumCostBps = lie.costFloor
        var next = try AuthorityEnvelope(current, signer: files.second)
        if !lie.isChainBroken { next = try next.signed(by: files.root) }
        let draft = try SampleBundle.draft()
        let statement = try Envelope(
            payloadType: Verdict.payloadType,
            payload: JSONValue.map([
                "_type": .string("https://in-toto.io/Statement/v1"),
                "subject": .list([
                    .map(["name": .string("tiny/1"), "digest": .map(["sha256": .string(draft.weightsDigest)])])
                ]),
                "predicateType": .string("urn:hftml:approval:v1"), "predicate": .map(["signer": .string("ann")]),
            ]).text(.compact), signer: files.person)
        let verdict = try Verdict(
            subject: "tiny/1", weights: lie.weights ?? draft.weightsDigest, isPassed: lie.isPassed,
            environment: lie.environment, authority: next.digest, policy: ("live", lie.policy),
            strategy: lie.strategy ?? draft.strategyDigest, limits: draft.limitsDigest, features: "f", incumbent: nil,
            evidence: [("approval", Digest.sha256(statement.text))], trials: Verdict.Trials(runs: 3, strategies: 1),
            log: Verdict.LogPosition(sequence: 7, hash: "h"), time: moment, toolVersion: "t"
        ).signed(by: lie.verdictBy ?? files.gate)
        let order = try DeploymentOrder(
            environment: lie.environment, authority: (2, next.digest), counter: 5, action: .promote,
            manifest: draft.manifestDigest, verdict: verdict.payloadDigest, limits: draft.limitsDigest, share: 1,
            time: moment, expiresAt: moment + day, person: "ops"
        ).signed(by: lie.orderBy ?? files.promoter)
        var bytes = try draft.signed(deployment: order, verdict: verdict, by: files.promoter)
        if let change = lie.change { bytes = change(bytes) }
        try AtomicFile.write(bytes, to: directory.file("b.hftbundle"))
        let pin = RootPin(
            environment: "paper", root: try RootKeys(threshold: 1, keys: [files.root.publicKey]))
        for (name, text) in [
            ("root.json", pin.json.text(.pretty)), ("1.json", first.envelope.text), ("2.json", next.envelope.text),
            ("ann.dsse.json", statement.text),
        ] { try directory.write(text + "\n", to: name) }
        return try RunProgram.run(
            "/usr/bin/env",
            [
                "python3", program, "bundle", "b.hftbundle", "root.json", "1.json", "2.json", "--statement",
                "ann.dsse.json",
            ], in: directory.path)
    }

    @Test("the bundle, its order, its verdict and the approval that it names are proven from the root key alone")
    func proves() throws {
        let result = try Self.check()
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("tiny/1 in paper, order 5 by ops, verdict by ci, log at entry 7 h"))
        #expect(result.output.contains("urn:hftml:approval:v1 by ann"))
    }

    private static func lies() -> [(Lie, String)] {
        func lie(_ change: (inout Lie) -> Void) -> Lie {
            var lie = Lie()
            change(&lie)
            return lie
        }
        let eve = SigningKey(generating: "eve")
        return [
            (lie { $0.policy = "weaker" }, "the policy of the environment"),
            (lie { $0.isPassed = false }, "a verdict that passed"),
            (lie { $0.weights = String(repeating: "0", count: 64) }, "the weights of the verdict"),
            (lie { $0.strategy = String(repeating: "0", count: 64) }, "the strategy of the verdict"),
            (lie { $0.environment = "live" }, "the environment"),
            (lie { $0.verdictBy = eve }, "the verdict, by a key with the role gate"),
            (lie { $0.orderBy = eve }, "the order, by a key with the role promoter"),
            (lie { $0.costFloor = 3 }, "the floor of the costs"),
            (lie { $0.isChainBroken = true }, "the root signatures on document 2"),
            (
                lie {
                    $0.change = { bytes in
                        var bytes = bytes
                        bytes[bytes.count - 3] ^= 1
                        return bytes
                    }
                }, "the tensor"
            ), (lie { $0.change = { $0 + [0] } }, "the length of the file"),
        ]
    }

    @Test("each lie is named", arguments: 0..<11)
    func refuses(_ index: Int) throws {
        let (lie, expected) = Self.lies()[index], result = try Self.check(lie)
        #expect(result.status == 1 && result.output.contains(expected), "\(result.output)\(result.errors)")
    }
}
