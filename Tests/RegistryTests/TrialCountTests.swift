import Basics
import Registry
import TestSupport
import Testing

/// How many trials there were is a question about raw data, whatever was made of them and whatever it was called.
@Suite struct TrialCountTests {
    private let directory: TemporaryDirectory
    private let registry: RegistryDatabase

    init() throws {
        directory = try TemporaryDirectory()
        registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
    }

    private func raw(_ id: String, path: String) -> LineageNode {
        LineageNode(.rawData, id: id, label: path, attributes: [.path: path])
    }

    private func features(_ id: String) -> LineageNode { LineageNode(.features, id: id, label: id) }

    @discardableResult
    private func train(_ experiment: String, on data: String, kind: RunKind = .train, count: Int = 1) throws
        -> RunRecord
    {
        var last = RegistryTests.run()
        for _ in 0..<count {
            last = RegistryTests.run()
            (last.experiment, last.dataDigest, last.kind) = (experiment, data, kind)
            try registry.start(last, parameters: [])
        }
        return last
    }

    @Test("one dropped feature and a new experiment do not begin anew")
    func rawData() throws {
        // Bars, from which three tables were made; one of them with a quality report. Another data set beside.
        let bars = raw("md5:bars", path: "Data/bars"), other = raw("md5:other", path: "Data/other")
        for name in ["a", "b", "c"] {
            try registry.link([bars, LineageNode(.featureSpec, id: "spec:\(name)", label: name)], to: features(name))
        }
        try registry.link([other, LineageNode(.featureSpec, id: "spec:a", label: "a")], to: features("d"))
        try train("first", on: "a", kind: .trial, count: 170)
        try train("second", on: "b")
        try train("elsewhere", on: "d", count: 7)
        let own = try train("third", on: "c"), count = try registry.trialCount(beside: own)
        #expect(count.trainings == 172 && count.featureSets == 3 && count.trials == 172)
        #expect(count.summary == "172 trainings on these data (by raw files, source or shared samples), 3 feature sets")
        // The same specification on other data is no family; nor is the commit that all runs have.
        let stranger = try train("fourth", on: "d")
        try registry.link(
            [features("d"), LineageNode(.code, id: "git:1", label: "c")], to: .init(.run, id: "run:1", label: "r"))
        try registry.link(
            [features("c"), LineageNode(.code, id: "git:1", label: "c")], to: .init(.run, id: "run:2", label: "r"))
        #expect(try registry.trialCount(beside: stranger).trainings == 8)
    }

    @Test("a later state of the files in the same place is the same raw data; without lineage a table is its own")
    func places() throws {
        try registry.link([raw("md5:monday", path: "Data/bars")], to: features("a"))
        try registry.link([raw("md5:tuesday", path: "Data/bars")], to: features("b"))
        try train("x", on: "a", count: 3)
        #expect(try registry.trialCount(beside: try train("y", on: "b")).trainings == 4)
        try train("z", on: "lost")
        let own = try train("w", on: "lost")
        #expect(try registry.trialCount(beside: own).trainings == 2)
    }

    @Test("deleted, failed, interrupted and pruned runs count, checks of other kinds do not")
    func endings() throws {
        let own = try train("x", on: "a")
        for status in [RunRecord.Status.failed, .interrupted, .pruned, .finished] {
            try registry.finish(run: try train("y", on: "a").id, status: status)
        }
        let gone = try train("y", on: "a")
        try registry.delete(.run(gone.id), reason: "did not work")
        try train("checks", on: "a", kind: .crossValidation)
        let count = try registry.trialCount(beside: own)
        #expect(count.trainings == 6 && count.featureSets == 1)
        #expect(count.summary == "6 trainings on these data (by raw files, source or shared samples), 1 feature set")
    }

    @Test("a strategy is known by the first file that said the same")
    func spellings() throws {
        #expect(try registry.strategyDigest(meaning: "m", file: "f1") == "f1")
        #expect(try registry.strategyDigest(meaning: "m", file: "f2") == "f1")
        #expect(try registry.strategyDigest(meaning: "n", file: "f3") == "f3")
    }

