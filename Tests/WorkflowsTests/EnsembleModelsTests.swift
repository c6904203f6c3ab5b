import Backtesting
import Basics
import Registry
import Testing
import Workflows

/// Several models as one.
@Suite struct EnsembleModelsTests {
    private func scores(_ project: TestProject, _ evaluation: String) throws -> [Double] {
        try PredictionFile.read(project.file("\(evaluation)/predictions.safetensors")).predictions.bars.map(\.score)
    }

    @Test("it answers with the mean of its members' probabilities, is a run of its own and descends from both")
    func mean() throws {
        let project = try TestProject(), output = project.file("out/both")
        let made = try EnsembleModels.run(
            [project.model(1), project.model(2)], name: "pair", output: output, session: project.session)
        #expect(made.members == 2)
        _ = try EvaluateModel.run(
            model: output, features: project.features, strategy: project.strategy, output: "\(output)/evaluation",
            threads: 1, session: project.session)
        let members = try (1...2).map { try scores(project, "out/m\($0)/evaluation") }
        let both = try scores(project, "out/both/evaluation")
        #expect(both.count == members[0].count && members[0] != members[1])
        for (index, score) in both.enumerated() {
            // Probabilities are float32, and pass through a logit and back.
            #expect(abs(score - (members[0][index] + members[1][index]) / 2) < 1e-6, "sample \(index)")
        }
        let registry = try project.session.registry(), run = try registry.run(made.run)
        #expect(run.name == "pair" && run.kind == .ensemble && run.status == .finished)
        let parents = try registry.lineage(of: "run:\(made.run)", downstream: false).edges
            .filter { $0.target == "run:\(made.run)" }.compactMap(\.sourceName)
        #expect(parents.map { $0.prefix(6) }.sorted() == ["seed 1", "seed 2"])
    }

    @Test("an ensemble that cannot be written ends as failed, not as under way for ever")
    func failed() throws {
        let project = try TestProject()
        try project.write("a file", to: "out/taken")
        #expect(throws: (any Error).self) {
            try EnsembleModels.run(
                [project.model(1), project.model(2)], name: "pair", output: project.file("out/taken"),
                session: project.session)
        }
        let run = try #require(try project.session.registry().runs(limit: 1).first)
        #expect(run.kind == .ensemble && run.status == .failed)
    }

    @Test(
        "members that saw another input are refused: window, split, scaling, features",
        arguments: [
            ("window", JSONValue.int(4)), ("split.test", .double(0.25)), ("split.validation", .double(0.2)),
            ("unscaled", .strings(["body"])),
        ])
    func differ(_ key: String, _ value: JSONValue) throws {
        let project = try TestProject()
        var request = TrainModel.Request(
            config: project.recipe, features: project.features, output: project.file("out/other"))
        request.overrides = [(key, value)]
        request.threads = 1
        _ = try TrainModel.run(request, session: project.session)
        for pair in [[project.model(1), request.output], [request.output, project.model(1)]] {
            #expect(
                project.code {
                    _ = try EnsembleModels.run(
                        pair, name: nil, output: project.file("out/both"), session: project.session)
                } == "ensemble.differ")
        }
    }

    @Test("one model is no ensemble")
    func one() throws {
        let project = try TestProject()
        #expect(
            project.code {
                _ = try EnsembleModels.run(
                    [project.model(1)], name: nil, output: project.file("out/both"), session: project.session)
            } == "ensemble.members")
    }
}
