import Basics
import Promotion
import Registry
import TestSupport
import Testing

/// The documents that go with a version: every field from the facts, and what is missing shown as missing.
@Suite struct VersionDocumentsTests {
    private static let moment = GateFixtures.moment

    /// A registry at a fixed moment that holds the version, its lineage and two entries of the audit log.
    private static func record() throws -> (
        version: VersionRecord, lineage: LineageGraph, history: [AuditEntry]
    ) {
        let directory = try TemporaryDirectory()
        let registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "bob@ci", clock: Clock { moment })
        try registry.start(GateFixtures.run(), parameters: [])
        var version = try registry.register(
            model: "bars-cnn", run: "r0123456789", weights: "77" + String(repeating: "0", count: 62))
        version.description = "A small network."
        let features = LineageNode(.features, id: "sha256:ab12", label: "features of bars"),
            other = LineageNode(.features, id: "path:elsewhere", label: "unhashed"),
            run = LineageNode(.run, id: "run:r", label: "run")
        try registry.link(
            [
                LineageNode(.rawData, id: "md5:0a1b.dir", label: "bars"),
                LineageNode(.qualityReport, id: "sha256:51", label: "passed: bars"),
                LineageNode(.featureSpec, id: "sha256:fe", label: "spec"),
            ], to: features)
        try registry.link([features], to: other)
        try registry.link(
            [
                features, other, LineageNode(.split, id: "split:1", label: "walk-forward"),
                LineageNode(.code, id: "code:c0", label: "code"), LineageNode(.study, id: "study:s", label: "study s"),
                LineageNode(.task, id: "task:t", label: "task"),
            ], to: run)
        return (
            version, try registry.lineage(of: "run:r"),
            try registry.auditEntries().filter { $0.action != "lineage.record" }
        )
    }

    private static func decision(_ statuses: [(String, CheckReport.Status)], passed: Bool? = nil) -> GateDecisionRecord
    {
        let report = CheckReport(
            title: "gate demo", subject: "bars-cnn/1",
            items: statuses.map {
                CheckReport.Item(name: $0.0, status: $0.1, reason: "because | of\n\($0.0)")
            })
        return GateDecisionRecord(
            model: "bars-cnn", version: 1, weights: "w", policy: "demo", policyDigest: "pd",
            isPassed: passed ?? report.isPassed, report: report.json.text(.compact), decidedAt: moment,
            decidedBy: "ann@desk", incumbent: nil)
    }

    /// Everything that can be on record.
    private static func full() throws -> VersionFacts {
        let record = try record()
        var facts = VersionFacts(
            version: record.version, run: GateFixtures.run(), lineage: record.lineage, time: moment)
        facts.history = record.history
        facts.parameters = [("epochs", "3"), ("training.rate", "0.01")]
        facts.measures = [
            VersionFacts.Measure(name: "ic", value: 0.12345, naive: nil, interval: (0.1, 0.15)),
            VersionFacts.Measure(name: "log_loss", value: 0.69, naive: 0.6931, interval: nil),
        ]
        facts.artefacts = [
            ArtefactRecord(.model, digest: "aa", size: 10), ArtefactRecord(.predictions, digest: "bb", size: 20),
        ]
        facts.decision = decision([("drift", .passed), ("latency", .waived), ("metric", .warned)])
        facts.statements = [
            StatementRecord(
                kind: .approval, model: "bars-cnn", version: 1, signer: "cid", keyID: "k1", envelope: "{}",
                createdAt: moment)
        ]
        (facts.trials, facts.trialSharpes) = (12, [0.1, 0.2])
        facts.card = [
            "owner": "ann", "validator": "cid", "intendedUse": "paper | trading", "limitations": "small sample",
            "prohibitedUses": "live trading", "custom": "kept", "horizon": "", "venues": "one",
        ]
        facts.architecture = VersionFacts.Architecture(
            name: "cnn", parameters: 1234, window: 32, features: ["return", "spread"], output: "probability",
            outputWidth: 1, isRecurrent: false)
        facts.testSpan = (moment - 10 * GateFixtures.day, moment - GateFixtures.day)
        facts.testSeen = (0, 1200)
        facts.limits = (.map(["maximumLoss": .int(100)]), "11" + String(repeating: "2", count: 62))
        facts.bundle = "88" + String(repeating: "1", count: 62)
        return facts
    }

    /// Nothing but the version and its run.
    private static func bare() throws -> VersionFacts {
        var run = GateFixtures.run()
        (run.seed, run.threads, run.gitCommit, run.gitDirty, run.config, run.endedAt) = (
            nil, nil, nil, [], "no JSON", nil
        )
        run.user = "ann"
        var (version, lineage, _) = try record()
        version.description = ""
        (lineage.nodes, lineage.edges) = ([], [])
        return VersionFacts(version: version, run: run, lineage: lineage, time: moment)
    }

    @Test("the model card as JSON and as text, with everything and with nothing on record")
    func modelCard() throws {
        for (facts, name) in [(try Self.full(), "full"), (try Self.bare(), "bare")] {
            let card = ModelCardDocument(facts)
            try Golden.check(card.json.text(.pretty) + "\n", "model-card-\(name).json")
            try Golden.check(
                card.markdown.replacing("Made by hftml \(ToolVersion.current) at", with: "Made by hftml VERSION at"),
                "model-card-\(name).md")
        }
    }

    @Test("the model card says of the test span what is known of it, and not more")
    func seen() throws {
        var facts = try Self.full()
        #expect(ModelCardDocument(facts).markdown.contains(", not seen in training; "))
        facts.testSeen = (37, 1200)
        #expect(
            ModelCardDocument(facts).markdown.contains("**no evidence: 37 of 1200 samples were seen in training**"))
        #expect(ModelCardDocument(facts).json[path: "testSpan.seenSamples"]?.intValue == 37)
        facts.testSeen = (nil, 1200)
        let text = ModelCardDocument(facts).markdown
        #expect(text.contains("nobody knows what the model and its ancestors saw") && !text.contains("not seen in"))
        #expect(ModelCardDocument(facts).json[path: "testSpan.seenSamples"]?.isNull == true)
    }

    @Test("no value from outside forms a heading, a row or HTML in the model card")
    func hostileModelCard() throws {
        var facts = try Self.full()
        let hostile = "x\n## Gate\n| everything | passed |\n<script>alert(1)</script> [a](b) `c`"
        facts.version.description = "# Gate\n" + hostile
        facts.card = ["owner": hostile, "description": hostile]
        facts.run.experiment = hostile
        facts.measures = [VersionFacts.Measure(name: hostile, value: 1, naive: nil, interval: nil)]
        facts.architecture?.name = hostile
        let text = ModelCardDocument(facts).markdown, lines = text.split(separator: "\n")
        #expect(!text.contains("\n## Gate") && !text.contains("\n# Gate"))
        #expect(lines.count { $0.hasPrefix("#") } == 5, "the title and four sections")
        #expect(!lines.contains { $0.hasPrefix("| everything") } && !lines.contains { $0.hasPrefix("<") })

        #expect(!lines.contains { $0.contains("<script>") || $0.contains("[a](b)") })
    }

    @Test("one trial is one trial, a refusal is shown, and a report without rules has no table")
    func modelCardEdges() throws {
        var facts = try Self.full()
        facts.trials = 1
        facts.decision = Self.decision([("drift", .failed)])
        let text = ModelCardDocument(facts).markdown
        #expect(text.contains("; 1 trial is on record in its experiment or on its raw data.\n"))
        #expect(text.contains("Gate `demo` **refused** it at "))
        facts.decision = Self.decision([])
        #expect(!ModelCardDocument(facts).markdown.contains("| rule | outcome | reason |"))
        facts.architecture = nil
        #expect(ModelCardDocument(facts).json[key: "architecture"]?.isNull == true)
    }

    @Test("the bill of materials, the same for the same facts")
    func billOfMaterials() throws {
        try Golden.check(BillOfMaterials(Self.full()).json.text(.pretty) + "\n", "bill-of-materials-full.json")
        try Golden.check(BillOfMaterials(Self.bare()).json.text(.pretty) + "\n", "bill-of-materials-bare.json")
        #expect(try BillOfMaterials(Self.full()).json == BillOfMaterials(Self.full()).json)
        var later = try Self.full()
        later.time += 1
        let serial = BillOfMaterials(try Self.full()).json[key: "serialNumber"]
        #expect(BillOfMaterials(later).json[key: "serialNumber"] != serial)
        var regression = try Self.full()
        regression.architecture?.output = "basis-points"
        regression.architecture?.isRecurrent = true
        regression.parameters = [("agent.kind", "dqn")]
        let text = BillOfMaterials(regression).json.text(.compact)
        #expect(text.contains(#""task":"regression""#) && text.contains("recurrent neural network"))
        #expect(text.contains(#""approach":{"type":"reinforcement-learning"}"#), "an agent by its recipe")
    }

    @Test("provenance: what the weights were made from, by digest, and with which seed and tool")
    func provenance() throws {
        try Golden.check(Attestations.provenance(Self.full()).text(.pretty) + "\n", "provenance-full.json")
        try Golden.check(Attestations.provenance(Self.bare()).text(.pretty) + "\n", "provenance-bare.json")
        #expect(Attestations.payloadType == "application/vnd.in-toto+json")
    }

    @Test("the test result: passed, with warnings, failed, and none before a gate")
    func testResult() throws {
        var facts = try Self.full()
        let document = try #require(Attestations.testResult(facts))
        try Golden.check(document.text(.pretty) + "\n", "test-result.json")
        func result(_ statuses: [(String, CheckReport.Status)]) -> JSONValue? {
            facts.decision = Self.decision(statuses)
            return Attestations.testResult(facts)?[key: "predicate"]
        }
        #expect(result([("a", .passed)])?[key: "result"] == .string("PASSED"))
        #expect(result([("a", .passed), ("b", .waived)])?[key: "result"] == .string("WARNED"))
        #expect(result([("a", .warned)])?[key: "warnedTests"] == .strings(["a"]))
        let failed = result([("a", .failed), ("b", .waived), ("c", .passed)])
        #expect(failed?[key: "result"] == .string("FAILED") && failed?[key: "failedTests"] == .strings(["a"]))
        #expect(failed?[key: "passedTests"] == .strings(["c"]) && failed?[key: "warnedTests"] == .strings(["b"]))
        facts.decision = nil
        #expect(Attestations.testResult(facts) == nil)
        facts.decision = Self.decision([])
        facts.decision?.report = "no JSON"
        #expect(Attestations.testResult(facts) == nil)
    }

    @Test("identifiers from content have the form of a UUID")
    func identifiers() {
        // SHA-256 of "abc", FIPS 180-2: ba7816bf 8f01cfea 414140de 5dae2223 …
        #expect(StableIdentifier.uuid(of: "abc") == "ba7816bf-8f01-cfea-4141-40de5dae2223")
        let digits = "0123456789abcdef0123456789abcdef"
        #expect(StableIdentifier.uuid(digits: digits) == "01234567-89ab-cdef-0123-456789abcdef")
        #expect(StableIdentifier.uuid(digits: digits + "ff") == "01234567-89ab-cdef-0123-456789abcdef")
        #expect(StableIdentifier.uuid(digits: String(digits.dropLast())) == String(digits.dropLast()))
    }

    @Test("two measures are equal when name, value, baseline and interval are")
    func measures() {
        let one = VersionFacts.Measure(name: "ic", value: 1, naive: 2, interval: (3, 4))
        #expect(one == VersionFacts.Measure(name: "ic", value: 1, naive: 2, interval: (3, 4)))
        for other in [
            VersionFacts.Measure(name: "ic2", value: 1, naive: 2, interval: (3, 4)),
            VersionFacts.Measure(name: "ic", value: 1.5, naive: 2, interval: (3, 4)),
            VersionFacts.Measure(name: "ic", value: 1, naive: nil, interval: (3, 4)),
            VersionFacts.Measure(name: "ic", value: 1, naive: 2, interval: (3.5, 4)),
            VersionFacts.Measure(name: "ic", value: 1, naive: 2, interval: (3, 4.5)),
            VersionFacts.Measure(name: "ic", value: 1, naive: 2, interval: nil),
        ] {
            #expect(one != other)
        }
    }
}
