import Basics
import Foundation
import Registry
import Testing
import Workflows

/// Versions of models: made, pointed at, described, hidden, told of.
@Suite struct ModelsTests {
    @Test("a finished run becomes the next version, by its directory, its id or latest; the same again is the same")
    func registers() throws {
        let project = try TestProject(), session = project.session
        let file = project.file("version.json")
        let version = try RegisterModel.run(project.model(1), name: "n", output: file, session: session)
        #expect(version.reference == "n/1" && version.createdBy == "ann@desk")
        let written = try project.json("version.json")
        #expect(written[key: "schemaVersion"]?.intValue == 1 && written[key: "weights"]?.stringValue == version.weights)
        #expect(try RegisterModel.version(file, session: session) == version)
        #expect(try RegisterModel.run(version.run, name: "n", output: nil, session: session) == version)
        #expect(try RegisterModel.run(project.model(2), name: "n", output: nil, session: session).version == 2)
        let run = try session.registry().run(version.run)
        #expect(
            try session.registry().lineage(of: "version:n/1").edges.contains {
                $0.source == "run:\(run.id)" && $0.sourceName == "seed 1 \(run.id.prefix(8))"
            })
    }

    @Test("a run that is not finished, has no model or no weights left is not registered")
    func refusesToRegister() throws {
        let project = try TestProject(), session = project.session, registry = try session.registry()
        var run = try registry.run("seed 1")
        (run.id, run.name, run.status) = (RunRecord.newID(), "open", .running)
        try registry.start(run, parameters: [])
        func code(_ reference: String) -> String? {
            project.code { _ = try RegisterModel.run(reference, name: "n", output: nil, session: session) }
        }
        #expect(code("open") == "register.unfinished")
        try registry.finish(run: run.id, status: .finished)
        #expect(code("open") == "register.no-model")
        #expect(code("nothing") == "registry.no-run")
        try registry.addArtefact(run: run.id, name: .model, digest: String(repeating: "a", count: 64), size: 1)
        #expect(code("open") == "registry.no-artefact")
        #expect(try ListVersions.run(session: session).map(\.reference) == ["m/1", "m/2"])
    }

    @Test("versions are listed by model; a model that nothing is called is wrong usage with the nearest name")
    func lists() throws {
        let project = try TestProject()
        _ = try RegisterModel.run(project.model(1), name: "other", output: nil, session: project.session)
        #expect(try ListVersions.run(model: "m", session: project.session).map(\.reference) == ["m/1", "m/2"])
        #expect(try ListVersions.run(session: project.session).count == 3)
        let failure = #expect(throws: Failure.self) { try ListVersions.run(model: "othr", session: project.session) }
        #expect(failure?.code == "registry.no-model" && failure?.hint == "did you mean 'other'?")
        #expect(failure?.exitStatus == .usage)
    }

    @Test("a version is shown with measures, verdict, statements and tags")
    func shows() throws {
        let project = try TestProject()
        let bare = try ShowVersion.run("m/1", session: project.session)
        #expect(bare.decision == nil && bare.statements.isEmpty && bare.metrics["test.ic"] != nil)
        try project.gate()
        _ = try EditModel.tag("m/1", set: ["tier=1"], session: project.session)
        let shown = try ShowVersion.run("m/1", session: project.session)
        #expect(shown.decision?.policy == "easy" && shown.decision?.isPassed == true)
        #expect(shown.tags.map(\.key) == ["tier"])
        let unknown = #expect(throws: Failure.self) { try ShowVersion.run("m/7", session: project.session) }
        #expect(unknown?.code == "registry.no-version")
        #expect(unknown?.hint == "there are m/1 to m/2; see them with: hftml models list m")
    }

    @Test("an alias moves where the caller believes it to be, and nowhere else")
    func aliases() throws {
        let project = try TestProject(), session = project.session
        func code(_ body: () throws -> Void) -> String? { project.code(body) }
        #expect(
            try MoveAlias.run("staging", to: "m/1", reason: "first", expected: "none", session: session).aliases
                == ["staging"])
        #expect(
            code { _ = try MoveAlias.run("staging", to: "m/2", expected: "none", session: session) }
                == "registry.alias-moved")
        #expect(
            code { _ = try MoveAlias.run("staging", to: "m/2", expected: "2", session: session) }
                == "registry.alias-moved")
        #expect(code { _ = try MoveAlias.run("staging", to: "m/2", expected: "x", session: session) } == "usage.expect")
        #expect(try MoveAlias.run("staging", to: "m/2", expected: "1", session: session).version == 2)
        #expect(code { _ = try MoveAlias.run("champion", to: "m/1", session: session) } == "models.champion")
        #expect(code { _ = try MoveAlias.run("staging", to: "q", session: session) } == "registry.no-version")
        try MoveAlias.delete("staging", of: "m", session: session)
        #expect(code { try MoveAlias.delete("staging", of: "m", session: session) } == "registry.no-alias")
        let moves = try ReadAudit.entries(session: session).filter { $0.action.hasPrefix("alias.") }
        #expect(moves.map(\.action) == ["alias.set", "alias.set", "alias.delete"])
        #expect(moves[0].detail.contains("first") && moves.allSatisfy { $0.subject == "m@staging" })
    }

    @Test("tags and descriptions go to versions by number or alias, and to the model by its name")
    func edits() throws {
        let project = try TestProject(), session = project.session
        _ = try MoveAlias.run("staging", to: "m/2", session: session)
        #expect(
            try EditModel.tag("models:/m@staging", set: ["tier=2", "desk=eq=x"], session: session).map(\.value)
                == ["eq=x", "2"])
        #expect(try EditModel.tag("m/2", set: [], remove: ["tier"], session: session).map(\.key) == ["desk"])
        #expect(try EditModel.tag("m", set: ["owner=ann"], session: session).map(\.key) == ["owner"])
        try EditModel.describe("m/2", as: "after the tick-size change", session: session)
        #expect(try session.registry().version("m/2").description == "after the tick-size change")
        #expect(try session.registry().version("m/1").description.isEmpty)
        for (body, code) in [
            ({ _ = try EditModel.tag("m/1", set: ["tier"], session: session) }, "usage.tag"),
            ({ _ = try EditModel.tag("m/1", set: ["=1"], session: session) }, "usage.tag"),
            ({ _ = try EditModel.tag("m/1", set: [], remove: ["none"], session: session) }, "registry.no-tag"),
            ({ _ = try EditModel.tag("n", set: ["a=b"], session: session) }, "registry.no-model"),
            ({ _ = try EditModel.tag("m@none", set: ["a=b"], session: session) }, "registry.no-version"),
            ({ try EditModel.describe("m/9", as: "", session: session) }, "registry.no-subject"),
        ] as [(() throws -> Void, String)] {
            #expect(project.code(body) == code)
        }
    }

    @Test("what is deleted is hidden, not lost; what an alias points at stays")
    func deletes() throws {
        let project = try TestProject(), session = project.session
        _ = try MoveAlias.run("staging", to: "m/2", session: session)
        #expect(project.code { try EditModel.delete("m/2", session: session) } == "registry.in-use")
        #expect(project.code { try EditModel.delete("m", session: session) } == "registry.in-use")
        try EditModel.delete("m/1", reason: "wrong split", session: session)
        #expect(try ListVersions.run(model: "m", session: session).map(\.version) == [2])
        #expect(project.code { _ = try ShowVersion.run("m/1", session: session) } == "registry.no-version")
        #expect(project.code { try EditModel.delete("m/1", session: session) } == "registry.deleted")
        try EditModel.restore("m/1", session: session)
        #expect(try ListVersions.run(model: "m", session: session).map(\.version) == [1, 2])
        #expect(project.code { try EditModel.restore("m/1", session: session) } == "registry.not-deleted")
        let history = try TraceHistory.run(model: "m", session: session)
        #expect(history.suffix(2).map(\.action) == ["delete", "restore"])
        #expect(history[history.count - 2].detail.contains("wrong split"))
        #expect(project.code { _ = try TraceHistory.run(model: "n", session: session) } == "registry.no-model")
    }

    @Test("every document about a version can be made; a test result needs a gate")
    func papers() throws {
        let project = try TestProject(), session = project.session
        func paper(_ form: DescribeVersion.Document) throws -> String {
            try DescribeVersion.run("m/1", as: form, session: session).text
        }
        #expect(project.code { _ = try paper(.testResult) } == "models.no-gate")
        try project.gate()
        #expect(try paper(.markdown).contains("A linear model of three bars."))
        let card = try JSONParser.parse(try paper(.json), file: "card")
        #expect(card[key: "schemaVersion"]?.intValue == 1)
        #expect(try JSONParser.parse(try paper(.cyclonedx), file: "bom")[key: "bomFormat"]?.stringValue == "CycloneDX")
        for form in [DescribeVersion.Document.slsa, .testResult] {
            let statement = try JSONParser.parse(try paper(form), file: "statement")
            #expect(statement[key: "_type"]?.stringValue == "https://in-toto.io/Statement/v1")
        }
        let written = try project.read("Registry/cards/m.yaml")
        try project.write(
            written.replacingOccurrences(of: "schemaVersion: 1", with: "schemaVersion: 2"), to: "Registry/cards/m.yaml")
        let newer = #expect(throws: ConfigError.self) { try paper(.markdown) }
        #expect(newer?.message.contains("found schemaVersion 2, expected 1") == true)
        try project.write(written, to: "Registry/cards/m.yaml")
        // The moves of its aliases belong to its history; those to other versions do not.
        _ = try MoveAlias.run("staging", to: "m/1", session: session)
        _ = try MoveAlias.run("other", to: "m/2", session: session)
        #expect(try paper(.markdown).contains("m@staging") && !paper(.markdown).contains("m@other"))
    }

    @Test("Git tags mark the commit of the run: a release once, a stage counted")
    func gitTags() throws {
        let project = try TestProject(), session = project.session
        let made = try TagVersion.run("m/1", stage: "production", session: session)
        #expect(made.tags == ["m@v1.0.0", "m#production#1"] && made.commit.count == 40)
        #expect(made.commit == (try session.registry().run("seed 1").gitCommit))
        #expect(try TagVersion.run("m/1", stage: "production", session: session).tags.isEmpty)
        #expect(try TagVersion.run("m/2", release: "v1.1.0-rc.1", session: session).tags == ["m@v1.1.0-rc.1"])
        for release in ["1.0.0", "v1.0", "v01.0.0", "v1.0.0-", "v1.0.x"] {
            #expect(
                project.code { _ = try TagVersion.run("m/1", release: release, session: session) } == "models.release",
                "\(release)")
        }
        #expect(project.code { _ = try TagVersion.run("m/1", stage: "a b", session: session) } == "models.stage")
        #expect(try project.actions("version.git").count == 2)
    }

    @Test("the same recipe, data and seed give the same weights again; other features are refused")
    func reproduces() throws {
        let project = try TestProject(), session = project.session
        let outcome = try ReproduceVersion.run("m/1", features: project.features, session: session)
        #expect(outcome.isEqual && outcome.weights == outcome.version.weights)
        #expect(try project.actions("version.reproduced").count == 1)
        let other = try project.write("other bytes", to: "other.safetensors")
        #expect(
            project.code { _ = try ReproduceVersion.run("m/1", features: other, session: session) }
                == "reproduce.other-features")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: project.file("Registry")).allSatisfy {
                !$0.hasPrefix("scratch")
            })
    }
}
