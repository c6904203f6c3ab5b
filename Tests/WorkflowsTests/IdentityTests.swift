import Basics
import Features
import Foundation
import Registry
import Tensors
import Testing
import Workflows

/// Pairs of evaluations that fit in shape and differ in meaning, and what each command says of them.
@Suite struct IdentityTests {
    /// One way to be about something else than the test of `m/1`.
    enum Other: String, CaseIterable, Sendable {
        case tickers, costs, label, window, split, ancestor
    }

    private let project: TestProject
    private var session: Session { project.session }

    init() throws { project = try TestProject() }

    private func build(_ name: String, label: String = "horizon: 1", data: String? = nil) throws -> String {
        try project.write(
            try project.read("features.yaml").replacing("horizon: 1", with: label), to: "\(name).yaml")
        let output = project.file("out/\(name).safetensors")
        _ = try BuildFeatures.run(
            spec: project.file("\(name).yaml"), data: data ?? project.market, market: project.file("market.yaml"),
            quality: nil, output: output, threads: 1, session: session)
        return output
    }

    /// One of the two simulated instruments alone.
    private func oneTicker() throws -> String {
        let directory = project.file("Data/one"), files = try Paths.entries(project.market).sorted()
        try Paths.makeDirectory(directory)
        let name = try #require(files.first { $0.contains("SIM01") })
        try FileManager.default.copyItem(atPath: "\(project.market)/\(name)", toPath: "\(directory)/\(name)")
        return try build("one", data: directory)
    }

    @discardableResult
    private func evaluate(
        _ model: String, on features: String? = nil, strategy: String? = nil, to name: String = "again"
    ) throws -> EvaluateModel.Outcome {
        try EvaluateModel.run(
            model: model, features: features ?? project.features, strategy: strategy ?? project.strategy,
            output: project.file("out/\(name)"), threads: 1, session: session)
    }

    private func train(
        _ name: String, _ overrides: [(String, JSONValue)] = [], initial: String? = nil
    ) throws -> TrainModel.Outcome {
        var request = TrainModel.Request(
            config: project.recipe, features: project.features, output: project.file("out/\(name)"))
        (request.overrides, request.threads, request.name, request.initialWeights) = (overrides, 1, name, initial)
        return try TrainModel.run(request, session: session)
    }

    private func free() throws -> String {
        try project.write(
            try project.read("strategy.yaml").replacing("costBps: 1\n", with: "costBps: 0\n"), to: "free.yaml")
    }

    private func testMetrics() throws -> [String: Double] {
        let registry = try session.registry()
        return try registry.latestMetrics(run: registry.version("m/1").run).filter {
            $0.key.hasPrefix("test.") || $0.key.hasPrefix("baseline.")
        }
    }

    @Test("the first evaluation on the run's own test span is its test, and the same again is the same record")
    func test() throws {
        let before = try testMetrics(), again = try evaluate(project.model(1)).identity
        #expect(again?.isTest == true && again?.differences == [] && again?.record.sequence == 2)
        #expect(again?.record.samples == 296 && again?.record.instruments == ["SIM01", "SIM02"])
        #expect(again?.record.seen == 0 && again?.unknownAncestors == [])
        let registry = try session.registry(), run = try registry.version("m/1").run
        #expect(try registry.evaluations(run: run).map(\.role) == [.validation, .test])
        #expect(try testMetrics() == before)
    }

