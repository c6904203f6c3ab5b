package import Basics
import Registry
package import Workflows

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
