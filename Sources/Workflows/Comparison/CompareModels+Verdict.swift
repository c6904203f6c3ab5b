import Backtesting
import Basics
import Foundation

/// One sentence that rests on one measure, chosen before anything is looked at; what else differs stands beside it,
/// after Holm.
extension CompareModels {
    /// The level at which sides count as different.
    package static let level = 0.05

    static func verdict(_ o: Outcome) -> (String, Bool) {
        if let objection = o.objections.first {
            return ("no verdict: \(objection), which makes it no evidence", false)
        }
        let name = o.detail.metric, chosen = o.measures.first { $0.name == name }
        let p = chosen.map { "\($0.test.method.rawValue) p = \(significant($0.test.pValue))" } ?? "no test"
        let sign = chosen?.sign ?? 0
        let head =
            sign == 0
            ? "\(name) does not tell \(o.a.reference) and \(o.b.reference) apart at 95 % (\(p))"
            : "\(sign > 0 ? o.a.reference : o.b.reference) is better in \(name) at 95 % (\(p))"
        let seeds = o.detail.seeds.map { s in
            "; over \(s.a.values.count) and \(s.b.values.count) seeds \(name) is "
                + "\(String(format: "%.4g ± %.2g and %.4g ± %.2g", s.a.mean, s.a.deviation, s.b.mean, s.b.deviation))"
                + (s.pValue.map { ", Welch p = \(significant($0))" } ?? "")
        }
        return ("\(head)\(seeds ?? "")\(others(o))\(money(o))", sign != 0)
    }

    private static func others(_ o: Outcome) -> String {
        let rows = o.measures.filter { $0.name != o.detail.metric && $0.sign != 0 }
        guard !rows.isEmpty else { return "" }
        let names = rows.map { "\($0.name) (\($0.sign > 0 ? o.a.reference : o.b.reference))" }
        return "; beside it, after Holm: \(names.joined(separator: ", "))"
    }

    private static func money(_ o: Outcome) -> String {
        if let note = o.moneyNote { return "; \(note)" }
        guard let interval = o.dailyReturn, let p = o.dailyReturnP else { return "" }
        guard p <= level else { return "; the difference in daily return after costs is within noise" }
        let better = interval.estimate > 0 ? o.a.reference : o.b.reference
        return "; after costs \(better) earns more per day (after Holm p = \(significant(p)))"
    }

    /// Holm's adjustment over all measures but the chosen one, and the daily return with them.
    static func adjust(_ o: inout Outcome) {
        let others = o.measures.indices.filter { o.measures[$0].name != o.detail.metric }
        let money = o.dailyReturn.map(PairedMeasure.pValue)
        let adjusted = MultipleTesting.adjusted(
            others.map { o.measures[$0].test.pValue } + (money.map { [$0] } ?? []), .holm)
        for (position, index) in others.enumerated() { o.measures[index].pValue = adjusted[position] }
        if money != nil { o.dailyReturnP = adjusted.last }
    }

    static func significant(_ p: Double) -> String { p < 1e-4 ? "below 0.0001" : String(format: "%.4f", p) }
}
