package import Basics
package import Workflows

/// What `compare` says: of two policies, of two models, or of one model against several.
package struct ComparisonsDocument: Document {
    private let outcome: CompareTrained.Outcome
    /// Whether a difference is a refusal.
    private let refusesDifference: Bool

    package init(_ outcome: CompareTrained.Outcome, refusesDifference: Bool = false) {
        self.outcome = outcome
        self.refusesDifference = refusesDifference
    }

    package var isRefusal: Bool { refusesDifference && outcome.isDifferent }

    package var body: JSONValue {
        switch outcome {
        case .policies(let policies): return PolicyComparisonDocument(policies).body
        case .models(let outcomes, let adjusted):
            let documents = outcomes.map(ComparisonDocument.init)
            guard documents.count > 1 else { return documents[0].body }
            return .map([
                "comparisons": .list(documents.map(\.json)), "holmAdjustedP": .list(adjusted.map { .double($0) }),
            ])
        }
    }

    package func text(_ style: TextStyle) -> String {
        switch outcome {
        case .policies(let policies): return PolicyComparisonDocument(policies).text(style)
        case .models(let outcomes, let adjusted):
            let texts = outcomes.map { ComparisonDocument($0).text(style) }
            guard outcomes.count > 1 else { return texts[0] }
            let values = zip(outcomes, adjusted).map { outcome, p in
                "\(Escaping.terminal(outcome.b.reference)) \(p.map { shown($0) } ?? "–")"
            }
            let words = "\(outcomes.count) comparisons at once; p after Holm: "
            return texts.joined(separator: "\n\n\n") + "\n\n"
                + style.wrapped(words + values.joined(separator: ", "), indent: 2)
        }
    }

    /// For a merge request; empty for policies.
    package var markdown: String {
        guard case .models(let outcomes, _) = outcome else { return "" }
        return outcomes.map { ComparisonDocument($0).markdown }.joined(separator: "\n")
    }

    /// One a comparison; none for policies.
    package var pages: [Page] {
        guard case .models(let outcomes, _) = outcome else { return [] }
        return outcomes.map { ComparisonDocument($0).page }
    }
}
