import Basics
import Features
import HyperparameterSearch
import Registry
import Testing
import Workflows

/// What trials of a search have in common, what is found out before the first of them, and what a killed one leaves.
@Suite struct SearchGroundTests {
    private static let trial = "return complete({16: 0.5, 32: 0.25, 64: 0.75}[size])"
    private static let windows = ("parameters.window", JSONValue.map(["choice": .list([.int(2), .int(4)])]))

    @Test("trials with different windows are judged on the samples of the longest one, and so is the refit")
    func commonSamples() throws {
        let search = try FakeSearch(trial: Self.trial), project = search.project
        var request = search.request(trials: 6)
        request.overrides = [Self.windows]
        let table = try FeatureTable.read(project.features)
        var split = try TrainingRecipe(project.recipe).split
        let most = try WindowedDataset(table, window: 2, split: split).validation.count
        split.longestWindow = 4
        let samples = try WindowedDataset(table, window: 2, split: split).validation.count
        let outcome = try SearchAndRefit.run(request, refit: project.file("best"), session: project.session)
        #expect(samples < most && outcome.search.recipe.common?.samples == samples)
        #expect(outcome.search.recipe.common?.most == most && outcome.search.recipe.common?.longestWindow == 4)
        let heard = try search.heard().compactMap { $0[key: "assignments"] }
        #expect(heard.count == 6 && Set(heard.compactMap { $0[key: "window"]?.intValue }) == [2, 4])
        #expect(heard.allSatisfy { $0[key: "split.longestWindow"]?.intValue == 4 })
        let registry = try project.session.registry(), model = try #require(outcome.model)
        let refit = try JSONParser.parse(try registry.run(model.run).config)
        #expect(refit[path: "split.longestWindow"]?.intValue == 4)
        #expect(try project.json("best/run.json")[path: "samples.validation"]?.intValue == samples)
        let report = try StudyReport.load("sizes", session: project.session)
        #expect(report.common == outcome.search.recipe.common)
    }

