import Basics
import Features
import Foundation
import Registry
import Testing
import Workflows

/// A summary beside a model is a file that anybody may have written; where the registry knows the run, it counts.
@Suite struct RecordedRunTests {
    private let project: TestProject

    init() throws { project = try TestProject() }

    private func evaluate(on features: String) throws -> EvaluateModel.Outcome {
        try EvaluateModel.run(
            model: project.model(1), features: features, strategy: project.strategy, output: project.file("out/again"),
            threads: 1, session: project.session)
    }

    private func change(_ change: (inout JSONValue) throws -> Void) throws {
        var summary = try project.json("out/m1/run.json")
        try change(&summary)
        try project.write(summary.text(.compact), to: "out/m1/run.json")
    }

    @Test("weights of another run are not measured as those of this one")
    func weights() throws {
        let model = "\(project.model(1))/model.safetensors", other = "\(project.model(2))/model.safetensors"
        try FileManager.default.removeItem(atPath: model)
        try FileManager.default.copyItem(atPath: other, toPath: model)
        let digest = try Digest.sha256(file: model)
        try change { $0[key: "weights"] = .string(digest) }
        #expect(project.code { _ = try evaluate(on: project.features) } == "evaluate.weights")
        #expect(
            project.code {
                _ = try EnsembleModels.run(
                    [project.model(1), project.model(2)], name: nil, output: project.file("out/both"),
                    session: project.session)
            } == "evaluate.weights")
    }

    @Test("the naive forecaster and the place of the test are those on record")
    func baselineAndCut() throws {
        let before = try evaluate(on: project.features).baseline
        try change {
            $0[key: "baseline"] = .list([.double(0.999)])
            $0[key: "testSpan"] = .map(["from": .int(0)])
        }
        #expect(try evaluate(on: project.features).baseline == before)
        var table = try FeatureTable.read(project.features)
        table.source = "others"
        let other = project.file("out/other.safetensors")
        try table.write(to: other)
        let registry = try project.session.registry(), run = try registry.version("m/1").run
        let identity = try #require(try evaluate(on: other).identity)
        #expect(try identity.record.from == registry.test(of: run)?.from)
    }
}
