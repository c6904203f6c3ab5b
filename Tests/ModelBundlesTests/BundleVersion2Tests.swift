import Basics
import Foundation
import ModelBundles
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Trading

@Suite struct BundleVersion2Tests {
    static let key = ModelBundleTests.key
    static let trusted = TrustedKeys([key.publicKey])

    @Test("a bundle names manifest, weights, strategy and limits by digests that anybody can compute again")
    func terms() throws {
        let draft = try SampleBundle.draft()
        let bytes = try SampleBundle.bytes(Self.key)
        let terms = try #require(try ModelBundle.verify(bytes, trusted: Self.trusted).terms)
        let file = try bytes.withUnsafeBytes { try SafetensorsFile.parse($0, file: "t") }
        let manifest = try #require(file.metadata["manifest"])
        #expect(terms.manifestDigest == Digest.sha256(manifest) && terms.manifestDigest == draft.manifestDigest)
        let node = try JSONParser.parse(manifest)
        #expect(node[key: "strategy"]?.stringValue.map { Digest.sha256($0) } == terms.strategy.digest)
        #expect(terms.strategy == SampleBundle.strategy && draft.strategyDigest == terms.strategy.digest)
        #expect(terms.strategy.costBps == 2 && terms.canary == nil)
        #expect(terms.limitsDigest == Digest.sha256(RiskLimits().json.text(.canonical)))
        #expect(draft.limitsDigest == terms.limitsDigest && terms.deployment.payloadText == "order")
        // The registry's digest: of the model's file.
        let directory = try TemporaryDirectory()
        try SampleBundle.model().write(to: directory.file("model.safetensors"))
        let weights = try Digest.sha256(file: directory.file("model.safetensors"))
        #expect(terms.weightsDigest == weights && draft.weightsDigest == weights)
        #expect(try ModelFile.read(directory.file("model.safetensors")).digest == weights)
    }

    @Test("a bundle of version 1 is still read, with one byte more it is not")
    func version1() throws {
        let bytes = try BundleForgery.version1(try SampleBundle.bytes(Self.key), key: Self.key)
        let bundle = try ModelBundle.verify(bytes, trusted: Self.trusted)
        #expect(bundle.terms == nil && bundle.rule == SampleBundle.strategy.rule && bundle.identity.name == "tiny")
        #expect(try bundle.limits == RiskLimits() && bundle.model.spec == SampleBundle.model().spec)
        try bundle.requireStatements(signedBy: TrustedKeys([]))
        #expect(refusal(bytes + [0])?.reason == .format)
        let order = try SampleBundle.statement("o", Self.key)
        #expect(throws: ModelBundle.Refusal.self) { try ModelBundle.redeployed(bytes, deployment: order) }
    }

    @Test("a spec that another release spelled keeps the digest of its file")
    func olderSpelling() throws {
        let directory = try TemporaryDirectory()
        var file = SafetensorsFile()
        let model = try SampleBundle.model()
        for (name, tensor) in model.network.tensors(model.parameters) { file.set(name, tensor) }
        file.metadata = ["format": "hftml-model", "version": "1", "spec": model.spec.json.text(.pretty)]
        try file.write(to: directory.file("model.safetensors"))
        let read = try ModelFile.read(directory.file("model.safetensors"))
        #expect(try read.digest == Digest.sha256(file: directory.file("model.safetensors")))
        #expect(read.digest != model.digest)
    }

    /// A bundle with some of its metadata changed, and signed again where that is asked for.
    private func altered(_ change: (inout SafetensorsFile) throws -> Void) throws -> [UInt8] {
        var file = try SampleBundle.bytes(Self.key).withUnsafeBytes { try SafetensorsFile.parse($0, file: "t") }
        try change(&file)
        return file.bytes()
    }

    private func refusal(_ bytes: [UInt8]) -> ModelBundle.Refusal? {
        do { _ = try ModelBundle.verify(bytes, trusted: Self.trusted) } catch { return error as? ModelBundle.Refusal }
        return nil
    }

