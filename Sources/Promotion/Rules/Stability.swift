import Backtesting
package import Basics

/// A measure is good not only on average: in most instruments, days or seeds by themselves.
package struct Stability: GateRule {
    package static let name = "stability"
    package static let summary = "A measure is good in most instruments, days or seeds."
    package static let keys = ["by", "metric", "minimum", "share"]

    enum Grouping: String, CaseIterable {
        case instrument, day, seed
    }

    let grouping: Grouping
    let metric: String
    let minimum: Double
    let share: Double
    package var distinction: String? { "\(grouping.rawValue).\(metric)" }

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
            groups = Set(evidence.predictions.bars.map(\.day)).sorted().map { day in
                (
                    "\(CivilDate(daysSince1970: Int(day)))",
                    value(evidence.predictions) { $0.day == day }
                )
            }
        }
        let known = groups.compactMap { group in group.value.map { (group.name, $0) } }
        guard !known.isEmpty else { return .noEvidence("'\(metric)' is not defined in any \(grouping.rawValue)") }
        let good = known.filter { $0.1 > minimum }, measured = Double(good.count) / Double(known.count)
        let worst = known.min { $0.1 < $1.1 }
        return GateVerdict(
            measured >= share,
            "\(metric) is above \(minimum) in \(good.count) of \(known.count) \(grouping.rawValue)s, required "
                + "\(percent(share, 1))\(worst.map { "; the lowest is \(rounded($0.1)) (\($0.0))" } ?? "")",
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
