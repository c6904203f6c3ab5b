package import Basics
import Features
import MarketData
import ModelBundles
import NeuralNetworks
import Registry
import Tensors

/// A model and features in; its score of every row, with and without a label, in a file, out.
///
/// What is written is what the runtime would have said at the close of the bar: one code scales and computes both.
/// Nothing is recorded, because nothing is measured.
package enum PredictModel {
    /// Which rows are scored.
    package enum Span: Sendable, Equatable {
        /// Every row with a complete window.
        case all
        /// Rows from the beginning of the span that the model's split tests, those without a label too.
        case test
        /// Rows from a time on: `2026-03-12`, `2026-03-12T09:30` of the exchange, or with a Z.
        case from(String)
    }

    package struct Request: Sendable {
        /// A directory that training wrote, a model file, a run or a version.
        package var model: String
        package var features: String
        package var output: String
        package var span = Span.all
        package var threads = Session.defaultThreads

        package init(model: String, features: String, output: String) {
            (self.model, self.features, self.output) = (model, features, output)
        }
    }

    package struct Outcome: Sendable {
        package var model: String
        /// Which made it; nil where nothing is on record.
        package var run: String?
        /// SHA-256 of the model's file.
        package var weights: String
        /// SHA-256 of the feature table.
        package var features: String
        package var output: String
        package var columns: [String]
        package var rows: Int
        package var labelledRows: Int
        package var instruments: Int
        /// Of the first and last row in time.
        package var first: Nanoseconds
        package var last: Nanoseconds
    }

    /// Samples that are scored at a time: what bounds the memory.
    private static let chunk = 1 << 16

    /// - Throws: ``Failure`` with a code of `predict` or `evaluate`, ``FileError``.
    package static func run(
        _ request: Request, session: Session, progress: (Double) -> Void = { _ in }
    ) throws -> Outcome {
        guard request.output.lowercased().hasSuffix(".csv") else {
            throw Failure(
                "predict.file", "found the file '\(request.output)', expected a name that ends in .csv",
                hint: "hftml predict \(request.model) --on \(request.features) -o predictions.csv", exitStatus: .usage)
        }
        let source = try ExchangeWeights.located(request.model, session: session),
            model = try ModelFile.read(source.path)
        let table = try FeatureTable.read(request.features)
        try TableMeaning.require(model.spec, fits: table)
        try table.requireDefined()
        let span = try times(request, model, table, session: session)
        let ends = WindowedDataset.ends(table, window: model.spec.window, labelled: false)
        var outcome = Outcome(
            model: model.spec.name, run: source.run, weights: try Digest.sha256(file: source.path),
            features: try Digest.sha256(file: request.features), output: request.output,
            columns: PredictionRows.columns(model.spec), rows: 0, labelledRows: 0, instruments: 0, first: .max,
            last: .min)
        var instruments: Set<Int32> = []
        let predictor = Predictor(network: model.network, parameters: model.parameters, threads: request.threads)
        try AtomicFile.write(to: request.output) { writer in
            try writer.append(outcome.columns.joined(separator: ",") + "\n")
            var rows = SampleRows(), seen = 0
            func flush() throws {
                let samples = WindowSamples(
                    table: table, window: model.spec.window, scaler: model.spec.scaler, label: model.spec.label,
                    ends: rows)
                let outputs = predictor.predict(samples).outputs
                try PredictionRows(table: table, spec: model.spec).write(rows, outputs, to: &writer)
                rows = SampleRows()
            }
            for end in ends {
                seen += 1
                let time = table.time[end]
                guard span.contains(time) else { continue }
                rows.append(end)
                outcome.rows += 1
                outcome.labelledRows += table.move(end).isNaN ? 0 : 1
                (outcome.first, outcome.last) = (min(outcome.first, time), max(outcome.last, time))
                instruments.insert(table.instrument[end])
                if rows.count == chunk {
                    try flush()
                    progress(Double(seen) / Double(ends.count))
                }
            }
            if !rows.isEmpty { try flush() }
            guard outcome.rows > 0 else {
                throw Failure(
                    "predict.empty",
                    "found no row to score among \(ends.count) with a window of \(model.spec.window) rows in "
                        + "'\(request.features)'",
                    hint: emptyHint(table, ends, window: model.spec.window))
            }
        }
        outcome.instruments = instruments.count
        return outcome
    }

    /// Why nothing was scored: the table ends before, or no window is complete so soon after a beginning.
    private static func emptyHint(_ table: FeatureTable, _ ends: SampleRows, window: Int) -> String? {
        guard let last = table.time.max() else { return nil }
        let text = "the last row is of \(TimeText.utc(last))"
        guard let scored = ends.map({ table.time[$0] }).max() else {
            return "\(text), and no stretch of the table has the \(window) rows that a window takes; use more data"
        }
        return scored == last
            ? text
            : "\(text), the last with a complete window of \(window) rows is of \(TimeText.utc(scored)): windows begin "
                + "anew with every session or gap"
    }

    /// The times that are scored.
    private static func times(
        _ request: Request, _ model: ModelFile, _ table: FeatureTable, session: Session
    ) throws -> ClosedRange<Nanoseconds> {
        switch request.span {
        case .all: return .min ... .max
        case .from(let text): return try TestedSamples.moment(text, table, code: "predict.empty") ... .max
        case .test:
            let own = try own(request.model, session: session)
            // On other data the test begins when the model's own did.
            if try own.data != BuildFeatures.featuresNode(request.features, session: session).id, let span = own.span {
                return span.from...(span.until ?? .max)
            }
            let tested = try WindowedDataset(table, window: model.spec.window, split: own.split).test
            let times = tested.map { table.time[$0] }
            guard let first = times.min(), let last = times.max() else { return .max ... .max }
            // Behind the last label of a table come the newest rows, which have none yet.
            let all = WindowedDataset.ends(table, window: model.spec.window)
            let isEnd = !all.contains { table.time[$0] > last }
            return first...(isEnd ? .max : last)
        }
    }

    /// How the run that made a model tests itself, and the table that it was trained on; no table for a run of another
    /// registry.
    private static func own(_ reference: String, session: Session) throws -> (
        split: SplitSpec, span: TestSpan?, data: String?
    ) {
        let directory = session.path(reference), summary = Paths.join(directory, "run.json"),
            registry = try session.registry()
        if Paths.exists(summary) {
            let node = try JSONParser.parse(try FileChunks.bytes(summary), file: summary)
            if let split = node[key: "split"], let id = node[key: "run"]?.stringValue {
                let span = try TestSpan.of(
                    run: id, summary: TestSpan(node[key: "testSpan"]),
                    span: node[key: "span"].flatMap(LearnedSpan.init),
                    registry: registry)
                return (
                    try SplitSpec(split, path: "split"), span, try NamedRun.run(id, registry: registry)?.dataDigest
                )
            }
        }
        guard !Paths.exists(directory) else {
            throw Failure(
                "predict.no-split", "found no split beside the model '\(reference)'",
                hint: "name its run or version, or ask for a time: --from TIME", exitStatus: .usage)
        }
        let run =
            try NamedRun.version(reference, session: session).map { try registry.run($0.run) }
            ?? registry.run(reference)
        let recipe = try JSONParser.parse(run.config, file: "run \(run.id.prefix(8))")
        return (
            try recipe[key: "split"].map { try SplitSpec($0, path: "split") } ?? SplitSpec(),
            try TestSpan.of(run: run.id, summary: nil, span: nil, registry: registry), run.dataDigest
        )
    }
}
