import Basics
import Features
import ModelBundles
import NeuralNetworks
package import Registry
import Tensors

/// A finished run in, the next version of a named model out.
package enum RegisterModel {
    package static func run(_ reference: String, name: String, output: String?, session: Session) throws
        -> VersionRecord
    {
        let registry = try session.registry()
        let run = try registry.run(try runID(session.path(reference)) ?? reference)
        guard run.status == .finished else {
            throw Failure(
                "register.unfinished", "found run \(run.id.prefix(8)) \(run.status.rawValue), expected finished",
                hint: "resume it with: hftml resume \(run.id.prefix(8))")
        }
        guard let weights = try registry.artefacts(run: run.id).first(where: { $0.name == .model }) else {
            throw Failure("register.no-model", "found no model among the artefacts of run \(run.id.prefix(8))")
        }
        try requireUsable(try session.artefacts.verified(weights.digest), run: run)
        let version = try registry.register(
            model: name, run: run.id, weights: weights.digest)
        try registry.link([TrainModel.runNode(run.id, name: run.name)], to: node(version))
        if let output {
            let document = JSONValue.map([
                "schemaVersion": .int(1), "model": .string(version.model), "version": .int(version.version),
                "run": .string(version.run),
                "weights": .string(version.weights),
            ])
            try AtomicFile.write(document.text(.pretty) + "\n", to: output)
        }
        return version
    }

    /// Reads what is registered, and asks it for an answer: a version that cannot be loaded or says NaN is found now,
    /// not by who deploys it.
    ///
    /// - Throws: ``Failure`` with code `register.unusable`.
    private static func requireUsable(_ path: String, run: RunRecord) throws {
        func unusable(_ reason: String) -> Failure {
            Failure(
                "register.unusable", "the model of run \(run.id.prefix(8)) cannot be used: \(reason)",
                hint: "train it again, with a lower learning rate if its loss grew without bounds")
        }
        // Policies of other tasks than trading have a format of their own, and are read where they are evaluated.
        guard try SafetensorsFile.read(path).metadata["format"] == "hftml-model" else { return }
        let model: ModelFile
        do { model = try ModelFile.read(path) } catch {
            throw unusable((error as? any UserFacingError)?.message ?? "\(error)")
        }
        let network = model.network
        guard (0..<network.parameterCount).allSatisfy({ model.parameters.pointer[$0].isFinite }) else {
            throw unusable("found weights that are no finite numbers")
        }
        let streaming = StreamingModel(model), unscaled = Set(model.spec.scaler.unscaled)
        let width = model.spec.features.width
        for fill in [0, 1, -1] as [Float] {
            for index in 0..<network.input.count {
                // What is not scaled may be the code of an embedding, of which 0 is one.
                streaming.input[index] = unscaled.contains(index % width) ? 0 : fill * Float(index % 7) * 0.25
            }
            guard streaming.score().isFinite else { throw unusable("its answer is no finite number") }
        }
    }

    static func node(_ version: VersionRecord) -> LineageNode {
        .version(version)
    }

    /// A run may be named by the directory that training or evaluation wrote.
    ///
    /// - Returns: nil where there is no such directory.
    static func runID(_ reference: String) throws -> String? {
        for name in ["run.json", "metrics.json"] {
            let file = Paths.join(reference, name)
            guard Paths.exists(file) else { continue }
            guard let id = try JSONParser.parse(try FileChunks.bytes(file), file: file)[key: "run"]?.stringValue else {
                throw Failure("register.format", "found no run in '\(file)'")
            }
            return id
        }
        return nil
    }

    /// A version may be named by the file that registering wrote.
    ///
    /// - Throws: ``Failure`` with code `registry.no-version` and the nearest name.
    package static func version(_ reference: String, session: Session) throws -> VersionRecord {
        let registry = try session.registry(), file = session.path(reference)
        guard reference.hasSuffix(".json"), Paths.exists(file) else { return try registry.version(reference) }
        let node = try JSONParser.parse(try FileChunks.bytes(file), file: reference)
        guard let model = node[key: "model"]?.stringValue, let number = node[key: "version"]?.intValue else {
            throw Failure("register.format", "found no version in '\(reference)'")
        }
        let name = "\(model)/\(number)", weights = node[key: "weights"]?.stringValue
        func other(_ found: String) -> Failure {
            Failure(
                "registry.no-version", "found \(name) in '\(reference)', and \(found) in the registry here",
                hint: "the file was made with another registry; make the version here: hftml repro, of the pipeline "
                    + "that registers it", exitStatus: .refused)
        }
        let version: VersionRecord
        do { version = try registry.version(name) } catch let error as any UserFacingError
            where weights != nil && ["registry.no-version", "registry.no-model"].contains(error.code)
        {
            throw other("no such version")
        }
        // Two registries give one number to different weights.
        guard weights == nil || version.weights == weights else { throw other("other weights under that number") }
        return version
    }
}