    @Test("a strategy that judges now counts, as one more only where the model met another")
    func strategies() throws {
        let own = try train("x", on: "a"), count = try registry.trialCount(beside: own, judgedBy: "s1")
        #expect(count.strategies == 1 && count.trials == 1)
        #expect(
            count.summary
                == "1 training on these data (by raw files, source or shared samples), 1 feature set, 1 strategy")
    }

    /// Two instruments over hours 0 to 100, unless said otherwise.
    private func ground(
        _ names: [String] = ["AAPL", "MSFT"], hours: ClosedRange<Int64> = 0...100, source: String = "",
        marks: [Int64] = []
    ) -> DataGround {
        let hour: Int64 = 3_600_000_000_000
        return DataGround(
            source: source,
            stretches: names.map {
                .init(instrument: $0, first: hours.lowerBound * hour, last: hours.upperBound * hour)
            }, marks: marks)
    }

    @Test(
        "tables of one source, of shared instruments and times, or of shared samples are the same ground",
        arguments: [
            // The same files decompressed; one ticker dropped; a table that Python saved again; other names.
            (["AAPL", "MSFT"], 0...100, "", [], true), (["MSFT"], 0...100, "", [], true),
            (["X"], 5000...5100, "bars", [], true), (["X"], 0...100, "", [1, 2, 3, 9], true),
            // A day more is no new data, and so is a twentieth of it.
            (["AAPL"], 90...300, "", [], true),
            // Other tickers, later data, a common edge, a chance meeting of two hashes.
            (["GOOG"], 0...100, "", [], false), (["AAPL", "MSFT"], 101...200, "", [], false),
            (["AAPL", "MSFT"], 98...198, "", [], false), (["X"], 0...100, "other", [1, 2, 9], false),
        ] as [([String], ClosedRange<Int64>, String, [Int64], Bool)])
    func sameGround(_ names: [String], _ hours: ClosedRange<Int64>, _ source: String, _ marks: [Int64], _ isSame: Bool)
        throws
    {
        try train("before", on: "a", kind: .trial, count: 45)
        try registry.record(ground(source: "bars", marks: [1, 2, 3, 4]), of: "a")
        try registry.record(ground(names, hours: hours, source: source, marks: marks), of: "b")
        let count = try registry.trialCount(beside: try train("after", on: "b"))
        #expect(count.trainings == (isSame ? 46 : 1))
        #expect(try registry.hasGround(of: "b") && !registry.hasGround(of: "c"))
    }

    @Test("what evaluations of before say of their tables is taken over")
    func oldEvaluations() throws {
        let run = try train("before", on: "a")
        var record = EvaluationRecord(run: run.id, role: .validation)
        (record.features, record.instruments, record.from, record.until) = ("a", ["AAPL"], 0, 1000)
        _ = try registry.record(record, isTestSpan: false)
        try registry.record(ground(["AAPL"], hours: 0...1), of: "b")
        #expect(try registry.trialCount(beside: try train("after", on: "b")).trainings == 1)
        // As a registry of schema 6 is opened.
        let path = directory.file("r.sqlite")
        let made = try RunProgram.run(
            "/usr/bin/env",
            [
                "sqlite3", path,
                "DROP TABLE ground; DROP TABLE ground_mark; DROP TABLE carried_trial; DROP INDEX run_by_data; "
                    + "DELETE FROM grdb_migrations WHERE identifier = '7-ground'",
            ], in: directory.path)
        #expect(made.status == 0, "\(made.errors)")
        let again = try RegistryDatabase(path, actor: "tests")
        #expect(try again.trialCount(beside: run).trainings == 1)
        let later = DataGround(
            source: "", stretches: [.init(instrument: "AAPL", first: 500, last: 2000)], marks: [])
        try again.record(later, of: "c")
        var other = RegistryTests.run()
        (other.experiment, other.dataDigest, other.kind) = ("late", "c", .train)
        try again.start(other, parameters: [])
        #expect(try again.trialCount(beside: other).trainings == 2)
    }

    @Test("a search's trial that failed before anything was measured is no chance; one that showed a number is")
    func failedTrials() throws {
        let own = try train("x", on: "a")
        let silent = try train("y", on: "a", kind: .trial), measured = try train("y", on: "a", kind: .trial)
        try registry.log([MetricValue("val.loss", 0.5)], run: measured.id)
        for run in [silent, measured] { try registry.finish(run: run.id, status: .failed) }
        #expect(try registry.trialCount(beside: own).trainings == 2)
    }
}
