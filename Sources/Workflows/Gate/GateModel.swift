package import Basics
import ConfigurationFiles
import Promotion
package import Registry

/// A version and a policy in, a recorded verdict with every reason out.
package enum GateModel {
    package struct Outcome: Sendable {
        package var version: VersionRecord
        package var report: CheckReport
        package var decision: GateDecisionRecord
    }

    /// A policy file, or the name of one under `Registry/gates`.
    static func policyPath(_ name: String, session: Session) -> String {
        let file = session.path(name)
        return Paths.exists(file) || name.contains("/") ? file : "\(session.root)/Registry/gates/\(name).yaml"
    }

    static func policy(_ name: String, session: Session) throws -> GatePolicy {
        let path = policyPath(name, session: session), file = Paths.name(path)
        guard Paths.exists(path) else {
            let directory = "\(session.root)/Registry/gates"
            let known =
                Paths.isDirectory(directory)
                ? try Paths.entries(directory).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) } : []
            throw Failure(
                "gate.no-policy",
                "found no policy '\(name)'"
                    + (known.isEmpty
                        ? ", and Registry/gates holds none" : ", expected one of \(known.joined(separator: ", "))"),
                hint: NearestName.of(name, in: known).map { "did you mean '\($0)'?" }
                    ?? "a policy is a YAML file in Registry/gates, or any file that --policy names; the least one: "
                    + "mkdir -p Registry/gates && echo '{schemaVersion: 1, rules: [lineage]}' > Registry/gates/"
                    + "\(name.contains("/") ? "NAME" : name).yaml",
                exitStatus: .usage)
        }
        return try GatePolicy(try YAMLFile.read(path), name: file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file)
    }

    /// The version that an alias points at, if it does.
    static func incumbent(of model: String, alias: String = "champion", registry: RegistryDatabase) throws
        -> VersionRecord?
    {
        guard case .version(let number) = try registry.aliasState(alias, model: model) else { return nil }
        return try registry.version("\(model)/\(number)")
    }

    package static func run(
        _ reference: String, policy policyName: String, strategy: String, features: String, against: String?,
        threads: Int, runtime: RehearsalRuntime = .beside, session: Session
    ) throws -> Outcome {
        let registry = try session.registry()
        let version = try RegisterModel.version(reference, session: session)
        let policy = try policy(policyName, session: session)
        let incumbent =
            try against.map { try RegisterModel.version($0, session: session) }
            ?? incumbent(of: version.model, registry: registry)
        let digests = {
            (try StrategyFile.digest(strategy), try BuildFeatures.featuresNode(features, session: session).id)
        }
        let (strategyDigest, featuresID) = try digests()
        let evidence = try CollectEvidence.run(
            version, strategy: strategy, features: features, incumbent: incumbent, threads: threads,
            rehearsal: policy.asksForRehearsal ? runtime : nil, registry: registry, session: session)
        guard try digests() == (strategyDigest, featuresID) else {
            throw Failure(
                "gate.changed", "found the strategy or the features changed while the gate read them",
                hint: "run the gate again when nobody writes there")
        }
        let report = policy.evaluate(evidence)
        let basis = GateDecision.Basis(
            policyPath: session.shown(policyPath(policyName, session: session)),
            strategy: strategyDigest, features: featuresID,
            incumbent: incumbent.flatMap { $0.reference == version.reference ? nil : $0.reference },
            judgedBy: evidence.strategy)
        let decision = GateDecision.record(
            report, version: version, policy: policy, basis: basis, actor: session.actor, time: registry.now())
        try registry.record(decision)
        try registry.link(
            [RegisterModel.node(version)],
            to: .gateDecision(decision))
        return Outcome(version: version, report: report, decision: decision)
    }
}
