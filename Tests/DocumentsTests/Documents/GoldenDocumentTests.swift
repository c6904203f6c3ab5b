import Basics
import Documents
import Foundation
import TestSupport
import Testing
import Workflows

/// Keys and types of the documents that trainings, evaluations, comparisons, runs and studies give, as golden files:
/// scripts rely on them.
///
/// - `HFTML_RECORD=1` writes the golden files again, and fails.
@Suite struct GoldenDocumentTests {
    private static func compare(_ document: some Document, with name: String) throws {
        let path = "\(SharedData.repository)/Tests/DocumentsTests/Fixtures/documents/\(name).txt"
        let shape = Shape.of(document)
        #expect(shape.first == "schemaVersion: number", "\(name)")
        if ProcessInfo.processInfo.environment["HFTML_RECORD"] != nil {
            try AtomicFile.write(shape.joined(separator: "\n") + "\n", to: path)
            Issue.record("recorded \(name); look at the difference")
        }
        let golden = Paths.exists(path) ? try FileChunks.text(path).split(separator: "\n").map(String.init) : []
        #expect(!golden.isEmpty, "\(path) is missing")
        let missing = golden.filter { !shape.contains($0) }, new = shape.filter { !golden.contains($0) }
        #expect(missing.isEmpty && new.isEmpty, "\(name): missing \(missing), new \(new)")
    }

    @Test("the document's keys and types are the recorded ones", arguments: SampleDocuments.golden)
    func golden(_ name: String) throws { try Self.compare(try SampleDocuments.named(name), with: name) }

    @Test(
        "the document of a search has its study, what the winner's returns prove, and the model of the best point",
        .enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
    func search() throws {
        let project = try TestProject()
        let config = try project.write(
            """
            schemaVersion: 1
            name: sampled
            train: recipe.yaml
            features: out/features.safetensors
            strategy: strategy.yaml
            objective: {metric: loss}
            sampler: random
            seed: 1
            parameters:
              training.optimizer.learningRate: {float: [0.001, 0.02], scale: log}
              window: {int: [2, 4]}

            """, to: "search.yaml")
        var request = SearchHyperparameters.Request(path: config)
        (request.trials, request.threads, request.program) = (6, 1, RunProgram.hftml)
        let outcome = try SearchAndRefit.run(request, refit: project.file("out/best"), session: project.session)
        let document = SearchDocument(outcome.search, model: outcome.model)
        try Self.compare(document, with: "search")
        try Self.compare(StudyListDocument(try StudyReport.list(session: project.session)), with: "study-list")
        for columns in [60, 80, 200] { try TerminalWidthTests.check(document, columns) }
    }
}
