import Basics
import Foundation
import Registry
import Testing
import Workflows

/// Where things came from, what came of them, and whether the record can be believed.
@Suite struct LineageTests {
    @Test("a version leads back to raw data, its report and a commit; raw data leads forward to versions")
    func upAndDown() throws {
        let project = try TestProject(), session = project.session
        let up = try TraceLineage.run("m/1", downstream: false, session: session)
        #expect(
            Set(up.nodes.map(\.kind)) == [
                .version, .run, .features, .split, .code, .rawData, .qualityReport, .featureSpec,
            ])
        #expect(up.root == "version:m/1" && up.nodes.first { $0.kind == .code }?.attributes[.commit]?.count == 40)
        #expect(up.nodes.first { $0.kind == .rawData }?.label == "Data/market")
        let down = try TraceLineage.run(project.market, downstream: true, session: session)
        #expect(Set(down.nodes.filter { $0.kind == .version }.map(\.label)) == ["m/1", "m/2"])
        let run = try session.registry().run("seed 1")
        #expect(try TraceLineage.run("seed 1", downstream: false, session: session).root == "run:\(run.id)")
        #expect(project.code { _ = try TraceLineage.run("nothing", downstream: false, session: session) } != nil)
    }

    @Test("a copy of the features under another name does not rename those of an earlier run")
    func names() throws {
        let project = try TestProject(), session = project.session
        let copy = project.file("out/copy.safetensors")
        try FileManager.default.copyItem(atPath: project.features, toPath: copy)
        var request = TrainModel.Request(config: project.recipe, features: copy, output: project.model(3))
        (request.seed, request.threads, request.name) = (3, 1, "seed 3")
        _ = try TrainModel.run(request, session: session)
        func name(_ reference: String) throws -> String? {
            try TraceLineage.run(reference, downstream: false, session: session).nodes.first { $0.kind == .features }?
                .label
        }
        #expect(try name("m/1") == "out/features.safetensors" && name("seed 3") == "out/copy.safetensors")
    }

    @Test("OpenLineage has a start and an end for every run, and one event for everything else that was made")
    func openLineage() throws {
        let project = try TestProject()
        let events = try TraceLineage.openLineage("m/1", downstream: false, session: project.session)
        func value(_ event: JSONValue, _ path: String) -> String? { event[path: path]?.stringValue }
        #expect(events.compactMap { value($0, "eventType") }.filter { $0 == "START" }.count == 1)
        let run = events.filter { value($0, "job.name")?.hasPrefix("train:") == true }
        #expect(run.compactMap { value($0, "eventType") } == ["START", "COMPLETE"])
        #expect(Set(run.compactMap { value($0, "run.runId") }).count == 1)
        #expect(events.contains { value($0, "job.name") == "make-features:out/features.safetensors" })
        let times = events.compactMap { value($0, "eventTime") }
        #expect(times == times.sorted() && times.count == events.count)
    }

    @Test("the record is verified with its weights and keys; a changed file or row is found and named")
    func verifies() throws {
        let project = try TestProject(), session = project.session
        try project.promote("m/1", FakeRuntime())
        #expect(try VerifyRecord.run(session: session) == [])
        let version = try session.registry().version("m/2"), weights = session.artefacts.path(version.weights)
        try Paths.remove(weights)
        #expect(try VerifyRecord.run(session: session).contains { $0.hasPrefix("m/2: ") })
        // Heads that were signed say what was cut off at the end, in the file that belongs in Git as well.
        try project.write(
            try project.read("Registry/audit-heads.jsonl").replacing("payload", with: "paylaod"),
            to: "Registry/audit-heads.jsonl")
        #expect(try VerifyRecord.run(session: session).contains { $0.contains("outside the registry") })
    }

    @Test("the past can be asked: what was champion and live at a moment")
    func snapshots() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock), session = project.session
        let before = TimeText.utc(time.clock.now())
        time.advance(hours: 1)
        try project.promote("m/1", FakeRuntime())
        let now = try ReadAudit.snapshot(at: TimeText.utc(time.clock.now()), session: session)
        #expect(now.aliases == ["m@paper": 1] && now.live == ["paper": "m/1"])
        #expect(now.versions.map(\.reference) == ["m/1", "m/2"] && now.versions[0].gate?.outcome == "passed")
        let then = try ReadAudit.snapshot(at: before, session: session)
        #expect(then.aliases.isEmpty && then.live.isEmpty)
        #expect(project.code { _ = try ReadAudit.snapshot(at: "yesterday", session: session) } == "usage.time")
        #expect(try ReadAudit.entries(session: session).map(\.sequence).first == 1)
    }

    @Test("queries only read; every documented view answers its own example")
    func queries() throws {
        let project = try TestProject(), session = project.session
        let result = try QueryRegistry.run("SELECT model, version FROM versions ORDER BY version", session: session)
        #expect(result.columns == ["model", "version"] && result.rows.map { $0[1].intValue } == [1, 2])
        for sql in ["DELETE FROM run", "PRAGMA user_version = 3", "WITH x AS (SELECT 1) DELETE FROM run", "SELEC 1"] {
            let code = project.code { _ = try QueryRegistry.run(sql, session: session) }
            #expect(code == "registry.query" || code == "registry.read-only", "\(sql)")
        }
        for view in try QueryRegistry.views(session: session) {
            #expect(!view.columns.isEmpty && !view.about.isEmpty)
            _ = try QueryRegistry.run(view.example, session: session)
        }
        let copy = project.file("copy.sqlite")
        try QueryRegistry.backUp(to: copy, session: session)
        #expect(project.code { try QueryRegistry.backUp(to: copy, session: session) } == "registry.backup")
        let nowhere = project.file("no-directory/copy.sqlite")
        #expect(project.code { try QueryRegistry.backUp(to: nowhere, session: session) } == "file.missing")
        let names = try FileManager.default.contentsOfDirectory(atPath: project.file("."))
        #expect(!names.contains { $0.contains(".tmp-") }, "\(names)")
        #expect(try RegistryDatabase(copy, actor: "tests").versions().map(\.reference) == ["m/1", "m/2"])
    }

    @Test("200 reads beside a writer through one session each see one whole state")
    func manyReaders() async throws {
        let project = try TestProject(), session = project.session, registry = try session.registry()
        let run = try registry.run("seed 1").id
        async let writes: Void = Task.detached {
            for step in 1...100 {
                try registry.log(
                    [MetricValue("x", step: step, Double(step)), MetricValue("y", step: step, Double(step))], run: run)
            }
        }.value
        let pairs = try await withThrowingTaskGroup(of: (Double?, Double?).self) { group in
            for _ in 0..<200 {
                group.addTask {
                    let metrics = try ShowVersion.run("m/1", session: session).metrics
                    return (metrics["x"], metrics["y"])
                }
            }
            return try await group.reduce(into: [(Double?, Double?)]()) { $0.append($1) }
        }
        try await writes
        #expect(pairs.count == 200 && pairs.allSatisfy { $0.0 == $0.1 })
        #expect(try ShowVersion.run("m/1", session: session).metrics["x"] == 100)
    }
}
