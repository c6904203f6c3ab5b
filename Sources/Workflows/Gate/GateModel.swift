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
        /// Who signed it for which environment, or why nobody did.
        package var signature: GateSignature

        /// Of the policy that judged.
        package var policyPath: String? { GateDecision.Basis(decision)?.policyPath }
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

    /// - Parameters:
    ///   - policyName: nil for the policy of the environment; another one than that is a rehearsal.
    ///   - environment: whose document says what a version must show, and what it is compared with; nil for a verdict
    ///     that nothing can be promoted on.
    ///   - key: a private key with the role `gate` there, by name or file; nil for a verdict that nobody signs.
    /// - Throws: ``Failure`` with code `gate.no-policy`, `gate.policy-changed`, `gate.changed`, `authority.…`.
    package static func run(
        _ reference: String, policy policyName: String?, strategy: String, features: String, against: String?,
        threads: Int, environment: String? = nil, key: String? = nil, runtime: RehearsalRuntime = .beside,
        session: Session
    ) throws -> Outcome {
        let registry = try session.registry()
        let version = try RegisterModel.version(reference, session: session)
        let place = try environment.map { try EnvironmentGate($0, session: session) }
        let (policy, path) = try rules(policyName, place, session: session)
        let signing = try GateSignature.Plan(key, place, policy: policy, against: against, session: session)
        let incumbent = try incumbent(of: version, against: against, place, registry: registry, session: session)
        let digests = {
            (try StrategyFile.digest(strategy), try BuildFeatures.featuresNode(features, session: session).id)
        }
        let (strategyDigest, featuresID) = try digests()
        var evidence = try CollectEvidence.run(
            version, strategy: strategy, features: features, incumbent: incumbent,
            people: try people(policy, place, registry: registry, session: session), threads: threads,
            rehearsal: policy.asksForRehearsal ? runtime : nil, registry: registry, session: session)
        if incumbent == nil, against == nil { evidence.incumbentObjection = place?.incumbentObjection }
        guard try digests() == (strategyDigest, featuresID) else {
            throw Failure(
                "gate.changed", "found the strategy or the features changed while the gate read them",
                hint: "run the gate again when nobody writes there")
        }
        var report = policy.evaluate(evidence)
        report.items += [policy.rejection(evidence, in: place?.files.name)].compactMap(\.self)
        report.items += try place?.items(strategy: strategy, takenBack: evidence.takenBack, at: registry.now()) ?? []
        let basis = GateDecision.Basis(
            policyPath: session.shown(path), strategy: strategyDigest, features: featuresID,
            incumbent: incumbent.flatMap { $0.weights == version.weights ? nil : $0.reference },
            judgedBy: evidence.strategy)
        var decision = GateDecision.record(
            report, version: version, policy: policy, basis: basis, actor: try session.actor(), time: registry.now())
        let signature = try signing.sign(&decision, evidence, basis, strategy: strategy, registry: registry)
        try registry.record(decision)
        try registry.link(
            [RegisterModel.node(version)],
            to: .gateDecision(decision))
        if let place { try SignHead.run(signer: signing.key, for: place.authority, session: session) }
        return Outcome(version: version, report: report, decision: decision, signature: signature)
    }

    /// The policy that judges, and where it stands.
    private static func rules(_ name: String?, _ place: EnvironmentGate?, session: Session) throws -> (
        GatePolicy, String
    ) {
        if let name { return (try policy(name, session: session), policyPath(name, session: session)) }
        guard let place else {
            throw Failure(
                "gate.no-policy", "found neither an environment nor a policy to judge by",
                hint: "name one: --for ENVIRONMENT, or --policy POLICY for a rehearsal", exitStatus: .usage)
        }
        return (try place.policy(session: session), EnvironmentPolicy.path(place.policyName, session: session))
    }

    /// Whose approvals and waivers count: those of the environment's people; without one, of those that every
    /// environment which asks for this policy has, so that a rehearsal promises nothing that a promotion refuses.
    private static func people(
        _ policy: GatePolicy, _ place: EnvironmentGate?, registry: RegistryDatabase, session: Session
    ) throws -> CountingPeople {
        if let place { return try CountingPeople(place.authority, place.files, session: session) }
        let concerned = try SigningPlaces(session).concerned(by: policy.name, policy.digest)
        return try CountingPeople.together(concerned) ?? CountingPeople(registry: registry, session: session)
    }

    /// What the version is compared with: what runs in the environment; without one, the model's champion.
    private static func incumbent(
        of version: VersionRecord, against: String?, _ place: EnvironmentGate?, registry: RegistryDatabase,
        session: Session
    ) throws -> VersionRecord? {
        if let against { return try RegisterModel.version(against, session: session) }
        guard let place else { return try incumbent(of: version.model, registry: registry) }
        return place.incumbent?.version
    }
}
