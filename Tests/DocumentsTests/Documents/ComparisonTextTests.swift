import Basics
import Documents
import Testing
import Workflows

/// What a comparison says differs, short enough to be read.
@Suite struct ComparisonTextTests {
    @Test("many layers are one row, digests have eight digits; the document has all of both")
    func differences() throws {
        let project = try TestProject()
        var outcome = try CompareModels.run("m/1", "m/2", strategy: nil, session: project.session)
        let digest = String(repeating: "0123456789abcdef", count: 4)
        outcome.parameterDifferences = [(key: "initial.weights", a: digest, b: nil)]
        for number in 0..<10 {
            outcome.parameterDifferences.append((key: "layers.\(number).layer", a: "conv1d", b: "lstm"))
            outcome.parameterDifferences.append((key: "layers.\(number).units", a: nil, b: "16"))
        }
        let document = ComparisonDocument(outcome), text = document.text(.plain)
        #expect(!text.contains("layers.3") && text.contains("layers (20 differ)"))
        #expect(text.contains("10 values: conv1d, conv1d") && text.contains("20 values: lstm, lstm"))
        #expect(!text.contains(digest) && text.contains(" 01234567"))
        #expect(document.json[key: "parameters"]?.listValue?.count == 21)
        outcome.parameterDifferences = [(key: "layers.0.units", a: "8", b: "16")]
        #expect(ComparisonDocument(outcome).text(.plain).contains("layers.0.units"))
    }

    @Test("a test that is no evidence is marked in the list of runs")
    func evidence() throws {
        let project = try TestProject(), session = project.session
        let all = try ReadRuns.listing(ReadRuns.Query(), session: session)
        #expect(!RunListDocument(all).text(.plain).contains("no evidence"))
        // It learns from the last fifth but a twentieth, which is what m/1 and m/2 are tested on.
        func train(_ name: String, _ overrides: [(String, JSONValue)], initial: String? = nil) throws -> [String] {
            var warnings: [String] = []
            var request = TrainModel.Request(
                config: project.recipe, features: project.features, output: project.file("out/\(name)"))
            (request.name, request.threads, request.overrides, request.initialWeights) = (name, 1, overrides, initial)
            _ = try TrainModel.run(request, session: session, warned: { warnings.append($0) })
            return warnings
        }
        #expect(try train("late", [("split.test", .double(0.05))]).isEmpty)
        let warnings = try train("child", [], initial: project.file("out/late"))
        #expect(warnings.count == 1 && warnings[0].contains("the test of this run will be no evidence"))
        _ = try EvaluateModel.run(
            model: project.file("out/child"), features: project.features, strategy: project.strategy,
            output: project.file("out/child/evaluation"), threads: 1, session: session)
        let text = RunListDocument(try ReadRuns.listing(ReadRuns.Query(), session: session)).text(.plain)
        #expect(text.contains("! marks 1 test that is no evidence") && text.contains(" % !"))
    }
}
