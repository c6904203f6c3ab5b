import Basics
import Features
import MarketData
import ModelBundles

/// Whether the rows of a table mean what a model learned: the same features in name, order and definition, the same
/// label, the same market. Numbers that only fit in shape are scored to the last digit and mean nothing.
enum TableMeaning {
    /// - Throws: ``Failure`` with code `evaluate.other-features`, `evaluate.other-label` or `evaluate.other-market`,
    ///   naming the first difference.
    static func require(_ spec: ModelSpec, fits table: FeatureTable) throws {
        if let difference = difference(spec.features, table.spec) {
            throw Failure(
                "evaluate.other-features",
                "found other features in the table than the model '\(spec.name)' was trained with: \(difference)",
                hint: "build features with the model's spec")
        }
        guard spec.label.asksTheSame(as: table.label) else {
            throw Failure(
                "evaluate.other-label",
                "found the label '\(table.label.summary)' in the table, and '\(spec.label.summary)' in the model "
                    + "'\(spec.name)'",
                hint: "build features with the model's label")
        }
        let own = spec.market, market = table.market
        guard own.zone == market.zone, own.interval == market.interval, own.calendar == market.calendar else {
            throw Failure(
                "evaluate.other-market",
                "found the market \(market.json.text(.compact)) in the table, and \(own.json.text(.compact)) in the "
                    + "model '\(spec.name)'",
                hint: "build features with the model's market file")
        }
    }

    private static func difference(_ own: FeatureSpec, _ other: FeatureSpec) -> String? {
        guard own != other else { return nil }
        for (index, (a, b)) in zip(own.features, other.features).enumerated() where a != b {
            return "column \(index + 1) is '\(b.name)' (\(b.expression)), expected '\(a.name)' (\(a.expression))"
        }
        if own.features.count != other.features.count {
            return "\(other.features.count) columns, expected \(own.features.count)"
        }
        return "input, hours, gaps or sessions are \(settings(other)), expected \(settings(own))"
    }

    private static func settings(_ spec: FeatureSpec) -> String {
        JSONValue.map((spec.json.mapValue ?? []).filter { $0.key != "features" }.map { ($0.key, $0.value) })
            .text(.compact)
    }
}
