import Basics
import Deployment
import ModelBundles
import Registry

/// What a trading host saw of a bundle in; a run in the registry that the bundle's lineage leads to, out. This is how
/// the record learns what became of a promotion.
package enum TakeFeedback {
    package struct Outcome: Sendable, Equatable {
        package var run: String
        package var reference: String
        package var measures: Int
    }

    /// A summary as it is; of a health report what was signed.
    private static func report(_ bytes: [UInt8], _ file: String) throws -> JSONValue {
        if let envelope = try? Envelope(String(decoding: bytes, as: UTF8.self)),
            envelope.payloadType == HealthReport.payloadType
        {
            var node = try JSONParser.parse(envelope.payload, file: file)
            // Numbers and moments of orders are no measures of a model.
            for key in ["counter", "runs"] { node[key: key] = nil }
            return node
        }
        return try JSONParser.parse(bytes, file: file)
    }

    /// - Parameter file: `summary.json` of a replay, or `health.json` of an environment.
    package static func run(_ file: String, environment: String, session: Session) throws -> Outcome {
        let registry = try session.registry(), environment = session.environmentName(environment)
        try CollectReceipts.all(session: session)
        let node = try report(try FileChunks.bytes(file), file)
        let bundle = node[key: "bundle"]?.stringValue, model = node[key: "model"]?.stringValue
        let installed = try registry.deployments(environment: environment).filter(\.isInForce)
        guard
            let deployment = installed.first(where: {
                bundle == nil ? "\($0.model ?? "")/\($0.version ?? 0)" == model : $0.bundle == bundle
            }), let name = deployment.model,
            let number = deployment.version
        else {
            throw Failure(
                "feedback.unknown",
                "found feedback on \(model ?? bundle.map { String($0.prefix(12)) } ?? "nothing") in '\(file)', which "
                    + "was never installed in '\(environment)'",
                hint: "see: hftml deployments list --environment \(environment)")
        }
        let numbers = node.leaves().compactMap { leaf in leaf.value.doubleValue.map { (leaf.path, $0) } }.filter {
            $0.0 != "schemaVersion"
        }
        guard !numbers.isEmpty else {
            throw Failure(
                "feedback.format", "found no numbers in '\(file)'",
                hint: "give summary.json of hftml-runtime replay, or health.json")
        }
        let stored = try session.artefacts.add(file), reference = "\(name)/\(number)", code = try session.code(),
            id = RunRecord.newID()
        try registry.start(
            RunRecord(
                id: id, experiment: "live-\(environment)", name: "\(reference) in \(environment)", kind: .feedback,
                startedAt: registry.now(), seed: nil, threads: nil, config: "{}",
                dataDigest: "sha256:\(stored.digest)", gitCommit: code.commit, gitDirty: code.changedFiles,
                toolVersion: ToolVersion.current, machine: Session.machine, cpu: "",
                user: try session.actor()),
            parameters: [("bundle", deployment.bundle), ("version", reference)])
        return try registry.ending(id) {
            try registry.log(numbers.map { MetricValue("live.\($0.0)", $0.1) }, run: id)
            try registry.addArtefact(run: id, name: .feedback, digest: stored.digest, size: stored.size)
            try registry.finish(run: id, status: .finished)
            try registry.link(
                [.deployment(environment, bundle: deployment.bundle)],
                to: .feedback(stored.digest, version: reference, environment: environment, file: Paths.name(file)))
            return Outcome(run: id, reference: reference, measures: numbers.count)
        }
    }
}
