import Basics
package import Registry

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
                hint: "resume it with: hftml train … --resume \(run.id.prefix(8))")
        }
        guard let weights = try registry.artefacts(run: run.id).first(where: { $0.name == .model }) else {
            throw Failure("register.no-model", "found no model among the artefacts of run \(run.id.prefix(8))")
        }
        _ = try session.artefacts.verified(weights.digest)
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
        return try registry.version("\(model)/\(number)")
    }
}
