package import Basics
package import ModelBundles

/// What a gate says of exact weights, signed where the gate runs: an in-toto statement with a SLSA verification
/// summary (v1) as its predicate. What the predicate has no place for stands under `hftml`.
///
/// A verdict under another policy than the environment's, or about another strategy, is worth nothing there.
package struct Verdict: Sendable, Equatable {
    /// Media type of in-toto statements, which the signature covers.
    package static let payloadType = "application/vnd.in-toto+json"
    private static let statementType = "https://in-toto.io/Statement/v1"
    private static let predicateType = "https://slsa.dev/verification_summary/v1"

    /// The newest entry of the audit log when the verdict was given.
    package struct LogPosition: Sendable, Equatable {
        /// Number of the entry.
        package var sequence: Int
        /// Its hash.
        package var hash: String

        /// A position as given.
        package init(sequence: Int, hash: String) { (self.sequence, self.hash) = (sequence, hash) }
    }

    /// Chances to look good that were counted; see the gate's evidence.
    package struct Trials: Sendable, Equatable {
        /// Trainings on the same raw data.
        package var runs: Int
        /// Strategies that their models were judged by.
        package var strategies: Int

        /// Counts as given.
        package init(runs: Int, strategies: Int) { (self.runs, self.strategies) = (runs, strategies) }
    }

    /// `NAME/VERSION`.
    package var subject: String
    /// SHA-256 of the weights.
    package var weights: String
    /// Whether every rule holds, or is waived.
    package var isPassed: Bool
    /// Of the environment that the gate asked for its rules.
    package var environment: String
    /// SHA-256 of that environment's document.
    package var authority: String
    /// The policy: name and SHA-256.
    package var policy: (name: String, digest: String)
    /// SHA-256 of the strategy in canonical JSON: rule, costs and limits. Bundles carry that very text
    /// (``BundleStrategy/text``), and hosts hash it again.
    package var strategy: String
    /// SHA-256 of the risk limits in canonical JSON, as the bundle carries them for all instruments.
    package var limits: String
    /// The feature table that the evidence was made from, as lineage names it.
    package var features: String
    /// Name and weights of what runs in the environment and was compared with; nil where nothing runs.
    package var incumbent: (reference: String, weights: String)?
    /// SHA-256 of the report, and of every statement of a person that counted.
    package var evidence: [(name: String, digest: String)]
    /// How many chances there were.
    package var trials: Trials
    /// Where the audit log stood; nil for a registry without one.
    package var log: LogPosition?
    /// When it was given, UTC.
    package var time: Nanoseconds
    /// The program that gave it.
    package var toolVersion: String

    /// A verdict as given.
    package init(
        subject: String, weights: String, isPassed: Bool, environment: String, authority: String,
        policy: (name: String, digest: String), strategy: String, limits: String, features: String,
        incumbent: (reference: String, weights: String)?, evidence: [(name: String, digest: String)], trials: Trials,
        log: LogPosition?, time: Nanoseconds, toolVersion: String = ToolVersion.current
    ) {
        (self.subject, self.weights, self.isPassed, self.environment) = (subject, weights, isPassed, environment)
        (self.authority, self.policy, self.strategy, self.limits) = (authority, policy, strategy, limits)
        (self.features, self.incumbent, self.evidence, self.trials) = (features, incumbent, evidence, trials)
        (self.log, self.time, self.toolVersion) = (log, time, toolVersion)
    }

    package static func == (a: Verdict, b: Verdict) -> Bool { a.payload == b.payload }

    /// The text that is signed.
    package var payload: String {
        JSONValue.map([
            "_type": .string(Verdict.statementType),
            "subject": .list([.map(["name": .string(subject), "digest": .map(["sha256": .string(weights)])])]),
            "predicateType": .string(Verdict.predicateType),
            "predicate": .map([
                "verifier": .map([
                    "id": .string("urn:hftml:gate"), "version": .map(["hftml": .string(toolVersion)]),
                ]),
                "timeVerified": .string(TimeText.utc(time)),
                "resourceUri": .string("urn:hftml:environment:\(environment)"),
                "policy": .map([
                    "uri": .string("urn:hftml:policy:\(policy.name)"),
                    "digest": .map(["sha256": .string(policy.digest)]),
                ]),
                "inputAttestations": .list(
                    evidence.map {
                        .map(["uri": .string("urn:hftml:\($0.name)"), "digest": .map(["sha256": .string($0.digest)])])
                    }),
                "verificationResult": .string(isPassed ? "PASSED" : "FAILED"), "verifiedLevels": .list([]),
                "hftml": .map([
                    "policy": .string(policy.name), "environment": .string(environment),
                    "authority": .string(authority), "strategy": .string(strategy), "limits": .string(limits),
                    "features": .string(features),
                    "incumbent": incumbent.map {
                        .map(["name": .string($0.reference), "sha256": .string($0.weights)])
                    } ?? .null,
                    "trials": .map(["runs": .int(trials.runs), "strategies": .int(trials.strategies)]),
                    "log": log.map { .map(["sequence": .int($0.sequence), "hash": .string($0.hash)]) } ?? .null,
                    "timeNs": .int(Int(time)),
                ]),
            ]),
        ]).text(.compact)
    }

    /// Reads what ``payload`` holds.
    ///
    /// - Throws: ``Failure`` with code `verdict.format`.
    package init(_ payload: String) throws {
        guard let node = try? JSONParser.parse(payload, file: "verdict"),
            node[key: "_type"]?.stringValue == Verdict.statementType,
            node[key: "predicateType"]?.stringValue == Verdict.predicateType,
            let subjects = node[key: "subject"]?.listValue, subjects.count == 1,
            let subject = subjects[0][key: "name"]?.stringValue,
            let weights = subjects[0][key: "digest"]?[key: "sha256"]?.stringValue,
            let predicate = node[key: "predicate"], let own = predicate[key: "hftml"],
            let result = predicate[key: "verificationResult"]?.stringValue, ["PASSED", "FAILED"].contains(result),
            let policy = own[key: "policy"]?.stringValue,
            let policyDigest = predicate[key: "policy"]?[key: "digest"]?[key: "sha256"]?.stringValue,
            let environment = own[key: "environment"]?.stringValue,
            let authority = own[key: "authority"]?.stringValue, let strategy = own[key: "strategy"]?.stringValue,
            let limits = own[key: "limits"]?.stringValue, let features = own[key: "features"]?.stringValue,
            let runs = own[key: "trials"]?[key: "runs"]?.intValue,
            let strategies = own[key: "trials"]?[key: "strategies"]?.intValue,
            let time = own[key: "timeNs"]?.intValue.flatMap({ Nanoseconds(exactly: $0) }),
            let version = predicate[key: "verifier"]?[key: "version"]?[key: "hftml"]?.stringValue
        else { throw Failure("verdict.format", "found no gate verdict in a signed statement") }
        func named(_ node: JSONValue?) -> (String, String)? {
            guard let name = node?[key: "name"]?.stringValue, let digest = node?[key: "sha256"]?.stringValue else {
                return nil
            }
            return (name, digest)
        }
        let log = own[key: "log"]
        self.init(
            subject: subject, weights: weights, isPassed: result == "PASSED", environment: environment,
            authority: authority, policy: (policy, policyDigest), strategy: strategy, limits: limits,
            features: features, incumbent: named(own[key: "incumbent"]),
            evidence: (predicate[key: "inputAttestations"]?.listValue ?? []).compactMap { item in
                guard let uri = item[key: "uri"]?.stringValue, uri.hasPrefix("urn:hftml:"),
                    let digest = item[key: "digest"]?[key: "sha256"]?.stringValue
                else { return nil }
                return (String(uri.dropFirst(10)), digest)
            },
            trials: Trials(runs: runs, strategies: strategies),
            log: (log?[key: "sequence"]?.intValue).flatMap { $0 > 0 ? $0 : nil }.flatMap { sequence in
                log?[key: "hash"]?.stringValue.map { LogPosition(sequence: sequence, hash: $0) }
            }, time: time, toolVersion: version)
        // One spelling alone: what is read is what was signed, to the byte.
        guard self.payload == payload else {
            throw Failure("verdict.format", "found a gate verdict that is not written as hftml writes it")
        }
    }

    /// Signs it.
    package func signed(by signer: any Signer) throws -> Envelope {
        try Envelope(payloadType: Verdict.payloadType, payload: payload, signer: signer)
    }

    /// Reads a signed verdict; who signed is the caller's question.
    ///
    /// - Throws: ``Failure`` with code `verdict.format`.
    package init(_ envelope: Envelope) throws {
        guard envelope.payloadType == Verdict.payloadType else {
            throw Failure("verdict.format", "found a signed '\(envelope.payloadType)', expected a gate verdict")
        }
        try self.init(envelope.payloadText)
    }
}
