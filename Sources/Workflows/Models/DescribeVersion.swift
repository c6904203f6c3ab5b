import Backtesting
package import Basics
import Features
import ModelBundles
import NeuralNetworks
import Promotion
import Registry
import Tensors
import Trading

/// A version in; everything on record about it, and the documents that carry it, out.
package enum DescribeVersion {
    package enum Document: String, CaseIterable, Sendable {
        case markdown, json
        /// CycloneDX 1.6 bill of materials.
        case cyclonedx
        /// SLSA provenance, as an in-toto statement.
        case slsa
        /// The gate's verdict, as an in-toto test result.
        case testResult = "test-result"
    }

    /// A document about a version, in the form that was asked for.
    package struct Paper: Sendable {
        /// With a newline at the end.
        package let text: String
        /// The model card, which is the answer for programs that ask for no form.
        package let card: JSONValue
    }

    /// - Throws: ``Failure`` with code `registry.no-version`, `models.no-run` or `models.no-gate`.
    package static func run(_ reference: String, as document: Document, session: Session) throws -> Paper {
        let version = try RegisterModel.version(reference, session: session),
            facts = try facts(version, registry: try session.registry(), session: session)
        return Paper(text: try text(document, facts), card: ModelCardDocument(facts).json)
    }

    static func facts(_ version: VersionRecord, registry: RegistryDatabase, session: Session) throws -> VersionFacts {
        guard !version.run.isEmpty else {
            throw Failure("models.no-run", "found \(version.reference) without a run, so nothing tells how it was made")
        }
        let run = try registry.run(version.run), node = RegisterModel.node(version)
        var facts = VersionFacts(
            version: version, run: run, lineage: try registry.lineage(of: node.id), time: registry.now())
        facts.parameters = try registry.parameters(run: run.id).map { ($0.0, $0.1) }
        facts.artefacts = try registry.artefacts(run: run.id)
        let verdict = try SignedVerdicts(session).newest(try registry.decisions(for: version))
        facts.decision = verdict?.decision
        facts.decisionSignature = verdict.map { ($0.signature.isSigned, $0.signature.short) }
        facts.statements = try registry.statements(of: version)
        facts.history = try registry.history(model: version.model).filter { concerns($0, version) }
        let count = try registry.trialCount(beside: run)
        (facts.trials, facts.trialSummary) = (count.trials, count.summary)
        facts.trialSharpes = try ["test.sharpe_daily", "val.sharpe_daily"].flatMap {
            try registry.metricOfTrials(beside: run, metric: $0)
        }
        facts.card = try ModelCard.fields(version.model, session: session) ?? [:]
        if let model = try modelFile(version, session: session) {
            let spec = model.spec
            facts.architecture = VersionFacts.Architecture(
                name: spec.name, parameters: model.network.parameterCount, window: spec.window,
                features: spec.features.columnNames, output: spec.output.rawValue,
                outputWidth: spec.output.width,
                isRecurrent: spec.layers.contains { ["lstm", "gru"].contains($0[key: "layer"]?.stringValue ?? "") })
        }
        facts.strategies = try strategies(facts, registry: registry, session: session)
        try measure(&facts, registry: registry, session: session)
        return facts
    }

    /// The registered model; nil for a policy, which has a form of its own, and for weights that are not here.
    static func modelFile(_ version: VersionRecord, session: Session) throws -> ModelFile? {
        guard Paths.exists(session.artefacts.path(version.weights)) else { return nil }
        let path = try session.artefacts.verified(version.weights)
        return try SafetensorsFile.read(path).metadata["format"] == "hftml-model" ? ModelFile.read(path) : nil
    }

    /// By which strategies the test and the gate traded.
    private static func strategies(_ facts: VersionFacts, registry: RegistryDatabase, session: Session) throws -> [(
        what: String, strategy: String
    )] {
        let known = [
            ("measures of the test in money", try registry.test(of: facts.run.id)?.strategy),
            ("the gate's verdict", facts.decision.flatMap(GateDecision.Basis.init)?.strategy),
        ]
        return try known.compactMap { what, digest in
            try digest.map { (what, "strategy \(try RecordedStrategy($0, session: session).text)") }
        }
    }

    /// Whether an entry is about a version, or points an alias at it.
    private static func concerns(_ entry: AuditEntry, _ version: VersionRecord) -> Bool {
        if case .alias(_, version.model) = entry.about {
            return (try? JSONParser.parse(entry.detail))?[key: "new"]?.intValue == version.version
        }
        return entry.about == version.subject
    }

    /// Measures of the run, with intervals where its predictions are on record.
    private static func measure(_ facts: inout VersionFacts, registry: RegistryDatabase, session: Session) throws {
        let latest = try registry.latestMetrics(run: facts.run.id)
        var intervals: [String: (lower: Double, upper: Double)] = [:]
        if let artefact = facts.artefacts.first(where: { $0.name == .predictions }),
            Paths.exists(session.artefacts.path(artefact.digest))
        {
            let file = try PredictionFile.read(try session.artefacts.verified(artefact.digest))
            let sums = MetricSums(file.predictions)
            for item in sums.intervals(block: sums.block(file.predictions.kind), replicates: 500) {
                intervals[item.measure.name] = (item.interval.lower, item.interval.upper)
            }
            let times = file.predictions.bars.map(\.time)
            if let first = times.min(), let last = times.max() { facts.testSpan = (first, last) }
        }
        let test = try registry.test(of: facts.run.id)
        facts.testSeen = (test?.seen, test?.samples)
        facts.measures = latest.filter { $0.key.hasPrefix("test.") }.sorted { $0.key < $1.key }.map { key, value in
            let name = String(key.dropFirst(5))
            return VersionFacts.Measure(
                name: name, value: value, naive: latest["baseline.\(name)"], interval: intervals[name])
        }
    }

    private static func text(_ document: Document, _ facts: VersionFacts) throws -> String {
        switch document {
        case .markdown: return ModelCardDocument(facts).markdown
        case .json: return ModelCardDocument(facts).json.text(.pretty) + "\n"
        case .cyclonedx: return BillOfMaterials(facts).json.text(.pretty) + "\n"
        case .slsa: return Attestations.provenance(facts).text(.pretty) + "\n"
        case .testResult:
            guard let result = Attestations.testResult(facts) else {
                throw Failure(
                    "models.no-gate", "found no gate verdict on \(facts.version.reference)",
                    hint: "run: hftml gate \(facts.version.reference) --policy POLICY --features FILE --strategy FILE")
            }
            return result.text(.pretty) + "\n"
        }
    }

    /// The documents of a promotion, beside each other in one directory; the two attestations signed.
    ///
    /// - Returns: names and digests.
    static func write(_ facts: VersionFacts, key: any Signer, to directory: String) throws -> [(
        name: String, digest: String
    )] {
        func envelope(_ statement: JSONValue) throws -> String {
            try Envelope.make(payloadType: Attestations.payloadType, payload: statement.text(.compact), key: key) + "\n"
        }
        var files: [(String, String)] = [
            ("model-card.md", try text(.markdown, facts)), ("model-card.json", try text(.json, facts)),
            ("bom.cdx.json", try text(.cyclonedx, facts)),
            ("provenance.dsse.json", try envelope(Attestations.provenance(facts))),
        ]
        if let result = Attestations.testResult(facts) { files.append(("test-result.dsse.json", try envelope(result))) }
        return try files.map { name, text in
            try AtomicFile.write(text, to: Paths.join(directory, name))
            return (name, Digest.sha256(text))
        }
    }
}
