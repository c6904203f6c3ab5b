import Backtesting
import Basics

/// A measure is good not only on average: in most instruments, days or seeds by themselves.
package struct Stability: GateRule {
    package static let name = "stability"
    package static let keys = ["by", "metric", "minimum", "share"]

    enum Grouping: String, CaseIterable {
        case instrument, day, seed
    }

    let grouping: Grouping
    let metric: String
    let minimum: Double
    let share: Double

    package init(_ reader: ConfigReader) throws {
        grouping = try reader.choice("by", default: .instrument)
        metric = try reader.string("metric", default: "ic")
        minimum = try reader.double("minimum", default: 0)
        share = try reader.double("share", default: 0.6, in: 0...1)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        let groups: [(name: String, value: Double?)]
        switch grouping {
        case .seed:
            groups = evidence.seedMetrics.enumerated().map { ("seed \($0.offset + 1)", $0.element[metric]) }
            guard groups.count >= 2 else {
                return .noEvidence("\(groups.count) seeds of this model were trained; use hftml train --repeats")
            }
        case .instrument:
            groups = Set(evidence.predictions.bars.map(\.instrument)).sorted().map { instrument in
                let name =
                    Int(instrument) < evidence.instruments.count
                    ? evidence.instruments[Int(instrument)] : "\(instrument)"
                return (name, value(evidence.predictions) { $0.instrument == instrument })
            }
        case .day:
            groups = Set(evidence.predictions.bars.map { $0.time / 86_400_000_000_000 }).sorted().map { day in
                (
                    "\(CivilDate(daysSince1970: Int(day)))",
                    value(evidence.predictions) { $0.time / 86_400_000_000_000 == day }
                )
            }
        }
        let known = groups.compactMap { group in group.value.map { (group.name, $0) } }
        guard !known.isEmpty else { return .noEvidence("'\(metric)' is not defined in any \(grouping.rawValue)") }
        let good = known.filter { $0.1 > minimum }, measured = Double(good.count) / Double(known.count)
        let worst = known.min { $0.1 < $1.1 }
        return GateVerdict(
            measured >= share,
            "\(metric) is above \(minimum) in \(good.count) of \(known.count) \(grouping.rawValue)s, required \(rounded(share * 100, 1)) %\(worst.map { "; the lowest is \(rounded($0.1)) (\($0.0))" } ?? "")",
            values: .map(["share": .double(measured), "groups": .int(known.count)]))
    }

    private func value(_ all: Predictions, _ isMember: (ScoredBar) -> Bool) -> Double? {
        let sums = MetricSums(all.filtered(isMember))
        guard let measure = sums.measure(metric), let width = sums.rows.first?.count else { return nil }
        return measure.value(
            sums.rows.reduce(into: [Double](repeating: 0, count: width)) { total, row in
                for c in row.indices { total[c] += row[c] }
            })
    }
}

/// Stated probabilities come true as often as they say.
package struct Calibrated: GateRule {
    package static let name = "calibration"
    package static let keys = ["maximumError", "bins"]
    let maximumError: Double
    let bins: Int

    package init(_ reader: ConfigReader) throws {
        maximumError = try reader.double("maximumError", default: 0.05, in: 0...1)
        bins = try reader.int("bins", default: 10, in: 2...100)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        let predictions = evidence.predictions
        guard predictions.kind == .probability,
            let calibration = Calibration(
                probabilities: predictions.bars.map(\.score), outcomes: predictions.targets.map { $0 > 0.5 }, bins: bins
            )
        else { return .noEvidence("the model states no probability of one outcome") }
        return GateVerdict(
            calibration.expectedError <= maximumError,
            "stated and observed frequency differ by \(rounded(calibration.expectedError)) on average over \(bins) bins, by \(rounded(calibration.largestError)) at most, allowed \(maximumError) on average",
            values: .map([
                "expectedError": .double(calibration.expectedError), "largestError": .double(calibration.largestError),
                "brier": .double(calibration.brier),
            ]))
    }
}

/// No single feature knows the future: a feature that by itself foretells what comes next too well has most likely seen
/// it. This is how a leak in the raw data shows, where features cannot look ahead by themselves. In real markets a
/// tenth is much; a simulated one may have a stronger signal on purpose.
package struct Leakage: GateRule {
    package static let name = "leakage"
    package static let keys = ["maximumCorrelation"]
    let maximumCorrelation: Double

    package init(_ reader: ConfigReader) throws {
        maximumCorrelation = try reader.double("maximumCorrelation", default: 0.25, in: 0.01...1)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let worst = evidence.featureCorrelation.max(by: { $0.correlation.magnitude < $1.correlation.magnitude })
        else {
            return .noEvidence("features and what came next were not compared")
        }
        let suspect = evidence.featureCorrelation.filter { $0.correlation.magnitude > maximumCorrelation }.map {
            "\($0.name) \(rounded($0.correlation, 3))"
        }
        return GateVerdict(
            suspect.isEmpty,
            suspect.isEmpty
                ? "no feature by itself is correlated with what comes next by more than \(rounded(worst.correlation.magnitude, 3)) (\(worst.name)), allowed \(maximumCorrelation)"
                : "found features that foretell what comes next better than \(maximumCorrelation), most likely because they have seen it: \(suspect.prefix(5).joined(separator: ", "))",
            values: .map(evidence.featureCorrelation.map { ($0.name, .double($0.correlation)) }))
    }
}

/// Features of the test span are distributed as those of the training span were.
package struct Drift: GateRule {
    package static let name = "drift"
    package static let keys = ["maximumIndex"]
    let maximumIndex: Double

    package init(_ reader: ConfigReader) throws {
        maximumIndex = try reader.double("maximumIndex", default: 0.25, in: 0...100)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let worst = evidence.featureDrift.max(by: { $0.drift.stabilityIndex < $1.drift.stabilityIndex }) else {
            return .noEvidence("features of the training and test span were not compared")
        }
        let moved = evidence.featureDrift.filter { $0.drift.stabilityIndex > maximumIndex }.map {
            "\($0.name) \(rounded($0.drift.stabilityIndex, 3))"
        }
        return GateVerdict(
            moved.isEmpty,
            moved.isEmpty
                ? "the stability index of \(evidence.featureDrift.count) features is at most \(rounded(worst.drift.stabilityIndex, 3)) (\(worst.name)), allowed \(maximumIndex)"
                : "found features that moved more than \(maximumIndex) between training and test span: \(moved.prefix(5).joined(separator: ", "))",
            values: .map(evidence.featureDrift.map { ($0.name, .double($0.drift.stabilityIndex)) }))
    }
}
