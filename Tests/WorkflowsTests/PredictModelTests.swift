import Backtesting
import Basics
import Features
import Foundation
import MarketData
import ModelBundles
import NeuralNetworks
import Registry
import Tensors
import Testing
import Workflows

/// Scores of rows with and without a label, equal to what the runtime would have said.
@Suite struct PredictModelTests {
    private let project: TestProject

    init() throws { project = try TestProject() }

    private func request(_ model: String, _ name: String = "p.csv", span: PredictModel.Span = .all)
        -> PredictModel
        .Request
    {
        var request = PredictModel.Request(model: model, features: project.features, output: project.file(name))
        (request.span, request.threads) = (span, 2)
        return request
    }

    @Test("a run that is named, a version and a directory say which run and weights scored")
    func identity() throws {
        let version = try project.session.registry().version("m/1")
        for reference in ["m/1", version.run, project.model(1), "seed 1"] {
            let outcome = try PredictModel.run(request(reference), session: project.session)
            #expect(outcome.run == version.run && outcome.weights == version.weights, "\(reference)")
        }
    }

    private func rows(_ name: String = "p.csv") throws -> [[String]] {
        try project.read(name).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    @Test("every window of the table is scored, also where the label is not known yet, as the runtime scores bars")
    func all() throws {
        let outcome = try PredictModel.run(request(project.model(1)), session: project.session)
        let table = try FeatureTable.read(project.features),
            model = try ModelFile.read(project.model(1) + "/model.safetensors")
        let ends = WindowedDataset.ends(table, window: model.spec.window, labelled: false)
        let lines = try rows()
        #expect(lines[0] == ["time", "instrument", "score", "target"] && lines.count == ends.count + 1)
        #expect(outcome.rows == ends.count && outcome.labelledRows < outcome.rows && outcome.instruments == 2)
        // The runtime's half of the path: bars in, one window at a time, scored by the streaming model.
        let streaming = StreamingModel(model)
        var live: [String: Double] = [:]
        for path in try BarReader.files(at: project.market) {
            var reader = try BarReader(table.market)
            let bars = try reader.read(path).table
            var stream = try WindowStream(
                spec: model.spec, priceDecimals: bars.priceDecimals, volumeDecimals: bars.volumeDecimals)
            for index in 0..<bars.count {
                guard let window = stream.push(bars[index]).window else { continue }
                streaming.input.update(from: window, count: model.network.input.count)
                live["\(TimeText.utc(bars.time[index])),\(bars.instrument)"] = streaming.score()
            }
        }
        #expect(live.count == ends.count)
        for line in lines.dropFirst() {
            let score = try #require(Double(line[2]))
            #expect(live["\(line[0]),\(line[1])"]?.bitPattern == score.bitPattern)
        }
        for (line, end) in zip(lines.dropFirst(), ends) {
            #expect(line[3].isEmpty == table.move(end).isNaN)
            if !line[3].isEmpty { #expect(Float(line[3]) == model.spec.label.target(table.move(end))) }
        }
    }

    @Test("the tested span, and a time of the exchange; evaluation said the same of the labelled rows")
    func spans() throws {
        let tested = try PredictModel.run(request(project.model(1), span: .test), session: project.session)
        let known = try PredictionFile.read(project.file("out/m1/evaluation/predictions.safetensors")).predictions
        let labelled = try rows().dropFirst().filter { !$0[3].isEmpty }
        #expect(tested.rows > known.count && labelled.count == known.count)
        #expect(labelled.compactMap { Double($0[2]) } == known.bars.map(\.score))
        let last = String(TimeText.utc(tested.last).prefix(10))
        let day = try PredictModel.run(request("m/1", "d.csv", span: .from(last)), session: project.session)
        #expect(day.rows > 0 && day.rows < tested.rows && TimeText.utc(day.first).hasPrefix(last))
        #expect(
            try rows("d.csv").dropFirst().map { $0[2] } == rows().dropFirst().filter { $0[0] >= last }.map { $0[2] })
        #expect(
            project.code { _ = try PredictModel.run(request("m/1", span: .from("noon")), session: project.session) }
                == "predict.empty")
        #expect(
            project.code {
                _ = try PredictModel.run(request("m/1", span: .from("2200-01-01")), session: project.session)
            }
                == "predict.empty")
    }

    @Test("a directory, a version and an ensemble are models; other files than CSV are refused")
    func references() throws {
        _ = try PredictModel.run(request("m/2", "v.csv"), session: project.session)
        _ = try PredictModel.run(request(project.model(2), "d.csv"), session: project.session)
        #expect(try project.read("v.csv") == project.read("d.csv"))
        let both = project.file("out/both")
        _ = try EnsembleModels.run(
            [project.model(1), project.model(2)], name: nil, output: both, session: project.session)
        _ = try PredictModel.run(request(project.model(1), "a.csv"), session: project.session)
        _ = try PredictModel.run(request(both, "e.csv"), session: project.session)
        let (a, b, mean) = (try rows("a.csv"), try rows("d.csv"), try rows("e.csv"))
        for index in mean.indices.dropFirst() {
            let scores = [a, b, mean].compactMap { Double($0[index][2]) }
            #expect(scores.count == 3 && abs((scores[0] + scores[1]) / 2 - scores[2]) < 1e-6)
        }
        #expect(
            project.code { _ = try PredictModel.run(request("m/1", "p.parquet"), session: project.session) }
                == "predict.file")
        #expect(!Paths.exists(project.file("p.parquet")))
    }

    @Test("a table that means something else is refused with what differs", arguments: ["features", "label", "market"])
    func meaning(_ what: String) throws {
        var table = try FeatureTable.read(project.features)
        switch what {
        case "features":
            let names = table.spec.features
            table.spec.features = [names[1], names[0]] + names.dropFirst(2)
        case "label": table.label.horizon = 6
        default: table.market.interval *= 3
        }
        let path = project.file("other.safetensors")
        try table.write(to: path)
        var request = request("m/1")
        request.features = path
        #expect(
            project.code { _ = try PredictModel.run(request, session: project.session) } == "evaluate.other-\(what)")
        #expect(
            project.code {
                _ = try EvaluateModel.run(
                    model: project.model(1), features: path, strategy: project.strategy,
                    output: project.file("out/again"), threads: 1, session: project.session)
            } == "evaluate.other-\(what)")
        #expect(!Paths.exists(project.file("p.csv")))
    }
}
