import Basics
import Foundation
import Registry
import Testing
import Workflows

/// One training under several seeds.
@Suite struct RepeatTrainingTests {
    @Test("mean and sample deviation, worked by hand")
    func statistics() {
        let some = RepeatTraining.SampleStatistics([2, 4, 9])
        // Distances from 5 are −3, −1, 4: squares 26, over 2.
        #expect(some.mean == 5 && abs(some.deviation - 13.0.squareRoot()) < 1e-15)
        #expect(RepeatTraining.SampleStatistics([7]).mean == 7 && RepeatTraining.SampleStatistics([7]).deviation == 0)
        #expect(RepeatTraining.SampleStatistics([]).mean == 0 && RepeatTraining.SampleStatistics([]).deviation == 0)
        let document = RepeatTraining.json(some)
        #expect(document[key: "mean"]?.doubleValue == 5 && document[key: "sd"]?.doubleValue == some.deviation)
        #expect(document[key: "values"]?.listValue?.map(\.doubleValue) == [2, 4, 9])
    }

    @Test("a series goes on where it was: complete repeats are kept, and count once")
    func goesOn() throws {
        let project = try TestProject(.features), registry = try project.session.registry()
        var request = TrainModel.Request(
            config: project.recipe, features: project.features, output: project.file("out/series"))
        request.threads = 1
        func series(_ repeats: Int, _ request: TrainModel.Request) throws -> (RepeatTraining.Outcome, kept: Int) {
            var kept = 0
            let outcome = try TrainConfiguration.run(
                request, repeats: repeats, session: project.session,
                report: { if case .repeatKept = $0 { kept += 1 } })
            guard case .series(let series, _) = outcome else { throw Failure("test.series", "found no series") }
            return (series, kept)
        }
        let (first, none) = try series(2, request), (again, both) = try series(2, request)
        #expect(none == 0 && both == 2 && again.runs == first.runs && again.directories == first.directories)
        #expect(again.measures.map(\.name) == first.measures.map(\.name))
        #expect(again.measures.map(\.statistics) == first.measures.map(\.statistics))
        let (third, kept) = try series(3, request)
        #expect(kept == 2 && Array(third.runs.prefix(2)) == first.runs)
        #expect(try registry.trialCount(beside: try registry.run(first.runs[0])).trainings == 3)
        // Another configuration, or weights that are not those of the run, are trained anew.
        var changed = request
        changed.overrides = [("training.epochs", .int(2))]
        #expect(try series(1, changed).kept == 0)
        #expect(try series(1, request).kept == 0, "the directory holds the other run now")
        try project.write("not those weights", to: "out/series/seed-2/model.safetensors")
        let mended = try series(2, request)
        #expect(mended.kept == 1 && mended.0.runs[1] != first.runs[1])
        #expect(mended.0.measures.map(\.statistics) == first.measures.map(\.statistics), "the same seeds")
    }

