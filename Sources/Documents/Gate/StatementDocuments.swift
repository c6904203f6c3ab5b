package import Basics
import Promotion
import Registry
package import Workflows

/// What a person is asked to sign, before they do.
package struct DraftDocument: Document {
    package let draft: SignStatement.Draft

    package init(_ draft: SignStatement.Draft) { self.draft = draft }

    package var body: JSONValue {
        .map([("statement", (try? JSONParser.parse(draft.payload)) ?? .string(draft.payload))])
    }

    package func text(_ style: TextStyle) -> String {
        let statement = draft.statement
        let gate = draft.latestDecision.map {
            "the gate '\($0.policy)' \($0.isPassed ? "passed" : "refused") it at \(TimeText.utc($0.decidedAt))"
        }
        let title = "\(statement.kind.rawValue) of \(draft.version.reference), to be signed by \(statement.signer):"
        return [
            style.wrapped(title, indent: 2), (try? JSONParser.parse(draft.payload).text(.pretty)) ?? draft.payload,
            style.wrapped(gate ?? "no gate has decided on these weights yet", indent: 2),
        ].joined(separator: "\n")
    }
}

/// An approval, rejection or waiver that was just signed.
package struct StatementDocument: Document {
    package let outcome: SignStatement.Outcome

    package init(_ outcome: SignStatement.Outcome) { self.outcome = outcome }

    private var statement: StatementRecord { outcome.statement }
    private var version: VersionRecord { outcome.version }

    package var body: JSONValue {
        .map([
            "kind": .string(statement.kind.rawValue), "version": .string(version.reference),
            "weights": .string(version.weights), "signer": .string(statement.signer),
            "keyID": .string(statement.keyID), "statement": .string(statement.digest),
        ])
    }
    package func text(_ style: TextStyle) -> String {
        style.wrapped(
            "\(statement.kind.rawValue) of \(version.reference) signed by \(statement.signer) "
                + "(\(statement.keyID)): \(statement.digest.prefix(12))", indent: 2)
    }
}
