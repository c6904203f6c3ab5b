package import Basics
import Features
import MarketData
package import Workflows

/// A feature table that was made of bars.
package struct FeatureTableDocument: Document {
    private let made: BuildFeatures.Outcome

    package init(_ made: BuildFeatures.Outcome) { self.made = made }

    package var body: JSONValue {
        .map([
            "bars": .int(made.bars), "rows": .int(made.rows), "labelledRows": .int(made.labelledRows),
            "instruments": .int(made.instruments), "features": .strings(made.features),
            "market": made.market.json, "marketAssumed": .bool(made.isMarketAssumed),
            "warnings": .strings(made.warnings), "instrumentRows": .list(made.counts.map(\.json)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let rows = style.wrapped(
            "\(made.rows) rows of \(made.features.count) features from \(made.bars) bars of "
                + "\(made.instruments) instruments; \(made.labelledRows) with a label", indent: 2)
        let lines = [
            rows, RowCountsText(made.counts).text(style),
            made.isMarketAssumed ? style.wrapped(AssumedMarket.text(made.market), indent: 2) : "",
        ]
        return lines.filter { !$0.isEmpty }.joined(separator: "\n")
    }
}