    @Test("measures are matched by name, since a repeat may lack one; a seed without room for the others is refused")
    func matched() throws {
        let project = try TestProject(.features)
        var request = TrainModel.Request(
            config: project.recipe, features: project.features, output: project.file("out/mixed"))
        let brought: [[(name: String, value: Double)]] = [
            [("loss", 1), ("auc", 0.5)], [("auc", 0.75)], [("loss", 3), ("extra", 9), ("auc", 1)],
        ]
        let outcome = try #require(
            try RepeatTraining.run(request, repeats: 3) { _, index in
                RepeatTraining.Repeat(run: "r\(index)", measures: brought[index])
            })
        let values = Dictionary(outcome.measures.map { ($0.name, $0.statistics.values) }) { $1 }
        #expect(values == ["loss": [1, 3], "auc": [0.5, 0.75, 1], "extra": [9]])
        request.seed = .max
        #expect(
            project.code {
                _ = try RepeatTraining.run(request, repeats: 2) { _, _ in RepeatTraining.Repeat(run: "", measures: []) }
            } == "train.seed")
    }

    @Test("an interrupted repeat goes on only with the weights that it began with, a killed one too")
    func weights() throws {
        let project = try TestProject(), registry = try project.session.registry()
        func request(_ initial: String?) -> TrainModel.Request {
            var request = TrainModel.Request(
                config: project.recipe, features: project.features, output: project.file("out/series"))
            (request.threads, request.initialWeights) = (1, initial)
            return request
        }
        var steps = 0
        #expect(throws: CancellationError.self) {
            _ = try TrainConfiguration.run(
                request("m/1"), repeats: 1, session: project.session,
                shouldStop: {
                    steps += 1
                    return steps > 3
                })
        }
        let begun = try #require(try registry.runs(limit: 1).first)
        #expect(begun.status == .interrupted)
        func goesOn(_ initial: String?) throws -> Bool {
            guard
                case .series(let series, _) = try TrainConfiguration.run(
                    request(initial), repeats: 1, session: project.session)
            else { return false }
            return series.runs == [begun.id]
        }
        #expect(try !goesOn(nil), "it began with other weights")
        try registry.resume(run: begun.id)
        #expect(try registry.run(begun.id).status == .running, "as a process that was killed leaves it")
        #expect(try goesOn("m/1"))
    }

    @Test("seeds follow one another from the recipe's, each in a directory and under a name of its own")
    func series() throws {
        let project = try TestProject(.features)
        var request = TrainModel.Request(
            config: project.recipe, features: project.features, output: project.file("out/series"))
        request.threads = 1
        var told: [String] = []
        let outcome = try TrainConfiguration.run(
            request, repeats: 2, session: project.session,
            report: { event in
                switch event {
                case .repeatBegan(let number, let count, let seed): told.append("\(number) of \(count): seed \(seed)")
                case .modelBegan(_, let parameters, let multiplyAdds, let threads):
                    told.append("\(parameters) parameters, \(multiplyAdds) multiply-adds, \(threads) thread")
                case .modelEnded(let model): told.append("\(model.history.count) epochs")
                default: break
                }
            })
        guard case .series(let series, let isPolicy) = outcome else {
            Issue.record("found no series")
            return
        }
        let one = "7 parameters, 6 multiply-adds, 1 thread"
        #expect(told == ["1 of 2: seed 1", one, "3 epochs", "2 of 2: seed 2", one, "3 epochs"] && !isPolicy)
        #expect(series.directories == ["seed-1", "seed-2"].map { project.file("out/series/\($0)") })
        let registry = try project.session.registry()
        #expect(try series.runs.map { try registry.run($0).name } == ["tiny seed 1", "tiny seed 2"])
        #expect(try series.runs.map { try registry.run($0).seed } == [1, 2])
        // The measure of a repeat is that of its best epoch, which its run has on record.
        let loss = try #require(series.measures.first(where: { $0.name == "loss" })).statistics
        #expect(try loss.values == series.runs.map { try registry.latestMetrics(run: $0)["best.val.loss"] ?? .nan })
        #expect(try RepeatTraining.directories(project.file("out/series")) == series.directories)
        #expect(try project.json("out/series/repeats.json")[key: "runs"]?.listValue?.count == 2)

        let evaluated = try EvaluateModel.runRepeats(
            models: series.directories, features: project.features, strategy: project.strategy,
            output: project.file("out/evaluated"), threads: 1, session: project.session)
        let logLoss = try #require(evaluated.measures.first(where: { $0.name == "log_loss" })).statistics
        let each = try ["seed-1", "seed-2"].map {
            try project.json("out/evaluated/\($0)/metrics.json")[key: "test"]?[key: "log_loss"]?.doubleValue
        }
        #expect(logLoss.values == each)
        let written = try project.json("out/evaluated/repeats.json")
        #expect(written[key: "test"]?[key: "log_loss"]?[key: "mean"]?.doubleValue == logLoss.mean)
        #expect(written[key: "baseline"]?[key: "log_loss"]?.doubleValue == evaluated.baseline["log_loss"])
    }

    @Test("a directory without a series stands for itself; a series that names nothing is refused")
    func directories() throws {
        let project = try TestProject(.empty), directory = project.file("out/x")
        #expect(try RepeatTraining.directories(directory) == [directory])
        for text in [#"{"schemaVersion": 1}"#, #"{"directories": []}"#, #"{"directories": [1]}"#] {
            try project.write(text, to: "out/x/repeats.json")
            #expect(project.code { _ = try RepeatTraining.directories(directory) } == "evaluate.format")
        }
        try project.write(#"{"directories": ["seed-4"]}"#, to: "out/x/repeats.json")
        #expect(try RepeatTraining.directories(directory) == ["\(directory)/seed-4"])
    }

    @Test("a training that is stopped ends as interrupted, and says after which epoch")
    func stopped() throws {
        let project = try TestProject(.features)
        var request = TrainModel.Request(
            config: project.recipe, features: project.features, output: project.file("out/m"))
        request.threads = 1
        var told: [String] = []
        #expect(throws: CancellationError.self) {
            try TrainConfiguration.run(
                request, session: project.session, shouldStop: { true },
                report: { event in
                    if case .stopped(_, let after) = event { told.append(after) }
                })
        }
        #expect(told == ["epoch 0"])
        let run = try project.session.registry().run("latest")
        #expect(run.status == .interrupted && !Paths.exists(project.file("out/m/run.json")))
        #expect(Paths.exists(project.session.checkpointPath(run: run.id)))
        // It resumes where it stopped, and gives the weights of a training that was never stopped.
        request.resume = run.id
        guard case .model(let model, _) = try TrainConfiguration.run(request, session: project.session) else {
            Issue.record("found no model")
            return
        }
        #expect(model.run == run.id && model.history.count == 3)
        #expect(!Paths.exists(project.session.checkpointPath(run: run.id)))
        (request.resume, request.output) = (nil, project.file("out/whole"))
        #expect(try TrainModel.run(request, session: project.session).weights == model.weights)
        request.resume = run.id
        #expect(project.code { _ = try TrainModel.run(request, session: project.session) } == "train.finished")
    }

    @Test("a report that fails does not end a training under way, and fails once it is over")
    func failingReport() throws {
        let project = try TestProject(.features)
        var request = TrainModel.Request(
            config: project.recipe, features: project.features, output: project.file("out/m"))
        request.threads = 1
        let code = project.code {
            _ = try TrainConfiguration.run(
                request, session: project.session, report: { _ in throw Failure("test.report", "x") })
        }
        #expect(code == "test.report")
        #expect(try project.session.registry().run("latest").status == .finished)
        #expect(Paths.exists(project.file("out/m/run.json")))
    }
}
