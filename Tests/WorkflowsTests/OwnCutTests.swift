import Basics
import Features
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// On other data a test begins when the model's own did; anything else tests a model on times that it learned from.
@Suite struct OwnCutTests {
    private let project: TestProject
    private var session: Session { project.session }

    init() throws { project = try TestProject() }

    /// SIM01 alone without its last day: a share of it cut anew would begin a day before the model's own test.
    private func otherData() throws -> String {
        let directory = project.file("Data/other")
        try Paths.makeDirectory(directory)
        let lines = try FileChunks.text("\(project.market)/SIM01_5min.csv").split(separator: "\n")
        let kept = lines.filter { !$0.contains("2025-01-21") }
        #expect(kept.count < lines.count)
        try (kept.joined(separator: "\n") + "\n").write(
            toFile: "\(directory)/OTHER_5min.csv", atomically: true, encoding: .utf8)
        let output = project.file("out/other.safetensors")
        _ = try BuildFeatures.run(
            spec: project.file("features.yaml"), data: directory, market: project.file("market.yaml"), quality: nil,
            output: output, threads: 1, session: session)
        return output
    }

    private func evaluate(_ model: String, on features: String, from: String? = nil) throws -> EvaluateModel.Outcome {
        try EvaluateModel.run(
            model: model, features: features, strategy: project.strategy, output: project.file("out/again"), from: from,
            threads: 1, session: session)
    }

    private func ownTest() throws -> EvaluationRecord {
        let registry = try session.registry()
        return try #require(try registry.test(of: registry.version("m/1").run))
    }

    @Test("other tickers are tested from the model's own cut in time on, and nothing of that was learned from")
    func evaluateOther() throws {
        let own = try ownTest(), outcome = try evaluate(project.model(1), on: otherData())
        let identity = try #require(outcome.identity)
        #expect(identity.record.from == own.from && identity.record.samples == 74)
        #expect(identity.record.seen == 0 && identity.seen == nil && !identity.isTest)
        #expect(identity.samplesChosen?.contains("the model's own cut in time") == true)
    }

    @Test("a model of before the cut was kept is cut where its recorded test begins")
    func older() throws {
        let own = try ownTest(), file = "out/m1/run.json"
        var summary = try project.json(file)
        summary[key: "testSpan"] = nil
        try project.write(summary.text(.compact), to: file)
        let registry = try session.registry(), run = try registry.version("m/1").run
        let start = try #require(try registry.start(of: run))
        try registry.setStart(RegistryDatabase.RunStart(span: start.span, start: .map([])), run: run)
        let identity = try #require(try evaluate(project.model(1), on: otherData()).identity)
        #expect(identity.record.from == own.from && identity.record.seen == 0)
    }

    @Test("--from measures every sample from a time of the exchange on, beside the test")
    func from() throws {
        let identity = try #require(
            try evaluate(project.model(1), on: project.features, from: "2025-01-21").identity)
        #expect(identity.record.samples == 148 && !identity.isTest && identity.record.role == .other)
        #expect(try ownTest().samples == 296)
        #expect(
            project.code { _ = try evaluate(project.model(1), on: project.features, from: "soon") }
                == "evaluate.options")
        #expect(
            project.code { _ = try evaluate(project.model(1), on: project.features, from: "2031-01-01") }
                == "features.no-samples")
    }

    @Test("predict --test scores other data from the same time on, however the model is named", arguments: [0, 1])
    func predict(_ name: Int) throws {
        let own = try ownTest()
        var request = PredictModel.Request(
            model: name == 0 ? project.model(1) : "m/1", features: try otherData(), output: project.file("p.csv"))
        request.span = .test
        let outcome = try PredictModel.run(request, session: session)
        #expect(outcome.first == own.from && outcome.labelledRows == 74)
    }

    @Test("a span of a summary that ends before it begins is none")
    func reversedSpan() throws {
        let from = try #require(try ownTest().from), file = "out/m1/run.json"
        var summary = try project.json(file)
        summary[key: "testSpan"] = .map(["from": .int(Int(from)), "until": .int(Int(from) - 1)])
        try project.write(summary.text(.compact), to: file)
        var request = PredictModel.Request(
            model: project.model(1), features: try otherData(), output: project.file("p.csv"))
        request.span = .test
        #expect(try PredictModel.run(request, session: session).first == from)
    }

    @Test("a run and a version are evaluated like their directory; a series and a killed run say what to do")
    func names() throws {
        let registry = try session.registry(), run = try registry.version("m/1").run, own = try ownTest()
        for name in ["m/1", String(run.prefix(10))] {
            let identity = try #require(try evaluate(name, on: project.features).identity)
            #expect(identity.isTest && identity.record.id == own.id, "\(name)")
        }
        #expect(project.code { _ = try evaluate("m/7", on: project.features) } == "evaluate.format")
        var request = TrainModel.Request(
            config: project.recipe, features: project.features, output: project.file("out/killed"))
        (request.threads, request.name) = (1, "killed")
        var steps = 0
        let stopped = try TrainModel.run(
            request, session: session,
            shouldStop: {
                steps += 1
                return steps > 3
            })
        #expect(!stopped.isFinished)
        let error = #expect(throws: Failure.self) { try evaluate(project.file("out/killed"), on: project.features) }
        #expect(error?.code == "evaluate.unfinished")
        #expect(error?.hint?.contains("hftml resume \(stopped.run.prefix(8))") == true)
        try Paths.makeDirectory(project.file("out/series"))
        try project.write(#"{"directories": ["seed-1", "seed-2"]}"#, to: "out/series/repeats.json")
        let series = #expect(throws: Failure.self) {
            try CompareModels.run("m/1", project.file("out/series"), strategy: nil, session: session)
        }
        #expect(series?.code == "models.series" && series?.hint?.contains("seed-1") == true)
    }

    @Test("a damaged registry is not taken for an unknown name")
    func damaged() throws {
        let other = try TestProject()
        let files = try FileManager.default.contentsOfDirectory(atPath: other.file("Registry"))
        let name = try #require(files.first { $0.hasSuffix(".sqlite") })
        for suffix in ["-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: other.file("Registry/\(name)\(suffix)"))
        }
        try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: other.file("Registry/\(name)")))
        let session = try other.session(actor: "ann@desk")
        for look in [
            { _ = try ExchangeWeights.model("m/1", session: session) },
            { _ = try CompareModels.run("m/1", "m/2", strategy: nil, session: session) },
            { _ = try EvaluatePolicy.path("m/1", session: session) },
        ] as [() throws -> Void] {
            let code = other.code(look) ?? ""
            #expect(
                code.hasPrefix("registry.") && !["registry.no-run", "registry.no-version"].contains(code), "\(code)")
        }
    }
}
