import Basics
import Features
import Foundation
import NeuralNetworks
import Tensors
import Trading

extension ModelBundle {
    /// The largest bundle that is read, in bytes: 64 million weights. A file beyond this is a mistake or an attack on
    /// the memory of the trading host, which holds it a few times while it verifies it.
    package static let mostBytes = 1 << 28

    /// Parses and verifies; nothing of the content is used before the signature is known to be good.
    ///
    /// - Parameter trusted: keys whose signatures are known here; end, revocation and role are the caller's question.
    /// - Throws: ``Refusal``.
    package static func verify(_ bytes: [UInt8], trusted: TrustedKeys) throws -> ModelBundle {
        do {
            return try verifyUnwrapped(bytes, trusted: trusted)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(reason: .format, detail: (error as? any UserFacingError)?.message ?? "\(error)")
        }
    }

    /// The signed order that a file carries, for asking who signed it: nothing else of the file is looked at.
    ///
    /// - Returns: nil for what carries none.
    package static func order(in bytes: [UInt8]) -> Envelope? {
        (try? parsed(bytes))?.metadata["deployment"].flatMap { try? Envelope($0) }
    }

    private static func verifyUnwrapped(_ bytes: [UInt8], trusted: TrustedKeys) throws -> ModelBundle {
        let file = try parsed(bytes)
        guard let manifest = file.metadata["manifest"], let envelope = file.metadata["envelope"] else {
            throw Refusal(reason: .format, detail: "found no manifest")
        }
        let key = try ManifestSignature.check(envelope, of: manifest, trusted: trusted)
        let node = try JSONParser.parse(manifest, file: "manifest")
        return file.metadata["version"] == "1"
            ? try version1(file, node, key: key, digest: Digest.sha256(bytes))
            : try version2(file, node, manifest: manifest, key: key, digest: Digest.sha256(bytes))
    }

    /// The file with the keys of its version and not one byte more.
    ///
    /// - Throws: ``Refusal``.
    static func parsed(_ bytes: [UInt8]) throws -> SafetensorsFile {
        guard bytes.count <= mostBytes else {
            throw Refusal(reason: .format, detail: "found \(bytes.count) bytes, at most \(mostBytes) are read")
        }
        let file: SafetensorsFile
        do { file = try bytes.withUnsafeBytes { try SafetensorsFile.parse($0, file: "bundle") } } catch {
            throw Refusal(reason: .format, detail: (error as? any UserFacingError)?.message ?? "\(error)")
        }
        let keys = ["1": 4, "2": 6][file.metadata["version"] ?? ""]
        let known: Set = ["format", "version", "manifest", "envelope", "deployment", "verdict"]
        guard file.metadata["format"] == "hftml-bundle", file.metadata.count == keys,
            known.isSuperset(of: file.metadata.keys)
        else { throw Refusal(reason: .format, detail: "found no bundle of version 1 or 2") }
        // Padding, other spellings of the header and bytes at the end are signed by nobody.
        guard file.bytes() == bytes else {
            throw Refusal(
                reason: .format, detail: "it is not written to the byte as hftml writes it: found \(bytes.count) bytes")
        }
        return file
    }

    /// Whether order and verdict of a bundle of version 2 are signed by keys that are known; their roles are the
    /// environment's question. Nothing is asked of version 1, which has neither.
    ///
    /// - Throws: ``Refusal``.
    package func requireStatements(signedBy trusted: TrustedKeys) throws {
        guard let terms else { return }
        for (name, envelope) in [("deployment", terms.deployment), ("verdict", terms.verdict)]
        where envelope.signers(among: trusted.keys).filter({ $0.revoked == nil }).count != envelope.signatures.count {
            throw Refusal(reason: .untrustedKey, detail: "its \(name) has a signature of no key that is trusted here")
        }
    }

    // MARK: Versions

    private static func version1(_ file: SafetensorsFile, _ node: JSONValue, key: PublicKey, digest: String) throws
        -> ModelBundle
    {
        let reader = try ConfigReader(node, keys: identityKeys + ["model", "rule", "limits"])
        try reader.checkSchemaVersion(1)
        try checkTensors(file, listed: try reader.required("tensors"))
        let (model, golden) = try model(file, specText: try reader.required("model").text(.compact))
        return ModelBundle(
            identity: try Identity(reader), model: model,
            rule: try PositionRule(
                try reader.required("rule"), path: "rule", horizon: model.spec.holdBars()),
            limits: try RiskLimits(try reader.required("limits"), path: "limits"), golden: golden, key: key,
            digest: digest)
    }

