import Basics
import Features
import MarketData
import ModelBundles
import Registry
import Tensors

/// The stretch of time that a model tests itself on: on other data than its own the test begins there too.
///
/// Markets move together. A share of another table cut anew would test a model on times that it learned from on its own
/// instruments, or leave out times that nobody saw.
struct TestSpan: Sendable, Equatable {
    /// The time of the first tested sample.
    var from: Nanoseconds
    /// The time of the last one; nil where nothing behind it was learned from, so that newer data are tested too.
    var until: Nanoseconds?

    /// A span from its ends.
    init(from: Nanoseconds, until: Nanoseconds? = nil) { (self.from, self.until) = (from, until) }

    /// Of the model that a dataset trains; nil where nothing is tested. O(samples).
    init?(_ dataset: WindowedDataset, split: SplitSpec) {
        let table = dataset.table
        var first = Nanoseconds.max, last = Nanoseconds.min
        for row in dataset.test { (first, last) = (min(first, table.time[row]), max(last, table.time[row])) }
        guard first <= last else { return nil }
        // A fold is followed by the next; behind one cut in time comes nothing but what is new.
        let isOpen =
            split.kind == .time || split.kind == .times
            || !WindowedDataset.ends(table, window: dataset.window).contains { table.time[$0] > last }
        self.init(from: first, until: isOpen ? nil : last)
    }

    /// Nil for anything that is no span, such as one that ends before it begins.
    init?(_ node: JSONValue?) {
        guard let from = node?[key: "from"]?.intValue else { return nil }
        let until = node?[key: "until"]?.intValue
        guard until ?? from >= from else { return nil }
        self.init(from: Nanoseconds(from), until: until.map { Nanoseconds($0) })
    }

    /// Reads back to an equal span.
    var json: JSONValue {
        .map(["from": .int(Int(from))] + (until.map { [("until", .int(Int($0)))] } ?? []))
    }

    /// Where a run's own test lies, by the best that is on record: what the registry keeps, what training wrote
    /// beside the model, the run's test, or where what it learned from ends.
    ///
    /// - Returns: nil where nothing is on record.
    static func of(run: String, summary: TestSpan?, span: LearnedSpan?, registry: RegistryDatabase) throws -> TestSpan?
    {
        let begun = try registry.start(of: run)
        if let recorded = TestSpan(begun?.start[key: "testSpan"]) { return recorded }
        if let summary { return summary }
        if let from = try registry.test(of: run)?.from { return TestSpan(from: from) }
        let known = span ?? begun.flatMap { LearnedSpan($0.span) }
        let ends = known?.pieces.filter { $0.learner == "run \(run.prefix(8))" }.flatMap { $0.intervals.map(\.through) }
        return ends?.max().map { TestSpan(from: $0) }
    }

    /// The labelled samples of a table that lie in it.
    ///
    /// - Throws: ``Failure`` with code `features.no-samples` where there are none.
    func samples(_ table: FeatureTable, window: Int) throws -> SampleRows {
        let last = until ?? .max
        let rows = SampleRows(
            WindowedDataset.ends(table, window: window).lazy.filter { table.time[$0] >= from && table.time[$0] <= last }
        )
        guard rows.isEmpty else { return rows }
        throw Failure(
            "features.no-samples",
            "found no labelled sample from \(TimeText.utc(from)) on, where the test begins; the table's last row is of "
                + TimeText.utc(table.time.max() ?? 0),
            hint: "use newer data, or say where to begin: --from TIME")
    }
}

/// Which samples of a table a model is measured on, and why those.
struct TestedSamples {
    enum Choice: Sendable, Equatable {
        /// The run's own split of its own table.
        case split
        /// Other data, from the model's own cut in time.
        case ownCut
        /// From a time that was asked for.
        case asked
        /// The run's own table, by a split that only the model's directory says, which is no test.
        case otherSplit
        /// Other data, and nothing on record says where the model's test begins: the table is cut anew.
        case cutAnew
    }

    let ends: SampleRows
    let choice: Choice

    /// - Parameters:
    ///   - features: the table, as lineage names it.
    ///   - from: a time of the exchange, or UTC with a Z.
    init(
        _ trained: EvaluateModel.TrainedModel, _ table: FeatureTable, features: String, from: String?, session: Session
    ) throws {
        let window = trained.model.spec.window, registry = try session.registry()
        try table.requireDefined()
        if let from {
            let moment = try TestedSamples.moment(from, table, code: "evaluate.options")
            (ends, choice) = (try TestSpan(from: moment).samples(table, window: window), .asked)
            return
        }
        let run = try registry.run(trained.run), isOwn = run.dataDigest == features
        if !isOwn,
            let span = try TestSpan.of(
                run: trained.run, summary: trained.testSpan, span: trained.span, registry: registry)
        {
            let rows = max(window, trained.split.longestWindow ?? window)
            (ends, choice) = (try span.samples(table, window: rows), .ownCut)
            return
        }
        ends = try WindowedDataset(table, window: window, split: trained.split).test
        choice = try !isOwn ? .cutAnew : TestedSamples.split(of: run) == trained.split ? .split : .otherSplit
    }

    /// The split that the registry keeps of a run; nil where it keeps no recipe.
    private static func split(of run: RunRecord) throws -> SplitSpec? {
        guard let recipe = try? JSONParser.parse(run.config) else { return nil }
        return try recipe[key: "split"].map { try SplitSpec($0, path: "split") } ?? SplitSpec()
    }

    /// A time that somebody typed: of the exchange, or UTC with a Z at the end.
    static func moment(_ text: String, _ table: FeatureTable, code: String) throws -> Nanoseconds {
        guard let parsed = TimeText.parseUTC(text) else {
            throw Failure(
                code, "found '\(text)', expected a time such as 2026-03-12 or 2026-03-12T09:30",
                hint: "times are those of the exchange (\(table.market.zone)), or UTC with a Z at the end",
                exitStatus: .usage)
        }
        guard !text.hasSuffix("Z") else { return parsed }
        var zone = try ExchangeZone(table.market.zone)
        return zone.utc(parsed)
    }
}

extension TestedSamples.Choice {
    /// For people; nil where the samples are the run's own test.
    func text(from: Nanoseconds?) -> String? {
        let time = from.map { TimeText.utc($0).prefix(16) } ?? "unknown"
        switch self {
        case .split: return nil
        case .ownCut: return "other data: tested from the model's own cut in time on, \(time)"
        case .asked: return "tested from the time that was asked for, \(time)"
        case .otherSplit:
            return "the run.json beside the model says another split than the registry keeps of the run"
        case .cutAnew:
            return "nothing on record says where the model's own test begins: this table was cut anew, at \(time); "
                + "choose a time with --from"
        }
    }
}
