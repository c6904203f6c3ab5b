import Basics
import Registry
import TestSupport
import Testing

/// Evaluations on record: which is the test, what later ones leave alone, and what earlier schemas had.
@Suite struct EvaluationTests {
    private let directory: TemporaryDirectory
    private let registry: RegistryDatabase
    private let run: RunRecord

    init() throws {
        directory = try TemporaryDirectory()
        registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        run = RegistryTests.run()
        try registry.start(run, parameters: [])
    }

    private func evaluation(
        _ samples: String = "s1", strategy: String = "t1", ic: Double = 0.1, run: String? = nil
    ) -> EvaluationRecord {
        var record = EvaluationRecord(run: run ?? self.run.id, role: .other)
        (record.features, record.sampleSet, record.strategy) = ("f", samples, strategy)
        (record.samples, record.instruments, record.predictions) = (7, ["A", "B"], "p-\(samples)-\(strategy)")
        (record.metrics, record.baseline) = (["ic": ic], ["ic": 0])
        return record
    }

    @Test("the first on the test span is the test; nothing later overwrites it, and the same again is the same")
    func roles() throws {
        let other = try registry.record(evaluation("s0"), isTestSpan: false)
        let test = try registry.record(evaluation(), isTestSpan: true)
        let again = try registry.record(evaluation(), isTestSpan: true)
        let free = try registry.record(evaluation(strategy: "t2", ic: 0.9), isTestSpan: true)
        #expect([other, test, free].map(\.role) == [.other, .test, .other] && again == test)
        #expect([other, test, free].map(\.sequence) == [1, 2, 3])
        #expect([other, test, free].map(\.name) == ["evaluation 1", "test", "evaluation 3"])
        #expect(try registry.evaluations(run: run.id) == [other, test, free])
        #expect(try registry.latestMetrics(run: run.id) == ["test.ic": 0.1, "baseline.ic": 0])
        #expect(try registry.artefacts(run: run.id).map(\.digest) == ["p-s1-t1"])
        #expect(try registry.test(of: run.id) == test)
        #expect(try registry.evaluation(String(free.id.prefix(8))) == free)
        #expect(try registry.evaluation("zzzzzz") == nil)
    }

    @Test("a later evaluation is sealed with its run, and one that is altered shows")
    func seal() throws {
        try registry.finish(run: run.id, status: .finished)
        _ = try registry.record(evaluation(), isTestSpan: true)
        #expect(try registry.verify() == [])
    }

    @Test("groups of runs are those of one sample set, and in money of one strategy")
    func groups() throws {
        for (samples, strategy) in [("s1", "t1"), ("s1", "t2"), ("s2", "t1")] {
            let other = RegistryTests.run()
            try registry.start(other, parameters: [])
            _ = try registry.record(evaluation(samples, strategy: strategy, run: other.id), isTestSpan: true)
        }
        let all = try FilterExpression("")
        let plain = try registry.sampleGroups(all, metric: "test.ic", role: .test, by: .nothing)
        #expect(plain.map(\.sampleSet) == ["s1", "s2"] && plain.map(\.runs) == [2, 1])
        #expect(try registry.sampleGroups(all, metric: "test.ic", role: .test, by: .evaluation).count == 3)
        #expect(try registry.sampleGroups(all, metric: "test.x", role: .test, by: .nothing).isEmpty)
        let one = try FilterExpression("attributes.samples LIKE 's2%'")
        #expect(try registry.count(one) == 1 && registry.search(one).count == 1)
        #expect(try registry.count(all) == 4)
    }

    @Test("what a run began with is kept, and replaced when it goes on")
    func start() throws {
        #expect(try registry.start(of: run.id) == nil)
        let start = RegistryDatabase.RunStart(
            span: .map(["a": .int(1)]), start: .map(["output": .string("out"), "initial": .null]))
        try registry.setStart(start, run: run.id)
        #expect(try registry.start(of: run.id) == start)
        try registry.setStart(RegistryDatabase.RunStart(span: .null, start: .map([])), run: run.id)
        #expect(try registry.start(of: run.id)?.span.isNull == true)
    }
}
