import Backtesting
import Basics
import Foundation
import HyperparameterSearch
import Registry
import Testing
import Workflows

/// A search hands out trials, records what comes back, and survives workers that fail, die or are stopped.
@Suite struct SearchHyperparametersTests {
    /// The loss is least for a batch size of 32. Returns of the trials differ by a shift: their correlation is 1.
    private static let recorded = """
        returns = [r + 0.001 * number for r in [0.01, 0.02, -0.01, 0.03] * 4]
        return complete({16: 0.5, 32: 0.25, 64: 0.75}[size], metrics=[["val.loss", 1, 0.875], ["val.loss", 2, 0.5]],
                        returns=returns)
        """

    @Test("every trial is a run with its values; the best has the least loss")
    func records() throws {
        let search = try FakeSearch(trial: Self.recorded), project = search.project
        let (outcome, events) = try search.run(search.request(trials: 3))
        #expect(
            events == [
                "opened sizes 0", "began 0", "ended 0 complete, best 0, done 1", "began 1",
                "ended 1 complete, best 1, done 2", "began 2", "ended 2 complete, best 1, done 3",
            ])
        #expect(outcome.isFinished && outcome.study == "sizes" && outcome.experiment == "sizes")
        #expect(outcome.history.trials.map(\.values) == [[0.5], [0.25], [0.75]] && outcome.history.best?.number == 1)
        #expect(
            outcome.history.trials.map { outcome.recipe.space.assignments($0.point)[0].1.intValue } == [16, 32, 64])
        let registry = try project.session.registry()
        let runs = try registry.runs(experiment: "sizes").sorted { $0.name < $1.name }
        #expect(runs.map(\.name) == ["sizes trial 0", "sizes trial 1", "sizes trial 2"])
        #expect(runs.allSatisfy { $0.kind == .trial && $0.status == .finished && $0.threads == 1 && $0.seed == 1 })
        #expect(try runs.map { try registry.latestMetrics(run: $0.id)["trial.loss"] } == [0.5, 0.25, 0.75])
        let losses = try registry.history(run: runs[1].id, metric: "val.loss")
        #expect(losses.map(\.step) == [1, 2] && losses.map(\.value) == [0.875, 0.5])
        #expect(try registry.history(run: runs[0].id, metric: "val.period_return").map(\.step) == Array(0..<16))
        #expect(try registry.parameters(run: runs[2].id).map { "\($0.0)=\($0.1)" } == ["training.batchSize=64"])
        #expect(try JSONParser.parse(runs[2].config)[path: "training.batchSize"]?.intValue == 64)
        let kinds = try registry.lineage(of: "run:\(runs[0].id)").nodes.map(\.kind)
        #expect(kinds.contains(.study) && kinds.contains(.features) && kinds.contains(.rawData))
    }

    @Test("a worker is told files by their whole paths, what to measure, and with how many threads")
    func requests() throws {
        let search = try FakeSearch(trial: Self.recorded), project = search.project
        _ = try search.run(search.request(trials: 1))
        let heard = try search.heard()
        #expect(heard.count == 1)
        #expect(heard[0][key: "config"]?.stringValue == project.recipe)
        #expect(heard[0][key: "features"]?.stringValue == project.features)
        #expect(heard[0][key: "metrics"]?.listValue?.map(\.stringValue) == ["loss"])
        #expect(heard[0][key: "threads"]?.intValue == 1 && heard[0][key: "pruned"]?.boolValue == false)
        #expect(heard[0][key: "folds"]?.text(.compact) == "null" && heard[0][key: "strategy"]?.stringValue == nil)
        #expect(heard[0][key: "number"]?.intValue == 0)
    }

    @Test("how far the winner can be believed follows from all trials and the trainings beside them")
    func evidence() throws {
        let search = try FakeSearch(trial: Self.recorded)
        let evidence = try #require(try search.run(search.request(trials: 3)).outcome.evidence)
        // m/1 and m/2 were trained on the same data.
        #expect(evidence.trials == 3 && evidence.otherTrials == 2 && evidence.periods == 16)
        // By the formulas of Bailey & López de Prado (2014), worked out with Python's NormalDist.
        #expect(abs((evidence.sharpe ?? 0) - 0.8837824554557691) < 1e-12)
        #expect(abs((evidence.standardError ?? 0) - 0.32138010018140445) < 1e-12)
        #expect(abs(evidence.expectedMaximum - 0.05582915938013187) < 1e-7)
        #expect(abs((evidence.deflatedSharpe ?? 0) - 0.9950059815736378) < 1e-7)
        #expect(abs((evidence.minimumPeriods ?? 0) - 0.9311254797592836) < 1e-6)
        #expect(abs((evidence.meanCorrelation ?? 0) - 1) < 1e-9 && abs((evidence.effectiveTrials ?? 0) - 1) < 1e-9)
        // Eight blocks of two periods: C(8, 4) ways to choose half of them.
        #expect(evidence.overfittingTrials == 3 && evidence.overfitting?.splits.count == 70)
        #expect(evidence.json[key: "otherTrials"]?.intValue == 2)
        #expect(evidence.json[key: "sharpe"]?.doubleValue == evidence.sharpe)
    }

    @Test("a search that has its trials asks for none; a grid that is used up ends it")
    func usedUp() throws {
        let search = try FakeSearch(trial: Self.recorded)
        _ = try search.run(search.request(trials: 3))
        let again = try search.run(search.request(trials: 3))
        #expect(again.outcome.isFinished && again.events == ["opened sizes 3"])
        let (outcome, events) = try search.run(search.request(trials: 10))
        #expect(outcome.isFinished && events == ["opened sizes 3"])
        #expect(outcome.history.trials.map(\.state) == [.complete, .complete, .complete])
        #expect(try search.heard().count == 3)
        // Nothing is left on record of asking for more than there is.
        let registry = try search.project.session.registry()
        #expect(try registry.trials(study: "sizes").trials.map(\.state) == ["complete", "complete", "complete"])
    }

    @Test("two workers at once do the same trials")
    func several() throws {
        let search = try FakeSearch(trial: Self.recorded)
        var request = search.request(trials: 3)
        request.jobs = 2
        let (outcome, events) = try search.run(request)
        #expect(events[1...2] == ["began 0", "began 1"] && outcome.history.best?.number == 1)
        #expect(outcome.history.trials.map(\.values) == [[0.5], [0.25], [0.75]])
    }

    @Test("a worker waits for the answer to its report, and gives up where the pruner says so")
    func pruned() throws {
        let search = try FakeSearch(
            trial: """
                loss = [1.0, 2.0, 0.5][number]
                for step in (1, 2):
                    if report(number, step, loss / step):
                        return {"outcome": "pruned", "objectives": [], "metrics": [["val.loss", step, loss]]}
                return complete(loss / 2)
                """, extra: "pruner: {kind: asha, minimum: 1, reduction: 2}\n")
        let (outcome, events) = try search.run(search.request(trials: 3))
        #expect(outcome.history.trials.map(\.state) == [.complete, .pruned, .complete])
        #expect(outcome.history.trials.map { $0.reports.map(\.value) } == [[1, 0.5], [2], [0.5, 0.25]])
        #expect(outcome.history.trials.map(\.values) == [[0.5], [], [0.25]])
        #expect(events.filter { $0.hasPrefix("ended 1") } == ["ended 1 pruned, best 0, done 2"])
        let heard = try search.heard()
        #expect(
            heard.compactMap { $0[key: "prune"]?.boolValue } == [false, false, true, false, false],
            "one answer to every report")
        #expect(heard.compactMap { $0[key: "pruned"]?.boolValue } == [true, true, true])
        let registry = try search.project.session.registry()
        let runs = try registry.runs(experiment: "sizes").sorted { $0.name < $1.name }
        #expect(runs.map(\.status) == [.finished, .pruned, .finished])
        #expect(try registry.latestMetrics(run: runs[1].id)["val.loss"] == 2)
    }

    @Test("a trial whose worker dies is given out again at its point, with a new worker")
    func lost() throws {
        let search = try FakeSearch(
            trial: """
                if number == 0: os._exit(7)
                if number == 1: os.kill(os.getpid(), signal.SIGKILL)
                return complete(0.5)
                """)
        let (outcome, events) = try search.run(search.request(trials: 1))
        #expect(events.count == 7 && events[6] == "ended 2 complete, best 2, done 1")
        #expect(events[2].hasPrefix("lost 0: its process ended with status 7, see '"))
        #expect(events[4] == "lost 1: its process was ended by signal 9")
        #expect(outcome.history.trials.map(\.state) == [.failed, .failed, .complete])
        #expect(outcome.history.trials.map(\.retryOf) == [nil, 0, 1])
        #expect(Set(outcome.history.trials.map(\.point)).count == 1)
        let runs = try search.project.session.registry().runs(experiment: "sizes").sorted { $0.name < $1.name }
        #expect(runs.map(\.status) == [.failed, .failed, .finished])
    }

    @Test("seven failures in a row are chance, eight are a mistake")
    func failing() throws {
        let failed = #"return {"outcome": "failed", "message": f"broken {number}", "objectives": []}"#
        let sampler = "seed: 3\n"
        let lucky = try FakeSearch(trial: "if number % 8 == 7: return complete(0.5)\n\(failed)", extra: sampler)
        var request = lucky.request(trials: 2)
        request.sampler = "random"
        // Points enough: none that failed is tried again.
        let sizes = [("parameters.training.batchSize", JSONValue.map(["int": .list([.int(1), .int(1_000_000)])]))]
        request.overrides = sizes
        let outcome = try lucky.run(request).outcome
        #expect(outcome.isFinished && outcome.history.trials.count == 16)
        #expect(outcome.history.trials.count { $0.state == .failed } == 14)
        let runs = try lucky.project.session.registry().runs(limit: 100, experiment: "sizes")
        #expect(runs.count { $0.status == .failed } == 14 && runs.count { $0.status == .finished } == 2)
        let unlucky = try FakeSearch(trial: failed, extra: sampler)
        request = unlucky.request(trials: 2)
        (request.sampler, request.overrides) = ("random", sizes)
        let error = try #require(throws: Failure.self) { try unlucky.run(request) }
        #expect(error.code == "search.failing" && error.message.contains("found 8 trials"))
        #expect(error.message.hasSuffix("broken 7"))
        // A space of three points, all of which fail, has no best; each was tried once.
        let small = try FakeSearch(trial: failed)
        let end = try #require(throws: Failure.self) { try small.run(small.request(trials: 3)) }
        #expect(end.code == "search.failing" && end.message.contains("found 3 trials"))
        #expect(try small.heard().count == 3)
    }

    @Test("a search that is stopped keeps what is done and gives back what is not")
    func stopped() throws {
        let search = try FakeSearch(trial: Self.recorded)
        let before = try search.run(search.request(trials: 3), shouldStop: { true })
        #expect(!before.outcome.isFinished && before.events == ["opened sizes 0"])
        #expect(before.outcome.history.trials.isEmpty && before.outcome.evidence == nil)
        let request = search.request(trials: 3), registry = try search.project.session.registry()
        let first = try search.run(
            request,
            shouldStop: {
                (try? registry.runs(experiment: "sizes").contains { $0.status == .finished }) ?? true
            })
        #expect(!first.outcome.isFinished && first.events.last == "ended 0 complete, best 0, done 1")
        #expect(try search.run(request).outcome.history.trials.map(\.values) == [[0.5], [0.25], [0.75]])
    }

    @Test("a warm start takes over what another study measured; a study keeps its meaning")
    func warmStart() throws {
        let search = try FakeSearch(trial: Self.recorded)
        _ = try search.run(search.request(trials: 2))
        var request = search.request(trials: 3, study: "next")
        request.warmStart = "sizes"
        let (outcome, events) = try search.run(request)
        #expect(events.first == "opened next 2" && events.count == 3 && outcome.study == "next")
        #expect(outcome.history.trials.map(\.values) == [[0.5], [0.25], [0.75]])
        #expect(outcome.history.trials.map(\.tag) == [-1, -1, 0])
        #expect(try search.heard().count == 3, "only what was not known is tried")
        // On another training configuration the same point means another loss.
        let recipe = try search.project.read("recipe.yaml")
        try search.project.write(recipe.replacing("learningRate: 0.01", with: "learningRate: 0.02"), to: "recipe.yaml")
        var other = search.request(trials: 3, study: "other")
        other.warmStart = "sizes"
        let refused = #expect(throws: Failure.self) { try search.run(other) }
        #expect(refused?.code == "search.warm-start")
        #expect(refused?.message.contains("training configuration was") == true)
        try search.project.write(recipe, to: "recipe.yaml")
        request.warmStart = "sisez"
        #expect(search.project.code { _ = try search.run(request) } == "search.no-study")
        try search.project.write(
            try search.project.read("search.yaml").replacing("[16, 32, 64]", with: "[16, 32]"), to: "search.yaml")
        let changed = #expect(throws: Failure.self) { try search.run(search.request(trials: 3)) }
        #expect(changed?.code == "search.other-study" && changed?.message.contains("space was") == true)
    }

    @Test("a study is read back without its configuration")
    func report() throws {
        let search = try FakeSearch(trial: Self.recorded)
        let outcome = try search.run(search.request(trials: 2)).outcome
        let report = try StudyReport.load("sizes", session: search.project.session)
        #expect(report.metrics == ["loss"] && report.history.trials == outcome.history.trials)
        #expect(report.history.directions == [.minimize] && report.evidence == outcome.evidence)
        let list = try StudyReport.list(session: search.project.session)
        #expect(list.map(\.name) == ["sizes"] && list[0].counts == [.complete: 2])
    }

    @Test("the best point is trained once more, as training by hand would")
    func refit() throws {
        let search = try FakeSearch(trial: Self.recorded), project = search.project, session = project.session
        var told = 0
        let outcome = try SearchAndRefit.run(
            search.request(trials: 3), refit: project.file("best"), session: session,
            searched: { told += $0.history.trials.count })
        let model = try #require(outcome.model), registry = try session.registry()
        let run = try registry.run(model.run)
        #expect(told == 3 && run.name == "sizes best" && run.experiment == "sizes" && run.status == .finished)
        #expect(try JSONParser.parse(run.config)[path: "training.batchSize"]?.intValue == 32)
        #expect(try Digest.sha256(file: project.file("best/model.safetensors")) == model.weights)
        #expect(try registry.lineage(of: "run:\(run.id)").nodes.contains { $0.kind == .study })
        #expect(throws: CancellationError.self) {
            try SearchAndRefit.run(search.request(trials: 3), session: session, shouldStop: { true })
        }
    }
}
