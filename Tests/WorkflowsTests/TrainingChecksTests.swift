import Basics
import Features
import Foundation
import ModelBundles
import NeuralNetworks
import Registry
import Tensors
import Testing
import Workflows

/// Tables and splits that nothing can be learned from are refused or named.
@Suite struct TrainingChecksTests {
    private let project: TestProject

    init() throws { project = try TestProject(.features) }

    private func train(
        _ change: (inout FeatureTable) throws -> Void = { _ in }, overrides: [(String, JSONValue)] = []
    ) throws -> [String] {
        var table = try FeatureTable.read(project.features)
        try change(&table)
        try table.write(to: project.file("changed.safetensors"))
        var request = TrainModel.Request(
            config: project.recipe, features: project.file("changed.safetensors"), output: project.file("out/changed"))
        (request.overrides, request.threads) = (overrides, 1)
        var warnings: [String] = []
        _ = try TrainModel.run(request, session: project.session, warned: { warnings.append($0) })
        // Every training here replaces the one before it, and says so.
        return warnings.filter { !$0.contains("which this run will replace") }
    }

    private func changed(_ table: FeatureTable, _ change: (Int, Int, Float) -> Float) -> Column<Float> {
        let values = Array(table.values), width = table.width
        return Column(values.indices.map { change($0 / width, $0 % width, values[$0]) })
    }

    @Test(
        "NaN and infinity, in a feature or a label, are named with row, instrument and time",
        arguments: [Float.nan, .infinity])
    func undefined(value: Float) throws {
        let error = #expect(throws: Failure.self) {
            try train { table in
                table.values = changed(table) { row, feature, old in feature == 1 && row == 500 ? value : old }
            }
        }
        let table = try FeatureTable.read(project.features)
        #expect(error?.code == "features.undefined")
        for part in ["'\(table.featureNames[1])'", TimeText.utc(table.time[500]), "row 500"] {
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
        #expect(
            project.code {
                _ = try train { $0.forwardReturn = Column($0.forwardReturn.map { _ in Double.infinity }) }
            } == "features.undefined")
    }

    @Test("a test span of one class is named, and trained all the same")
    func oneClassTested() throws {
        let warnings = try train { table in
            let times = Set(table.time).sorted(), late = times[times.count * 4 / 5 - 10]
            let falling = (0..<table.rowCount).map { row in
                table.forwardReturn[row].isNaN || table.time[row] < late ? table.forwardReturn[row] : -0.01
            }
            table.forwardReturn = Column(falling)
        }
        #expect(warnings.contains { $0.hasPrefix("found the target 0.0 in all ") && $0.contains("test windows") })
        #expect(try train().isEmpty)
    }

    @Test("a label that ends before its row, or at its own bar, would escape purging", arguments: [1, 0])
    func labelEnds(before: Nanoseconds) throws {
        #expect(
            project.code {
                _ = try train { table in table.labelEnd = Column(table.time.map { $0 - before }) }
            } == "features.undefined")
    }

    @Test("one sample, one class, and constant features")
    func nothingToLearn() throws {
        #expect(project.code { _ = try train(overrides: [("trainingStride", .int(1_000_000))]) } == "train.one-sample")
        #expect(
            project.code {
                _ = try train { $0.forwardReturn = Column($0.forwardReturn.map { $0.isNaN ? $0 : 0 }) }
            } == "train.one-target")
        #expect(project.code { _ = try train { $0.values = changed($0) { _, _, _ in 0.1 } } } == "train.constant")
        let name = try FeatureTable.read(project.features).featureNames[1]
        let warnings = try train { table in
            table.values = changed(table) { _, feature, old in feature == 1 ? 0.1 : old }
        }
        #expect(warnings.count == 1 && warnings[0].contains("'\(name)'"))
        // A tenth is no float: rounding in the mean must not become a deviation.
        let scaler = try ModelFile.read(project.file("out/changed/model.safetensors")).spec.scaler
        #expect(scaler.inverseDeviation[1] == 1 && abs(scaler.mean[1] - 0.1) < 1e-7)
        #expect(try train().isEmpty)
    }

    @Test("a model that cannot be read or says NaN is not registered")
    func register() throws {
        let project = try TestProject(), registry = try project.session.registry()
        var model = try ModelFile.read(project.model(1) + "/model.safetensors")
        let weights = FloatBuffer(count: model.network.parameterCount)
        weights.pointer.update(from: model.parameters.pointer, count: model.network.parameterCount)
        weights.pointer[0] = .nan
        model.parameters = weights
        let path = project.file("nan.safetensors")
        try model.write(to: path)
        let run = try registry.version("m/1").run, stored = try project.session.artefacts.add(path)
        try registry.addArtefact(run: run, name: .model, digest: stored.digest, size: stored.size)
        #expect(
            project.code { _ = try RegisterModel.run(run, name: "n", output: nil, session: project.session) }
                == "register.unusable")
        #expect(project.code { _ = try registry.version("n/1") } != nil)
    }

    @Test(
        "a table that stays empty says which feature is never defined, and why",
        arguments: [
            ("inf: exp(1000 * close)", "'inf' (exp(1000 * close)) is no finite number in all"),
            ("zero: 1 / (close - close)", "'zero' (1 / (close - close)) is no finite number in all"),
            ("slow: mean(close, 500)", "'slow' needs 500 bars that follow each other, and the longest stretch has"),
        ])
    func empty(feature: String, reason: String) throws {
        let spec = "schemaVersion: 1\nfeatures:\n  r: log(close / open)\n  \(feature)\nlabel: {kind: return}\n"
        try project.write(spec, to: "never.yaml")
        let error = #expect(throws: Failure.self) {
            try BuildFeatures.run(
                spec: project.file("never.yaml"), data: project.market, market: project.file("market.yaml"),
                quality: nil, output: project.file("never.safetensors"), threads: 1, session: project.session)
        }
        #expect(error?.code == "features.empty" && error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
}
