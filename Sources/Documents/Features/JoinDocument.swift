package import Basics
import Features
package import Workflows

/// A feature table that was made of two.
package struct JoinDocument: Document {
    private let made: JoinFeatureTables.Outcome

    package init(_ made: JoinFeatureTables.Outcome) { self.made = made }

    package var body: JSONValue {
        .map([
            "rows": .int(made.rows), "labelledRows": .int(made.labelledRows), "features": .strings(made.features),
            "instrumentRows": .list(
                made.counts.map { counts in
                    .map([
                        "instrument": .string(counts.instrument), "joined": .int(counts.joined),
                        "tooEarly": .int(counts.tooEarly), "tooOld": .int(counts.tooOld),
                    ])
                }),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let early = made.counts.reduce(0) { $0 + $1.tooEarly }, old = made.counts.reduce(0) { $0 + $1.tooOld }
        return style.wrapped(
            "\(made.rows) rows of \(made.features.count) features; \(made.labelledRows) with a label", indent: 2) + "\n"
            + style.wrapped(
                "left out: \(early) rows before which nothing was known, and \(old) whose partner is too old", indent: 2
            )
    }
}
