package import Basics
import Registry

/// In-toto statements (v1) about a version's weights, to be signed in DSSE envelopes: how it was made (SLSA provenance
/// v1) and what a gate decided (test result v0.1).
package enum Attestations {
    /// Media type of the signed payload.
    package static let payloadType = Statement.payloadType

    private static func statement(_ facts: VersionFacts, type: String, _ predicate: JSONValue) -> JSONValue {
        var subjects: [JSONValue] = [
            .map([
                "name": .string("\(facts.version.reference)/weights"),
                "digest": .map(["sha256": .string(facts.version.weights)]),
            ])
        ]
        if let bundle = facts.bundle {
            subjects.append(
                .map([
                    "name": .string("\(facts.version.reference)/bundle"), "digest": .map(["sha256": .string(bundle)]),
                ]))
        }
        return .map([
            "_type": .string("https://in-toto.io/Statement/v1"), "subject": .list(subjects),
            "predicateType": .string(type), "predicate": predicate,
        ])
    }

    /// How the weights were made: recipe, seed, tool, and everything they were made from, by digest.
    package static func provenance(_ facts: VersionFacts) -> JSONValue {
        let run = facts.run
        var dependencies: [JSONValue] = facts.lineage.nodes.compactMap { node in
            guard [.rawData, .qualityReport, .features].contains(node.kind), let digest = VersionFacts.digest(node.id)
            else { return nil }
            return .map([
                "name": .string(node.label), "digest": .map([(digest.algorithm, .string(digest.value))]),
                "annotations": .map(["kind": .string(node.kind.rawValue)]),
            ])
        }
        if let commit = run.gitCommit {
            var code = JSONValue.map(["name": .string("source"), "digest": .map(["gitCommit": .string(commit)])])
            if !run.gitDirty.isEmpty { code[key: "annotations"] = .map(["changedFiles": .strings(run.gitDirty)]) }
            dependencies.append(code)
        }
        return statement(
            facts, type: "https://slsa.dev/provenance/v1",
            .map([
                "buildDefinition": .map([
                    "buildType": .string("urn:hftml:train:v1"),
                    "externalParameters": .map([
                        "recipe": (try? JSONParser.parse(run.config)) ?? .null,
                        "seed": run.seed.map { .int($0) } ?? .null,
                    ]),
                    "internalParameters": .map([
                        "threads": run.threads.map { .int($0) } ?? .null, "kernels": .string(run.cpu),
                        "tool": .string("hftml \(run.toolVersion)"),
                    ]),
                    "resolvedDependencies": .list(dependencies),
                ]),
                "runDetails": .map([
                    "builder": .map([
                        "id": .string("urn:hftml:builder:\(run.machine)"),
                        "version": .map(["hftml": .string(run.toolVersion)]),
                    ]),
                    "metadata": .map([
                        "invocationId": .string("run:\(run.id)"), "startedOn": .string(TimeText.utc(run.startedAt)),
                        "finishedOn": .string(run.endedAt.map(TimeText.utc)),
                    ]),
                    "byproducts": .list(
                        facts.artefacts.filter { $0.name != .model }.map {
                            .map(["name": .string($0.name.rawValue), "digest": .map(["sha256": .string($0.digest)])])
                        }),
                ]),
            ]))
    }

    /// What the gate decided, rule by rule; nil before any verdict.
    package static func testResult(_ facts: VersionFacts) -> JSONValue? {
        guard let decision = facts.decision,
            let items = (try? JSONParser.parse(decision.report))?[key: "items"]?.listValue
        else { return nil }
        func names(_ statuses: Set<String>) -> JSONValue {
            .strings(
                items.filter { statuses.contains($0[key: "status"]?.stringValue ?? "") }.compactMap {
                    $0[key: "name"]?.stringValue
                })
        }
        let hasWarnings = items.contains { ["warned", "waived"].contains($0[key: "status"]?.stringValue ?? "") }
        return statement(
            facts, type: "https://in-toto.io/attestation/test-result/v0.1",
            .map([
                "result": .string(!decision.isPassed ? "FAILED" : hasWarnings ? "WARNED" : "PASSED"),
                "configuration": .list([
                    .map([
                        "name": .string("Registry/gates/\(decision.policy).yaml"),
                        "digest": .map(["sha256": .string(decision.policyDigest)]),
                    ])
                ]),
                "passedTests": names(["passed"]), "warnedTests": names(["warned", "waived"]),
                "failedTests": names(["failed"]),
            ]))
    }
}
