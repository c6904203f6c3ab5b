package import Basics
import Registry

/// CycloneDX 1.6 bill of materials of a model: the model with its card, the data it was made from, and the tool that
/// made it.
package struct BillOfMaterials: Sendable {
    private let facts: VersionFacts

    /// A bill of what is on record.
    package init(_ facts: VersionFacts) { self.facts = facts }

    private var modelReference: String { "model:\(facts.version.reference)" }

    /// The document, valid by the schema of CycloneDX 1.6.
    package var json: JSONValue {
        let f = facts
        let data = f.lineage.nodes.filter { [.rawData, .features].contains($0.kind) }
        // The same facts give the same number, so that a repeated run is the same document.
        let serial = StableIdentifier.uuid(
            of: "\(f.version.reference)\n\(f.version.weights)\n\(f.lineage.digest)\n\(f.time)")
        return .map([
            "$schema": .string("http://cyclonedx.org/schema/bom-1.6.schema.json"), "bomFormat": .string("CycloneDX"),
            "specVersion": .string("1.6"),
            "serialNumber": .string("urn:uuid:\(serial)"), "version": .int(1),
            "metadata": .map([
                "timestamp": .string(TimeText.utc(f.time)),
                "tools": .map([
                    "components": .list([
                        .map([
                            "type": .string("application"), "name": .string("hftml"),
                            "version": .string(f.run.toolVersion),
                        ])
                    ])
                ]),
                "component": model,
            ]),
            "components": .list(data.map(component)),
            "dependencies": .list(
                [.map(["ref": .string(modelReference), "dependsOn": .strings(data.map(\.id))])]
                    + data.map { .map(["ref": .string($0.id), "dependsOn": .strings(sources(of: $0, among: data))]) }),
        ])
    }

    private func sources(of node: LineageNode, among data: [LineageNode]) -> [String] {
        facts.lineage.edges.filter { edge in edge.target == node.id && data.contains { $0.id == edge.source } }.map(
            \.source)
    }

    private var model: JSONValue {
        let f = facts
        var hashes: [JSONValue] = [BillOfMaterials.hash("SHA-256", f.version.weights)]
        if let bundle = f.bundle { hashes.append(BillOfMaterials.hash("SHA-256", bundle)) }
        var properties: [(String, String?)] = [
            ("hftml:run", f.run.id), ("hftml:commit", f.run.gitCommit), ("hftml:seed", f.run.seed.map(String.init)),
            ("hftml:lineage", f.lineage.digest), ("hftml:gateDecision", f.decision?.digest),
            ("hftml:trials", String(f.trials)), ("hftml:limits", f.limits?.digest),
        ]
        properties += f.statements.map { ("hftml:\($0.kind.rawValue)", "\($0.signer) \($0.keyID) \($0.digest)") }
        return .map([
            "type": .string("machine-learning-model"), "bom-ref": .string(modelReference),
            "name": .string(f.version.model), "version": .string(String(f.version.version)),
            "description": .string(
                f.version.description.isEmpty
                    ? f.card["strategySummary"] ?? "model \(f.version.reference)" : f.version.description),
            "hashes": .list(hashes),
            "modelCard": modelCard,
            "properties": .list(
                properties.compactMap { name, value in
                    value.map { .map(["name": .string(name), "value": .string($0)]) }
                }),
        ])
    }

    /// The recipe of an agent says what kind of agent; no other recipe has that key.
    private var isAgent: Bool { facts.parameters.contains { $0.0.hasPrefix("agent.") } }

    private var modelCard: JSONValue {
        let f = facts
        var parameters: [(String, JSONValue)] = [
            ("approach", .map(["type": .string(isAgent ? "reinforcement-learning" : "supervised")])),
            ("task", .string(f.architecture?.output == "basis-points" ? "regression" : "classification")),
        ]
        if let a = f.architecture {
            parameters += [
                ("architectureFamily", .string(a.isRecurrent ? "recurrent neural network" : "neural network")),
                ("modelArchitecture", .string(a.name)),
                ("inputs", .list([.map(["format": .string("float32[\(a.window)][\(a.features.count)]")])])),
                ("outputs", .list([.map(["format": .string("float32[\(a.outputWidth)]")])])),
            ]
        }
        let data = f.nodes(.rawData) + f.nodes(.features)
        parameters.append(("datasets", .list(data.map { .map(["ref": .string($0.id)]) })))
        func list(_ key: String) -> JSONValue { .list(f.card[key].map { [.string($0)] } ?? []) }
        return .map([
            "modelParameters": .map(parameters),
            "quantitativeAnalysis": .map([
                "performanceMetrics": .list(
                    f.measures.map { m in
                        var node = JSONValue.map([
                            "type": .string(m.name), "value": .string(m.value.description), "slice": .string("test"),
                        ])
                        if let i = m.interval {
                            node[key: "confidenceInterval"] = .map([
                                "lowerBound": .string(i.lower.description), "upperBound": .string(i.upper.description),
                            ])
                        }
                        return node
                    })
            ]),
            "considerations": .map([
                "users": list("owner"), "useCases": list("intendedUse"), "technicalLimitations": list("limitations"),
                "performanceTradeoffs": list("prohibitedUses"),
            ]),
        ])
    }

    private func component(_ node: LineageNode) -> JSONValue {
        var out = JSONValue.map([
            "type": .string("data"), "bom-ref": .string(node.id), "name": .string(node.label),
            "data": .list([
                .map([
                    "type": .string("dataset"), "name": .string(node.label), "description": .string(node.kind.rawValue),
                ])
            ]),
        ])
        if let digest = VersionFacts.digest(node.id) {
            out[key: "hashes"] = .list([
                BillOfMaterials.hash(digest.algorithm == "md5" ? "MD5" : "SHA-256", digest.value)
            ])
        }
        return out
    }

    private static func hash(_ algorithm: String, _ content: String) -> JSONValue {
        .map(["alg": .string(algorithm), "content": .string(content)])
    }
}
