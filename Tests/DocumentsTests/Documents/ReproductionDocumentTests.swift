import Basics
import Documents
import TestSupport
import Testing
import Workflows

@Suite struct ReproductionDocumentTests {
    private func text(_ stages: Int) throws -> [String] {
        let directory = try TestRepository()
        _ = try InitializeWorkspace.run(directory.path, program: "/opt/hftml", environment: [:])
        let lines = (0..<stages).map { "  s\($0): {run: touch o\($0), outs: [o\($0)]}\n" }
        try directory.write("stages:\n" + lines.joined(), to: "pipeline.yaml")
        return try (0..<2).map { _ in
            let outcome = try ReproducePipelines.run(
                ReproducePipelines.Request(
                    [.init(typed: directory.path, path: directory.path)],
                    environment: ["PATH": "/usr/bin:/bin", "HOME": directory.path]), report: { _ in })
            return ReproductionDocument(outcome, isDryRun: false).text(TextStyle(width: nil)).replacing(
                directory.path, with: "p")
        }
    }

    @Test("one is one, and several are several")
    func numbers() throws {
        let one = try text(1), two = try text(2)
        #expect(one[0].hasPrefix("p: 1 stage run, 0 restored, 0 up to date in "))
        #expect(one[1].hasPrefix("p: nothing to do, its one stage is up to date ("))
        #expect(two[0].hasPrefix("p: 2 stages run, 0 restored, 0 up to date in "))
        #expect(two[1].hasPrefix("p: nothing to do, all 2 stages are up to date ("))
    }

    @Test("where there are no plots, the text says how they are stated")
    func noPlots() {
        #expect(PlotsDocument([]).text(TextStyle(width: nil)).contains("plots: [{loss.csv: {x: epoch, y: loss}}]"))
    }
}
