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
        #expect(count.summary == "172 trainings on these data, 3 feature sets")
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
        #expect(count.summary == "6 trainings on these data, 1 feature set")
    }

    @Test("a strategy that judges now counts, as one more only where the model met another")
    func strategies() throws {
        let own = try train("x", on: "a"), count = try registry.trialCount(beside: own, judgedBy: "s1")
        #expect(count.strategies == 1 && count.trials == 1)
        #expect(count.summary == "1 training on these data, 1 feature set, 1 strategy")
    }
}