    private static func version2(
        _ file: SafetensorsFile, _ node: JSONValue, manifest: String, key: PublicKey, digest: String
    ) throws -> ModelBundle {
        let reader = try ConfigReader(node, keys: identityKeys + ["weights", "model", "strategy", "canary"])
        try reader.checkSchemaVersion(2)
        try checkTensors(file, listed: try reader.required("tensors"))
        let (model, golden) = try model(file, specText: try reader.string("model"))
        let weights = model.digest
        guard try reader.string("weights") == weights else {
            throw Refusal(reason: .digest, detail: "its weights and spec are not those that the manifest names")
        }
        let strategy = try BundleStrategy(
            text: try reader.string("strategy"), horizon: model.spec.holdBars())
        let canary = try reader.value("canary").map(Canary.init)
        if let objection = canary?.objection(limits: strategy.limits) {
            throw Refusal(reason: .format, detail: objection)
        }
        var limits = strategy.limits
        if let canary { limits.instruments = canary.instruments }
        return ModelBundle(
            identity: try Identity(reader), model: model, rule: strategy.rule, limits: limits, golden: golden, key: key,
            digest: digest,
            terms: Terms(
                manifestDigest: Digest.sha256(manifest), weightsDigest: weights, strategy: strategy,
                limitsDigest: Digest.sha256(strategy.limits.json.text(.canonical)), canary: canary,
                deployment: try statement(file, "deployment"), verdict: try statement(file, "verdict")))
    }

    private static let identityKeys = [
        "schemaVersion", "name", "version", "createdAt", "createdAtNs", "toolVersion", "lineage", "gateDecision",
        "tensors",
    ]

    /// A signed text in the metadata, in the one spelling that it has.
    private static func statement(_ file: SafetensorsFile, _ name: String) throws -> Envelope {
        guard let text = file.metadata[name], let envelope = try? Envelope(text), envelope.text == text else {
            throw Refusal(reason: .format, detail: "found no signed \(name) as hftml writes it")
        }
        return envelope
    }

    // MARK: Parts

    /// Weights, spec and golden pair of a file whose tensors are those of a signed manifest.
    private static func model(_ file: SafetensorsFile, specText: String) throws -> (
        ModelFile, (input: [Float], output: Float)
    ) {
        let input = try file.tensor(goldenInput).values, expected = try file.tensor(goldenOutput).values
        var weights = file
        weights.entries[goldenInput] = nil
        weights.entries[goldenOutput] = nil
        let model = try ModelFile(specText: specText, tensors: weights, place: "manifest")
        guard input.count == model.network.input.count, expected.count == 1 else {
            throw Refusal(reason: .golden, detail: "the golden pair does not fit the network")
        }
        let output = output(of: model, input)
        // AVX2 and AVX-512 agree to the bit; the portable level differs by rounding, hence the tolerance.
        guard (output - expected[0]).magnitude <= 1e-5 * max(1, expected[0].magnitude) else {
            throw Refusal(reason: .golden, detail: "the golden input gives \(output), expected \(expected[0])")
        }
        return (model, (input, expected[0]))
    }

    /// The first raw output of a model for one window of scaled rows.
    static func output(of model: ModelFile, _ input: [Float]) -> Float {
        let streaming = StreamingModel(model)
        for (index, value) in input.enumerated() { streaming.input[index] = value }
        return streaming.run()
    }

    /// Shape and SHA-256 of every tensor, by name.
    static func listing(_ file: SafetensorsFile) throws -> JSONValue {
        .map(
            try file.entries.keys.sorted().map { name in
                let tensor = try file.tensor(name)
                return (
                    name, .map(["shape": .list(tensor.shape.map { .int($0) }), "sha256": .string(digest(of: tensor))])
                )
            })
    }

    private static func digest(of tensor: Tensor) -> String {
        tensor.values.withUnsafeBytes { Digest.sha256(Data($0)) }
    }

    private static func checkTensors(_ file: SafetensorsFile, listed: JSONValue) throws {
        let entries = listed.mapValue ?? []
        let names = Set(entries.map(\.key))
        guard names == Set(file.entries.keys), names.count == entries.count else {
            throw Refusal(reason: .digest, detail: "the tensors in the file are not those of the manifest")
        }
        for entry in entries {
            let tensor = try file.tensor(entry.key)
            guard entry.value[key: "sha256"]?.stringValue == digest(of: tensor),
                entry.value[key: "shape"]?.listValue?.map(\.intValue) == tensor.shape.map(Optional.some)
            else { throw Refusal(reason: .digest, detail: "the tensor '\(entry.key)' is not what was signed") }
        }
    }
}

extension ModelBundle.Identity {
    fileprivate init(_ reader: ConfigReader) throws {
        self.init(
            name: try reader.string("name"), version: try reader.int("version", in: 1...Int.max),
            createdAt: Int64(try reader.int("createdAtNs")), toolVersion: try reader.string("toolVersion"),
            lineage: try reader.string("lineage"), gateDecision: try reader.string("gateDecision"))
    }
}

extension ModelBundle.Canary {
    /// What the manifest holds.
    var json: JSONValue { .map(["universe": .strings(universe), "instruments": .strings(instruments)]) }

    fileprivate init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, path: "canary", keys: ["universe", "instruments"])
        self.init(universe: try reader.strings("universe"), instruments: try reader.strings("instruments"))
    }
}
