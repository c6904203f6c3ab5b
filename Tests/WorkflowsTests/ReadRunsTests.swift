import Basics
import Foundation
import Registry
import Testing
import Workflows

/// Runs, listed, shown and marked by people.
@Suite struct ReadRunsTests {
    private let project: TestProject

    init() throws { project = try TestProject() }

    private func names(_ change: (inout ReadRuns.Query) -> Void) throws -> [String] {
        var query = ReadRuns.Query()
        change(&query)
        return try ReadRuns.list(query, session: project.session).map(\.run.name)
    }

    @Test("newest first, by pages, or as a query orders and filters")
    func lists() throws {
        #expect(try names { _ in } == ["seed 2", "seed 1"])
        #expect(try names { $0.limit = 1 } == ["seed 2"] && names { ($0.limit, $0.offset) = (1, 1) } == ["seed 1"])
        #expect(try names { $0.limit = -1 }.isEmpty)
        #expect(try names { $0.offset = -3 } == ["seed 2", "seed 1"])
        #expect(try names { $0.experiment = "other" }.isEmpty)
        #expect(try names { $0.filter = "params.training.seed = '1'" } == ["seed 1"])
        let entries = try ReadRuns.list(ReadRuns.Query(), session: project.session)
        let losses = entries.compactMap { entry in entry.contents.metrics.first { $0.key == "test.log_loss" }?.value }
        #expect(losses.count == 2)
        let order = losses[0] < losses[1] ? ["seed 2", "seed 1"] : ["seed 1", "seed 2"]
        #expect(try names { $0.order = ["metrics.test.log_loss ASC"] } == order)
        #expect(try names { $0.order = ["metrics.test.log_loss DESC"] } == order.reversed())
    }

    @Test(
        "measures that work made by its own rules make an order in one study or strategy on one table only",
        arguments: ["objective.ic", "trial.loss", "paths.median_sharpe_daily", "selection.return", "val.sharpe_daily"])
    func ownWork(_ metric: String) throws {
        let registry = try project.session.registry(), first = try registry.run("seed 1")
        func run(_ name: String, data: String, strategy: String) throws {
            var record = first
            (record.id, record.name, record.dataDigest) = (RunRecord.newID(), name, data)
            try registry.start(record, parameters: [("strategy", strategy)])
            try registry.log([MetricValue(metric, Double(name.utf8.count))], run: record.id)
        }
        let order = ["metrics.`\(metric)` DESC"]
        try run("one", data: "sha256:a", strategy: "s")
        try run("three", data: "sha256:a", strategy: "s")
        #expect(try names { $0.order = order }.prefix(2) == ["three", "one"])
        try run("four", data: "sha256:a", strategy: "t")
        #expect(project.code { _ = try names { $0.order = order } } == "runs.samples")
        #expect(try names { ($0.order, $0.filter) = (order, "params.strategy = 's'") } == ["three", "one"])
        try run("elsewhere", data: "sha256:b", strategy: "s")
        #expect(
            project.code { _ = try names { ($0.order, $0.filter) = (order, "params.strategy = 's'") } }
                == "runs.samples")
    }

    @Test("one run with its files and its loss by epoch; curves of what has more than one value")
    func shows() throws {
        let details = try ReadRuns.show("seed 1", session: project.session)
        #expect(Set(details.artefacts.map(\.name)) == [.model, .predictions] && details.validationLoss.count == 3)
        #expect(
            try details.validationLoss.min() == project.json("out/m1/run.json")[key: "validationLoss"]?.doubleValue)
        let (runs, curves) = try ReadRuns.curves(["seed 1", "seed 2"], metrics: [], session: project.session)
        #expect(runs.map(\.name) == ["seed 1", "seed 2"] && curves.contains { $0.metric == "val.loss" })
        #expect(curves.allSatisfy { $0.lines.count == 2 && $0.lines.contains { $0.points.count > 1 } })
        #expect(!curves.contains { $0.metric == "best.epoch" })
        let one = try ReadRuns.curves(["seed 1"], metrics: ["best.epoch"], session: project.session).curves
        #expect(one.map(\.metric) == ["best.epoch"] && one[0].lines[0].points.count == 1)
        let error = try #require(throws: Failure.self) {
            try ReadRuns.curves(["seed 1"], metrics: ["val.los"], session: project.session)
        }
        #expect(error.code == "runs.no-metric" && error.hint == "did you mean 'val.loss'?")
    }

    @Test("tags are set and removed; a hidden run comes back, and one that is not hidden is refused")
    func edits() throws {
        let session = project.session
        let tags = try EditRun.tag("seed 1", set: [("note", "x"), ("owner", "ann")], session: session)
        #expect(tags.map { "\($0.key)=\($0.value)" } == ["note=x", "owner=ann"])
        #expect(try EditRun.tag("seed 1", set: [], remove: ["note"], session: session).map(\.key) == ["owner"])
        #expect(try names { $0.filter = "tags.owner = 'ann'" } == ["seed 1"])
        let hidden = try EditRun.delete("seed 1", reason: "a test", session: session)
        #expect(try names { _ in } == ["seed 2"] && names { $0.isDeleted = true } == ["seed 1"])
        let entry = try #require(try ReadAudit.entries(session: session).last)
        #expect(entry.detail.contains("a test") && entry.subject == "run:\(hidden.id)")
        #expect(try EditRun.restore(hidden.id, session: session).name == "seed 1")
        #expect(try names { _ in }.count == 2)
        #expect(project.code { _ = try EditRun.restore(hidden.id, session: session) } == "registry.not-deleted")
    }
}