    @Test(
        "other tickers and costs of 0 stand beside the test and never overwrite it", arguments: [Other.tickers, .costs])
    func beside(_ other: Other) throws {
        let before = try testMetrics(), registry = try session.registry(), run = try registry.version("m/1").run
        let outcome =
            other == .tickers
            ? try evaluate(project.model(1), on: oneTicker()) : try evaluate(project.model(1), strategy: free())
        let identity = try #require(outcome.identity)
        #expect(!identity.isTest && identity.record.role == .other && identity.record.sequence == 3)
        #expect(
            identity.differences
                == (other == .tickers ? ["other instruments (SIM01)"] : ["another strategy or other costs"]))
        #expect(try testMetrics() == before)
        #expect(try registry.evaluations(run: run).count == 3)
        let document = try project.json("out/again/metrics.json")
        #expect(document[key: "evaluation"]?[key: "isTest"]?.boolValue == false)
        #expect(document[key: "test"]?[key: "ic"]?.doubleValue == outcome.metrics.first { $0.name == "ic" }?.value)
        // The directory is compared by its own predictions, not by the run's test.
        let compared = try CompareModels.run("m/1", "out/again", strategy: nil, session: session)
        #expect(compared.leftOut.onlyA == (other == .tickers ? 148 : 0) && compared.leftOut.onlyB == 0)
        #expect(compared.samples == (other == .tickers ? 148 : 296) && !compared.isDifferent)
    }

    @Test("a table with another label or interval is refused, naming both")
    func label() throws {
        let before = try testMetrics()
        let error = try #require(throws: Failure.self) {
            try evaluate(project.model(1), on: build("six", label: "horizon: 6"))
        }
        #expect(error.code == "evaluate.other-label")
        #expect(error.message.contains("profit over 6") && error.message.contains("profit over 1"))
        #expect(try testMetrics() == before)
    }

    @Test("models of labels that look ahead to other moments are not compared")
    func compareLabels() throws {
        let six = try build("six", label: "horizon: 6")
        var request = TrainModel.Request(config: project.recipe, features: six, output: project.file("out/six"))
        (request.threads, request.name) = (1, "six")
        _ = try TrainModel.run(request, session: session)
        try project.write(
            try project.read("strategy.yaml").replacing("holdBars: 1", with: "holdBars: 6"), to: "s6.yaml")
        _ = try evaluate(project.file("out/six"), on: six, strategy: project.file("s6.yaml"), to: "six/evaluation")
        #expect(
            project.code { _ = try CompareModels.run("m/1", "out/six", strategy: nil, session: session) }
                == "compare.other-label")
    }

    @Test("numbers of other samples or strategies never stand in one order", arguments: [Other.window, .split])
    func order(_ other: Other) throws {
        let changes: [(String, JSONValue)] =
            other == .window ? [("window", .int(9))] : [("split.test", .double(0.3))]
        _ = try train("changed", changes)
        let identity = try #require(try evaluate(project.file("out/changed"), to: "changed/evaluation").identity)
        #expect(identity.isTest)
        var query = ReadRuns.Query()
        query.order = ["metrics.test.ic DESC"]
        let error = try #require(throws: Failure.self) { try ReadRuns.list(query, session: session) }
        #expect(error.code == "runs.samples" && error.hint?.contains("--samples") == true)
        (query.order, query.filter) = ([], "metrics.test.ic > -1")
        #expect(project.code { _ = try ReadRuns.list(query, session: session) } == "runs.samples")
        query.samples = String(try #require(identity.record.sampleSet).prefix(8))
        query.order = ["metrics.test.ic DESC"]
        #expect(try ReadRuns.list(query, session: session).map(\.run.name) == ["changed"])
        // Without an order they are listed, each with its own identity.
        let all = try ReadRuns.listing(ReadRuns.Query(), session: session)
        #expect(all.total == 3 && Set(all.entries.compactMap { $0.evaluation(.test)?.sampleSet }).count == 2)
        // What both predicted is judged; the rest is told.
        let compared = try CompareModels.run("m/1", "out/changed", strategy: nil, session: session)
        #expect(compared.leftOut.onlyA + compared.leftOut.onlyB > 0 && compared.leftOut.text != nil)
    }

    @Test("weights to begin with are an edge of lineage, and what they saw is no evidence")
    func ancestor() throws {
        let pre = try train("pre", [("split.test", .double(0.02))])
        let initial = project.file("out/pre/model.safetensors")
        let made = try train("child", [("training.optimizer.learningRate", .double(0.000001))], initial: initial)
        let registry = try session.registry()
        let graph = try registry.lineage(of: "run:\(made.run)")
        #expect(graph.nodes.contains { $0.kind == .weights && $0.id == "weights:\(pre.weights)" })
        #expect(graph.nodes.contains { $0.id == "run:\(pre.run)" })
        #expect(Dictionary(try registry.parameters(run: made.run)) { $1 }["initial.weights"] == pre.weights)
        let identity = try #require(try evaluate(project.file("out/child"), to: "child/evaluation").identity)
        let seen = try #require(identity.seen)
        #expect(seen.samples > 200 && seen.of == 296 && seen.learners == ["run \(pre.run.prefix(8))"])
        let compared = try CompareModels.run("m/1", "out/child", strategy: nil, session: session)
        #expect(compared.verdict.hasPrefix("no verdict: ") && !compared.isDifferent && !compared.objections.isEmpty)
        _ = try RegisterModel.run(made.run, name: "m", output: nil, session: session)
        let gate = try GateModel.run(
            "m/3", policy: "easy", strategy: project.strategy, features: project.features, against: nil, threads: 1,
            session: session)
        let item = try #require(gate.report.items.first { $0.name == "unseen-span" })
        #expect(item.status == .failed && !gate.decision.isPassed)
        #expect(item.reason.contains("learned from, by run \(pre.run.prefix(8))"))
        let clean = try GateModel.run(
            "m/1", policy: "easy", strategy: project.strategy, features: project.features, against: nil, threads: 1,
            session: session)
        #expect(clean.report.items.first { $0.name == "unseen-span" }?.status == .passed)
    }

    @Test("weights of unknown origin are an unknown span, which a gate does not pass")
    func unknownAncestor() throws {
        let foreign = project.file("out/foreign.safetensors")
        var file = try SafetensorsFile.read(project.model(2) + "/model.safetensors")
        file.metadata = [:]
        try file.write(to: foreign)
        let made = try train("child", initial: foreign)
        let identity = try #require(try evaluate(project.file("out/child"), to: "child/evaluation").identity)
        #expect(identity.unknownAncestors.count == 1 && identity.record.seen == nil && identity.span == nil)
        _ = try RegisterModel.run(made.run, name: "m", output: nil, session: session)
        let gate = try GateModel.run(
            "m/3", policy: "easy", strategy: project.strategy, features: project.features, against: nil, threads: 1,
            session: session)
        let item = try #require(gate.report.items.first { $0.name == "unseen-span" })
        #expect(item.status == .failed && item.reason.hasPrefix("no evidence: nobody knows"))
        // Nor does a comparison, from either side, or a gate that compares with it.
        for (a, b) in [("m/1", "out/child"), ("out/child", "m/1")] {
            let compared = try CompareModels.run(a, b, strategy: nil, session: session)
            #expect(compared.verdict.hasPrefix("no verdict: nobody knows") && !compared.isDifferent)
        }
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: superior, benchmark: incumbent, maximumP: 1}\n",
            to: "Registry/gates/better.yaml")
        let against = try GateModel.run(
            "m/1", policy: "better", strategy: project.strategy, features: project.features, against: "m/3",
            threads: 1, session: session)
        let superior = try #require(against.report.items.first { $0.name == "superior" })
        #expect(superior.status == .failed && superior.reason.contains("nobody knows what it saw"))
    }

    @Test("a directory from elsewhere tells what was seen, but not that it was all, whatever its run.json says")
    func foreignDirectory() throws {
        let elsewhere = try TestProject(), copy = project.file("out/copy")
        var request = TrainModel.Request(
            config: elsewhere.recipe, features: elsewhere.features, output: elsewhere.file("out/pre"))
        (request.threads, request.overrides) = (1, [("split.test", .double(0.02)), ("training.seed", .int(77))])
        let made = try TrainModel.run(request, session: elsewhere.session)
        try FileManager.default.copyItem(atPath: elsewhere.file("out/pre"), toPath: copy)
        for isEdited in [false, true] {
            if isEdited {
                // As if it had learned from nothing.
                var summary = try project.json("out/copy/run.json")
                summary[key: "span"] = .map(["pieces": .list([]), "unknown": .list([])])
                try project.write(summary.text(.pretty), to: "out/copy/run.json")
            }
            let name = isEdited ? "edited" : "told"
            // Another seed than the copy's: its weights are not those of a seed.
            _ = try train(name, [("training.seed", .int(isEdited ? 3 : 4))], initial: copy + "/model.safetensors")
            let identity = try #require(try evaluate(project.file("out/\(name)"), to: "\(name)/e").identity)
            #expect(identity.unknownAncestors.count == 1 && identity.span == nil)
            #expect(identity.unknownAncestors.first?.contains(made.run.prefix(8)) == true)
            #expect((identity.seen?.samples ?? 0 > 0) == !isEdited)
            let compared = try CompareModels.run("m/1", "out/\(name)", strategy: nil, session: session)
            #expect(compared.verdict.hasPrefix("no verdict: "))
        }
    }

    @Test("a split that only the directory says makes no test, and the real test comes later")
    func editedSplit() throws {
        let made = try train("fresh", [("training.seed", .int(9))])
        let original = try project.read("out/fresh/run.json")
        var summary = try project.json("out/fresh/run.json")
        try summary.set(path: "split.test", to: .double(0.4))
        try project.write(summary.text(.pretty), to: "out/fresh/run.json")
        let other = try #require(try evaluate(project.file("out/fresh"), to: "fresh/other").identity)
        #expect(!other.isTest && other.samplesChosen?.contains("another split") == true && other.test == nil)
        #expect(try session.registry().test(of: made.run) == nil)
        try project.write(original, to: "out/fresh/run.json")
        let real = try #require(try evaluate(project.file("out/fresh"), to: "fresh/real").identity)
        #expect(real.isTest && real.samplesChosen == nil && real.record.samples == 296)
    }

    @Test("two runs on other tables have splits of their own in lineage")
    func splits() throws {
        let one = try oneTicker()
        var request = TrainModel.Request(config: project.recipe, features: one, output: project.file("out/one"))
        (request.threads, request.seed) = (1, 1)
        let run = try TrainModel.run(request, session: session).run, registry = try session.registry()
        func split(_ run: String) throws -> LineageNode? {
            try registry.lineage(of: "run:\(run)").nodes.first { $0.kind == .split }
        }
        let own = try #require(try split(run)), other = try #require(try split(registry.version("m/1").run))
        #expect(own.id != other.id && own.label.contains("148 test") && other.label.contains("296 test"))
    }
}