    @Test("a parameter that cannot be set, or that decides what trials are judged on, ends no trial but the search")
    func wrongParameters() throws {
        let search = try FakeSearch(trial: Self.trial), registry = try search.project.session.registry()
        func problem(_ path: String, _ value: JSONValue) -> String {
            var request = search.request(trials: 3)
            request.overrides = [(path, value)]
            do { _ = try search.run(request) } catch { return (error as? ConfigError)?.problem ?? "\(error)" }
            return "none"
        }
        let choice = JSONValue.map(["choice": .list([.string("adam"), .string("sgd")])])
        #expect(problem("parameters.training.optimiser.kind", choice).contains("optimiser"))
        #expect(
            problem("parameters.layers.9.units", .map(["int": .list([.int(1), .int(2)])])).contains("layers.9.units"))
        #expect(problem("parameters.training.epochs", .map(["int": .list([.int(-3), .int(2)])])).contains("-3"))
        #expect(
            problem("parameters.split.test", .map(["float": .list([.double(0.1), .double(0.3)])]))
                == "found the parameter 'split.test', which decides which samples a trial is judged on")
        #expect(problem("parameters.training.batchSiz.choice", .list([.int(16)])).hasPrefix("found no parameter for"))
        #expect(try registry.studies().isEmpty && search.heard().isEmpty, "nothing was begun")
        // Names of parameters have dots.
        var request = search.request(trials: 3)
        request.overrides = [("parameters.training.batchSize.choice", .list([.int(32)]))]
        #expect(try search.run(request).outcome.history.trials.count { $0.state == .complete } == 1)
    }

    @Test("what a killed search left running is ended, and its point is tried again")
    func settled() throws {
        let search = try FakeSearch(trial: Self.trial), session = search.project.session
        _ = try search.run(search.request(trials: 1))
        let registry = try session.registry(), runs = try registry.runs(experiment: "sizes")
        let parts = ProcessIdentity.current.split(separator: ":").map(String.init)
        // A process of this machine that is gone: its number was given to another one.
        let dead = [parts[0], parts[1], "1"].joined(separator: ":")
        let claimed = try #require(
            try registry.beginTrial(study: "sizes", limit: 3, worker: dead, mostRetries: 2) { _, _ in false })
        try registry.proposeTrial(study: "sizes", number: claimed.number, point: "[1]", parameters: "{}", tag: 0)
        var run = runs[0]
        (run.id, run.status, run.endedAt) = (RunRecord.newID(), .running, nil)
        try registry.start(run, parameters: [])
        try registry.linkTrial(study: "sizes", number: claimed.number, run: run.id)
        let list = try StudyReport.list(session: session)
        #expect(list[0].counts == [.complete: 1, .failed: 1])
        #expect(try registry.run(run.id).status == .failed)
        let report = try StudyReport.load("sizes", session: session)
        #expect(report.reasons[claimed.number] == "its worker was killed")
        let next = try search.run(search.request(trials: 3)).outcome.history
        #expect(next.trials.map(\.state) == [.complete, .failed, .complete, .complete])
        #expect(next.trials[2].retryOf == claimed.number && next.trials[2].point == [1])
    }

    @Test("a search in which nothing trades ends with an error after sixty-four trials")
    func fruitless() throws {
        let search = try FakeSearch(
            trial:
                #"return {"outcome": "failed", "message": "\#(StudyReport.neverTraded)", "#
                + #""objectives": [], "metrics": []}"#
        )
        var request = search.request(trials: 3)
        request.sampler = "random"
        request.overrides = [
            ("parameters.training.batchSize", .map(["int": .list([.int(1), .int(1_000_000)])]))
        ]
        let failure = #expect(throws: Failure.self) { _ = try search.run(request) }
        #expect(failure?.code == "search.failing" && failure?.message.contains("found 64 trials failed") == true)
        #expect(failure?.hint?.contains("enter sooner") == true)
        #expect(try search.heard().count == 64)
    }

    @Test("failed trials of which nothing was measured are no trials of the deflated ratio")
    func silentFailures() throws {
        let search = try FakeSearch(
            trial: """
                if size == 32:
                    return {"outcome": "failed", "message": "no", "objectives": [], "metrics": []}
                return complete(0.5, returns=[r + 0.001 * number for r in [0.01, 0.02, -0.01, 0.03] * 4])
                """)
        let evidence = try #require(try search.run(search.request(trials: 3)).outcome.evidence)
        #expect(evidence.trials == 2 && evidence.otherTrials == 2)
    }

    @Test("a refit learned from the folds that chose its point, and its test on them is no evidence")
    func refitOfFolds() throws {
        let search = try FakeSearch(
            trial: Self.trial, extra: "folds: {kind: purged-k-fold, count: 2, reserved: 0}\n")
        let project = search.project
        let outcome = try SearchAndRefit.run(
            search.request(trials: 3), refit: project.file("best"), session: project.session)
        let model = try #require(outcome.model)
        let identity = try EvaluateModel.run(
            model: project.file("best"), features: project.features, strategy: project.strategy,
            output: project.file("out/refit"), threads: 1, session: project.session
        ).identity
        let seen = try #require(identity?.seen)
        #expect(seen.samples == seen.of && seen.learners == ["the folds of the study 'sizes', which chose it"])
        _ = try RegisterModel.run(project.file("best"), name: "m", output: nil, session: project.session)
        let gate = try GateModel.run(
            "m/3", policy: "easy", strategy: project.strategy, features: project.features, against: nil,
            threads: 1, session: project.session)
        let item = try #require(gate.report.items.first { $0.name == "unseen-span" })
        #expect(item.status == .failed, "\(model.run)")
        // What a search reserved, nobody chose by.
        let clean = try FakeSearch(
            trial: Self.trial, extra: "folds: {kind: purged-k-fold, count: 2, reserved: 0.3}\n")
        _ = try SearchAndRefit.run(
            clean.request(trials: 3), refit: clean.project.file("best"), session: clean.project.session)
        let reserved = try EvaluateModel.run(
            model: clean.project.file("best"), features: clean.project.features, strategy: clean.project.strategy,
            output: clean.project.file("out/refit"), threads: 1, session: clean.project.session
        ).identity
        #expect(reserved?.seen == nil && reserved?.isTest == true)
    }

    @Test("a damaged study is an error with a code")
    func damaged() throws {
        let search = try FakeSearch(trial: Self.trial), session = search.project.session
        _ = try search.run(search.request(trials: 2))
        let registry = try session.registry()
        for point in ["[1, 2, 3]", "nothing", "[]"] {
            try registry.proposeTrial(study: "sizes", number: 0, point: point, parameters: "{}", tag: 0)
            #expect(search.project.code { _ = try StudyReport.load("sizes", session: session) } == "search.damaged")
        }
    }

    @Test("a strategy that never trades is not evaluated: no trial is complete, and it is said")
    func untraded() throws {
        let message = "its strategy never traded on the validation span"
        let search = try FakeSearch(
            trial: #"return {"outcome": "failed", "message": "\#(message)", "objectives": [], "metrics": []}"#)
        let outcome = try search.run(search.request(trials: 3)).outcome
        #expect(outcome.isFinished && outcome.history.best == nil && outcome.evidence == nil)
        #expect(outcome.reasons.values.count { $0 == StudyReport.neverTraded } == 3)
    }
}
