package import Basics
package import Registry
package import Workflows

extension DeploymentRecord {
    fileprivate var fields: [(String, JSONValue)] {
        [
            ("environment", .string(environment)), ("model", .string(model)),
            ("version", version.map { .int($0) } ?? .null), ("outcome", .string(outcome)), ("reason", .string(reason)),
            ("signer", .string(signer)), ("bundle", .string(bundle)), ("replaced", .string(replaced)),
            ("at", .string(TimeText.utc(time))),
        ]
    }
}

/// A version that is in force since its runtime installed it.
package struct PromotionDocument: Document {
    package let outcome: PromoteModel.Outcome

    package init(_ outcome: PromoteModel.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map([
            "version": .string(outcome.version.reference), "environment": .string(outcome.receipt.environment),
            "bundle": .string(outcome.bundle), "outcome": .string(outcome.receipt.outcome),
            "signer": .string(outcome.receipt.signer), "alias": .string(outcome.alias),
            "at": .string(TimeText.utc(outcome.receipt.time)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        style.wrapped(
            "\(outcome.version.reference) is in force in \(outcome.receipt.environment): bundle "
                + "\(outcome.bundle.prefix(12)), signed by \(outcome.receipt.signer ?? "?"), alias \(outcome.alias)",
            indent: 2)
    }
}

/// The version that a rollback put back in force.
package struct RollbackDocument: Document {
    package let outcome: RollBack.Outcome

    package init(_ outcome: RollBack.Outcome) { self.outcome = outcome }

    package var body: JSONValue { .map(outcome.receipt.fields) }

    package func text(_ style: TextStyle) -> String {
        let receipt = outcome.receipt
        return "\(receipt.model ?? "?")/\(receipt.version ?? 0) is in force again in \(receipt.environment)"
    }
}

/// What runtimes said about bundles.
package struct DeploymentsDocument: Document {
    package let deployments: [DeploymentRecord]

    package init(_ deployments: [DeploymentRecord]) { self.deployments = deployments }

    package var body: JSONValue { .map([("deployments", .list(deployments.map { .map($0.fields) }))]) }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable(["environment", "version", "outcome", "at", "signer", "bundle", "reason"])
        for d in deployments {
            table.add([
                d.environment, d.model.map { "\($0)/\(d.version ?? 0)" } ?? "–", d.outcome, shownTime(d.time),
                d.signer ?? "–", String(d.bundle.prefix(12)), d.reason ?? "",
            ])
        }
        return table.text(style)
    }
}

/// A promotion that was taken back before its runtime answered for it.
package struct WithdrawalDocument: Document {
    package let outcome: WithdrawPromotion.Outcome

    package init(_ outcome: WithdrawPromotion.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map([
            "withdrawn": .string(outcome.promotion.reference), "environment": .string(outcome.environment),
            "bundle": .string(outcome.promotion.bundle),
        ])
    }
    package func text(_ style: TextStyle) -> String {
        "withdrew \(outcome.promotion.reference) from \(outcome.environment)"
    }
}

/// What a runtime reported, kept as a run.
package struct FeedbackDocument: Document {
    package let outcome: TakeFeedback.Outcome
    private let environment: String

    package init(_ outcome: TakeFeedback.Outcome, environment: String) {
        (self.outcome, self.environment) = (outcome, environment)
    }

    package var body: JSONValue {
        .map([
            "run": .string(outcome.run), "version": .string(outcome.reference), "measures": .int(outcome.measures),
        ])
    }
    package func text(_ style: TextStyle) -> String {
        style.wrapped(
            "\(outcome.measures) measures of \(outcome.reference) in \(environment) kept as run "
                + "\(outcome.run.prefix(8))", indent: 2)
    }
}