    /// The manifest with one value changed, signed by the key that is trusted: a promoter who lies.
    private func resigned(_ key: String, _ value: JSONValue) throws -> [UInt8] {
        try altered { file in
            var manifest = try JSONParser.parse(try #require(file.metadata["manifest"]))
            manifest[key: key] = value
            let text = manifest.text(.compact)
            file.metadata["manifest"] = text
            file.metadata["envelope"] = try BundleForgery.envelope(text, Self.key)
        }
    }

    @Test("trailing bytes, padding and another order of the header are refused")
    func canonical() throws {
        let good = try SampleBundle.bytes(Self.key)
        #expect(refusal(good) == nil)
        #expect(refusal(good + [0])?.reason == .format)
        #expect(refusal(good + good)?.reason == .format)
        // Eight blanks more at the end of the header.
        let length = Int(good.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) })
        var padded = withUnsafeBytes(of: UInt64(length + 8).littleEndian) { Array($0) } + good[8..<8 + length]
        padded += Array(repeating: UInt8(ascii: " "), count: 8) + good[(8 + length)...]
        #expect(refusal(padded)?.detail.contains("to the byte") == true)
        // A blank that means nothing, and one of the padding less.
        let text = String(decoding: good[8..<8 + length], as: UTF8.self)
        if text.hasSuffix(" ") {
            let header = Array(("{ " + text.dropFirst().dropLast()).utf8)
            #expect(refusal(good[..<8] + header + good[(8 + length)...])?.reason == .format)
        }
        let tensors = try #require(text.firstRange(of: "\"dtype\":\"F32\",\"shape\""))
        let other = text.replacingCharacters(in: tensors, with: "\"dtype\":\"F32\", \"shape\"")
        let header = Array(other.utf8)
        let bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        #expect(refusal(bytes + good[(8 + length)...])?.reason == .format)
    }

    @Test("metadata that nobody signs is refused")
    func metadata() throws {
        #expect(refusal(try altered { $0.metadata["note"] = "x" })?.reason == .format)
        #expect(refusal(try altered { $0.metadata["deployment"] = nil })?.reason == .format)
        #expect(refusal(try altered { $0.metadata["version"] = "3" })?.reason == .format)
        #expect(refusal(try altered { $0.metadata["version"] = "1" })?.reason == .format)
        #expect(refusal(try altered { $0.metadata["verdict"] = "{}" })?.reason == .format)
        for name in ["envelope", "deployment", "verdict"] {
            let spaced = try altered { $0.metadata[name] = try #require($0.metadata[name]) + " " }
            #expect(refusal(spaced) != nil, "\(name)")
        }
    }

    @Test("a promoter who signs other weights, another strategy's text or a canary outside the limits is refused")
    func liars() throws {
        #expect(refusal(try resigned("weights", .string(String(repeating: "0", count: 64))))?.reason == .digest)
        #expect(refusal(try resigned("strategy", .string("{\"rule\":{}}")))?.reason == .format)
        let spec = try SampleBundle.model().specText
        #expect(refusal(try resigned("model", .string(spec + " ")))?.reason == .digest)
        let canary = JSONValue.map(["universe": .strings(["A", "B"]), "instruments": .strings(["C"])])
        #expect(refusal(try resigned("canary", canary))?.reason == .format)
        // The same change that means something else only: the helper itself makes good bundles.
        #expect(refusal(try resigned("lineage", .string("other"))) == nil)
    }

    @Test("a canary trades its share, under the limits that were judged")
    func canary() throws {
        var limits = RiskLimits()
        limits.instruments = ["A", "B", "C"]
        let strategy = BundleStrategy(rule: SampleBundle.strategy.rule, costBps: 2, limits: limits)
        let draft = try SampleBundle.draft(
            strategy: strategy, canary: ModelBundle.Canary(universe: ["A", "B", "C"], instruments: ["B"]))
        let bytes = try draft.signed(
            deployment: try SampleBundle.statement("o", Self.key), verdict: try SampleBundle.statement("v", Self.key),
            by: Self.key)
        let bundle = try ModelBundle.verify(bytes, trusted: Self.trusted)
        #expect(bundle.limits.instruments == ["B"])
        #expect(bundle.terms?.limitsDigest == Digest.sha256(limits.json.text(.canonical)))
        for (universe, instruments) in [(["A", "D"], ["A"]), (["A"], ["B"]), (["A", "B"], []), (["A", "A"], ["A"])] {
            #expect(throws: Failure.self) {
                try SampleBundle.draft(
                    strategy: strategy,
                    canary: ModelBundle.Canary(universe: universe, instruments: instruments))
            }
        }
    }

    @Test("another order changes neither manifest nor weights nor verdict")
    func redeployed() throws {
        let first = try SampleBundle.bytes(Self.key)
        let order = try SampleBundle.statement("rollback", SigningKey(generating: "host"))
        let second = try ModelBundle.redeployed(first, deployment: order)
        let (a, b) = try (
            ModelBundle.verify(first, trusted: Self.trusted), ModelBundle.verify(second, trusted: Self.trusted)
        )
        #expect(a.terms?.manifestDigest == b.terms?.manifestDigest && a.digest != b.digest)
        #expect(a.terms?.verdict == b.terms?.verdict && b.terms?.deployment == order)
        #expect(a.model.parameters.array == b.model.parameters.array)
        #expect(throws: ModelBundle.Refusal.self) { try b.requireStatements(signedBy: Self.trusted) }
        #expect(throws: ModelBundle.Refusal.self) {
            try ModelBundle.redeployed(first + [0], deployment: order)
        }
    }

    @Test("a strategy is its text: another spelling is another strategy, and one that is no canonical JSON is none")
    func strategies() throws {
        let text = SampleBundle.strategy.text
        #expect(try BundleStrategy(text: text, horizon: 1) == SampleBundle.strategy)
        #expect(throws: ConfigError.self) { try BundleStrategy(text: text + "\n", horizon: 1) }
        #expect(throws: ConfigError.self) { try BundleStrategy(text: "{}", horizon: 1) }
        // As a file says it: defaults left out.
        let short = #"{"costBps": 1, "limits": {}, "rule": {"enterAbove": 0.5}}"#
        let strategy = try BundleStrategy(text: short, horizon: 6)
        #expect(
            strategy.rule.holdBars == 6 && strategy.limits == RiskLimits() && strategy.digest == Digest.sha256(short))
    }
}
