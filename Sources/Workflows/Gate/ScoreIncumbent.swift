import Backtesting
import Basics
import Features
import MarketData
import ModelBundles
import Registry
import Tensors

/// An incumbent that learned other features than the version that challenges it: its own features are computed from the
/// raw bars, and it is scored on the samples that both can be scored on.
///
/// Without this a challenger with one feature more or less could not be compared at all.
struct ScoreIncumbent {
    let incumbent: VersionRecord
    let model: ModelFile
    /// Of the challenger, on its test span.
    let own: PredictionFile
    let table: FeatureTable
    /// The challenger's table: its file and its name in lineage.
    let features: (path: String, id: String)
    let threads: Int
    let session: Session

    enum Outcome {
        case scored(PredictionFile)
        /// Why it cannot be compared.
        case objection(String)
    }

    /// Of the challenger's test samples, those that the incumbent must be scored on: a challenger may not choose
    /// features so that only some easy samples are common.
    static let leastShare = 0.8

    /// Whether it can be scored on features of its own at all: bars of the same market, labelled alike.
    var isPossible: Bool {
        let spec = model.spec, market = table.market
        return spec.features != table.spec && spec.features.input == .bars && table.spec.input == .bars
            && spec.label.horizon == table.label.horizon && spec.features.bars == table.spec.bars
            && spec.market.zone == market.zone
            && spec.market.interval == market.interval && spec.market.calendar == market.calendar
            && spec.market.adjust?.prices == market.adjust?.prices
    }

    func run() throws -> Outcome {
        let name = incumbent.reference
        let path: String
        switch try RawBars.find(table, features: features, session: session) {
        case .found(let found): path = found
        case .missing(let reason): return .objection("\(name) learned other features, and \(reason)")
        }
        var theirs = FeatureTable(
            spec: model.spec.features, market: table.market, label: model.spec.label, source: table.source)
        for (bars, actions) in try RawBars.traded(path, market: table.market, session: session) {
            try theirs.append(bars, actions: actions)
        }
        let ends = common(theirs)
        let share = Double(ends.count) / Double(max(own.predictions.count, 1))
        guard share >= ScoreIncumbent.leastShare else {
            return .objection(
                "\(name) can be scored on \(percent(share, 1)) of the test samples, required "
                    + "\(percent(ScoreIncumbent.leastShare, 1))")
        }
        guard !incumbent.run.isEmpty else {
            return .objection(
                TraceSpan.objection(to: name, seen: nil, of: nil) ?? "nobody knows what \(name) learned from")
        }
        let span = try TraceSpan.of(run: incumbent.run, session: session)
        if let objection = TraceSpan.objection(
            to: name, seen: span.overlap(theirs, ends: ends)?.samples ?? 0, of: ends.count, unknown: span.unknown)
        {
            return .objection(objection)
        }
        return .scored(
            try PredictionFile.predict(
                model, table: theirs, ends: ends, baseline: [own.predictions.baselineScore], threads: threads,
                weights: incumbent.weights, features: features.id))
    }

    /// The labelled windows of a table that end where the challenger was tested.
    private func common(_ table: FeatureTable) -> SampleRows {
        struct Key: Hashable {
            var name: String
            var time: Nanoseconds
        }
        let tested = Set(own.predictions.bars.map { Key(name: own.instruments[Int($0.instrument)], time: $0.time) })
        return SampleRows(
            WindowedDataset.ends(table, window: model.spec.window).lazy.filter {
                tested.contains(Key(name: table.instruments[Int(table.instrument[$0])], time: table.time[$0]))
            })
    }
}
