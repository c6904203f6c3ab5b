import Basics
import Foundation
import Registry
import TestSupport
import Testing

/// What modules hand to each other: kinds, names, subjects and lineage, none of them cut out of text.
@Suite struct TypedRecordsTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        var text: String, action: String, subject: AuditSubject
        var testDescription: String { "\(action) \(text)" }
        init(_ text: String, _ subject: AuditSubject, action: String = "") {
            (self.text, self.action, self.subject) = (text, action, subject)
        }
    }

    @Test(
        "the text of an audit subject is what the log always had, and reads back as the same subject",
        arguments: [
            Subject("m", .model("m")), Subject("m/3", .version(model: "m", number: 3)),
            Subject("m@champion", .alias("champion", model: "m")), Subject("run:4f1c", .run("4f1c")),
            Subject("experiment:a/7", .experiment("a/7")), Subject("experiment:a@b", .experiment("a@b")),
            Subject("study:s", .study("s")), Subject("environment:/srv/live/1", .environment("/srv/live/1")),
            Subject("hook:mail", .hook("mail")), Subject("alice", .key("alice"), action: "key.trust"),
            Subject("mlflow", .tool("mlflow"), action: "registry.import"),
            Subject(
                String(repeating: "9f", count: 32), .bundle(String(repeating: "9f", count: 32)),
                action: "deployment.refused"),
            Subject("m/3", .version(model: "m", number: 3), action: "deployment.installed"),
            Subject("m/x", .model("m/x")),
        ])
    func subjects(_ known: Subject) {
        #expect(known.subject.text == known.text)
        #expect(AuditSubject(known.text, action: known.action) == known.subject)
    }

    @Test("a subject knows its model and number, and nothing reads as nothing")
    func subjectParts() {
        #expect(AuditSubject("") == nil)
        #expect(
            AuditSubject("m@a")?.model == "m" && AuditSubject("m/2")?.model == "m" && AuditSubject("m")?.model == "m")
        #expect(AuditSubject("m/2")?.number == 2 && AuditSubject("m@a")?.number == nil)
        #expect(AuditSubject("run:m")?.model == nil && AuditSubject("m", action: "key.revoke")?.model == nil)
    }

    @Test("a key with the name of a model is not in the model's history")
    func keyHistory() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        let run = RegistryTests.run()
        try registry.start(run, parameters: [])
        let version = try registry.register(model: "m", run: run.id, weights: "w")
        _ = try registry.register(model: "m-2", run: run.id, weights: "w")
        try registry.setAlias("staging", of: version, reason: "")
        try registry.audit(action: "key.generate", subject: .key("m"))
        try registry.audit(action: "note", subject: .model("m"))
        #expect(try registry.history(model: "m").map(\.subject) == ["m/1", "m@staging", "m"])
    }

    @Test("kinds and names that this version does not know stay readable")
    func unknownNames() throws {
        #expect(RunKind(rawValue: "train") == .train && RunKind(rawValue: "quantum").rawValue == "quantum")
        #expect(RunKind.other("quantum") == RunKind(rawValue: "quantum"))
        #expect(ArtefactName(rawValue: "model") == .model && ArtefactName(rawValue: "a.png") == .other("a.png"))
        #expect(LineageNode.Kind(rawValue: "gate-decision") == .gateDecision)
        for kind in RunKind.texts.keys { #expect(RunKind(rawValue: kind.rawValue) == kind) }
        for kind in LineageNode.Kind.texts.keys { #expect(LineageNode.Kind(rawValue: kind.rawValue) == kind) }
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        var run = RegistryTests.run()
        run.kind = .other("quantum")
        run.parent = "p"
        run.endedAt = 7
        try registry.start(run, parameters: [])
        try registry.addArtefact(run: run.id, name: .other("plot.png"), digest: "d", size: 3)
        try registry.addArtefact(run: run.id, name: .model, digest: "e", size: 4)
        #expect(try registry.run(run.id) == run)
        #expect(
            try registry.artefacts(run: run.id) == [
                ArtefactRecord(.model, digest: "e", size: 4), ArtefactRecord(.other("plot.png"), digest: "d", size: 3),
            ])
        #expect(try registry.query("SELECT kind FROM runs").rows[0][0].stringValue == "quantum")
    }

    @Test("a run keeps the names that things had when it was recorded; the digest knows no names")
    func namesAtTheTime() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        func features(_ path: String) -> LineageNode {
            LineageNode(.features, id: "sha256:1", label: path, attributes: [.path: path])
        }
        let first = LineageNode(.run, id: "run:1", label: "first"),
            second = LineageNode(.run, id: "run:2", label: "second")
        try registry.link([features("a.safetensors")], to: first)
        let digest = try registry.lineage(of: "run:1").digest
        try registry.link([features("b.safetensors")], to: second)
        try registry.link([features("c.safetensors")], to: first)
        func name(_ id: String, of node: String = "sha256:1", downstream: Bool = false) throws -> String? {
            try registry.lineage(of: id, downstream: downstream).nodes.first { $0.id == node }?.label
        }
        #expect(try name("run:1") == "a.safetensors")
        #expect(try name("run:2") == "b.safetensors")
        #expect(try registry.lineage(of: "run:1").digest == digest)
        let down = try registry.lineage(of: "sha256:1", downstream: true)
        #expect(down.edges.map(\.sourceName) == ["a.safetensors", "b.safetensors"])
        #expect(down.edges.map(\.targetName) == ["first", "second"])
        #expect(down.nodes.first { $0.id == "sha256:1" }?.attributes == [.path: "a.safetensors"])
        // A fact that was not known before is added; what was known stays.
        try registry.link(
            [LineageNode(.features, id: "sha256:1", label: "d", attributes: [.path: "d", .commit: "c"])], to: second)
        #expect(
            try registry.lineage(of: "sha256:1").nodes[0].attributes == [.path: "a.safetensors", .commit: "c"])
        #expect(
            try registry.query("SELECT source_label FROM lineage WHERE target = 'run:2'").rows[0][0].stringValue
                == "b.safetensors")
        let unknown = #expect(throws: Failure.self) { try registry.lineage(of: "run:9") }
        #expect(unknown?.code == "registry.no-lineage")
    }

    /// The dump is of a registry that hftml wrote before attributes: a checked, built, trained, gated and approved
    /// `m/1`, and an `m/2` that was trained on a copy of the same features under another name, which the gate refused.
    @Test("the labels of schema 3 become attributes once; digests of lineage are those of before")
    func migration() throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite")
        let dump = "\(SharedData.repository)/Tests/RegistryTests/Fixtures/schema-3.sql"
        let made = try RunProgram.run("/usr/bin/env", ["sqlite3", path, ".read \(dump)"], in: directory.path)
        #expect(made.status == 0, "\(made.errors)")
        let registry = try RegistryDatabase(path, actor: "tests")
        #expect(try registry.verify() == [])
        // As hftml printed them on that registry.
        let digests = [
            "m/1": "49aba67e33b0037bc05fba12b16dedce24045238b24d013ce7a721bcf68581bd",
            "m/2": "048bb654436e23368cd408dc28c8deab190ebef6f4d66f80ab5e2e95ccfaf571",
        ]
        for (reference, digest) in digests {
            #expect(try registry.lineage(of: "version:\(reference)").digest == digest)
        }
        let downstream = try registry.lineage(of: "version:m/1", downstream: true)
        #expect(downstream.digest == "333e45bb3ecf07a0b425ac01ba6693f77ca4829eeb7c7d7ff0d1ebead94f5646")
        let nodes =
            try registry.lineage(of: "version:m/2").nodes + downstream.nodes
            + registry.lineage(of: "version:m/2", downstream: true).nodes
        func attributes(_ kind: LineageNode.Kind) -> [[LineageNode.Attribute: String]] {
            nodes.filter { $0.kind == kind }.map(\.attributes)
        }
        #expect(attributes(.qualityReport) == [[.verdict: "passed", .path: "out/quality.json"]])
        #expect(nodes.first { $0.kind == .qualityReport }?.verdict == .passed)
        #expect(attributes(.rawData) == [[.path: "Data/market"]])
        #expect(attributes(.featureSpec) == [[.path: "features.yaml"]])
        #expect(attributes(.features) == [[.path: "moved.safetensors"]])
        #expect(attributes(.code) == [[:]])
        #expect(
            attributes(.gateDecision) == [
                [.verdict: "passed", .policy: "easy"], [.verdict: "refused", .policy: "hard"],
            ])
        #expect(attributes(.approval) == [[.statement: "approval", .signer: "carl"]])
        #expect(
            attributes(.version) == [[.version: "m/2"], [.version: "m/1"], [.version: "m/2"]])
        // What is recorded from now on has a name of its own.
        try registry.link(
            [LineageNode(.features, id: nodes.first { $0.kind == .features }?.id ?? "", label: "later.safetensors")],
            to: LineageNode(.run, id: "run:9", label: "later"))
        #expect(
            try registry.lineage(of: "version:m/2").nodes.first { $0.kind == .features }?.label == "moved.safetensors")
        #expect(
            try registry.lineage(of: "run:9").nodes.first { $0.kind == .features }?.label == "later.safetensors")
    }

    @Test("a name that nothing has is wrong usage, and the nearest one is offered")
    func nearest() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        let run = RegistryTests.run(name: "baseline")
        try registry.start(run, parameters: [])
        let version = try registry.register(model: "bars-cnn", run: run.id, weights: "w")
        try registry.setAlias("champion", of: version, reason: "")
        _ = try registry.subscribe("mail", kind: .command, target: "true", secretPath: nil, actions: ["*"])
        _ = try registry.openStudy("widths", experiment: "e", definition: "{}")
        func failure(_ body: () throws -> Void) -> (code: String?, hint: String?, isUsage: Bool) {
            let failure = #expect(throws: Failure.self, performing: body)
            return (failure?.code, failure?.hint, failure?.exitStatus == .usage)
        }
        let cases: [(code: String, hint: String, body: () throws -> Void)] = [
            ("registry.no-run", "did you mean 'baseline'?", { _ = try registry.run("baselin") }),
            ("registry.no-version", "did you mean 'bars-cnn'?", { _ = try registry.version("bars-cmm") }),
            ("registry.no-version", "did you mean 'bars-cnn'?", { _ = try registry.version("bars-cmm/1") }),
            ("registry.no-version", "did you mean 'champion'?", { _ = try registry.version("bars-cnn@champoin") }),
            ("registry.no-version", "did you mean 'bars-cnn/1'?", { _ = try registry.version("bars-cnn/2") }),
            ("registry.no-model", "did you mean 'bars-cnn'?", { _ = try registry.history(model: "bars-cn") }),
            ("registry.no-model", "did you mean 'bars-cnn'?", { try registry.requireModel("bars-cn") }),
            (
                "registry.no-alias", "did you mean 'champion'?",
                { try registry.deleteAlias("champio", model: "bars-cnn") }
            ),
            (
                "registry.no-model", "did you mean 'bars-cnn'?",
                { try registry.deleteAlias("champion", model: "bars-cn") }
            ),
            ("hooks.none", "did you mean 'mail'?", { try registry.unsubscribe("mial") }),
            ("search.no-study", "did you mean 'widths'?", { _ = try registry.study(named: "width") }),
        ]
        for (code, hint, body) in cases {
            let found = failure(body)
            #expect(found.code == code && found.hint == hint && found.isUsage, "\(code): \(found)")
        }
        try registry.requireModel("bars-cnn")
        #expect(failure { _ = try registry.run("zzzzzzzz") }.hint == "see them with: hftml runs list")
    }
}
