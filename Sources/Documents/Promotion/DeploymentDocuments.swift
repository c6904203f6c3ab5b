package import Basics
import Registry
package import Workflows

extension DeploymentRecord {
    fileprivate var fields: [(String, JSONValue)] {
        [
            ("environment", .string(environment)), ("model", .string(model)),
            ("version", version.map { .int($0) } ?? .null), ("outcome", .string(outcome)), ("reason", .string(reason)),
            ("signer", .string(signer)), ("bundle", .string(bundle)), ("replaced", .string(replaced)),
            ("at", .string(TimeText.utc(time))), ("counter", counter.map { .int($0) } ?? .null),
            ("manifest", .string(manifest)), ("person", .string(person)),
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
            "counter": outcome.receipt.counter.map { .int($0) } ?? .null, "unchanged": .bool(outcome.isStanding),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        if outcome.isStanding {
            return style.wrapped(
                "\(outcome.version.reference) is in force in \(outcome.receipt.environment) already, by the same "
                    + "document: nothing to do", indent: 2)
        }
        return style.wrapped(
            "\(outcome.version.reference) is in force in \(outcome.receipt.environment): bundle "
                + "\(outcome.bundle.prefix(12)), signed by \(outcome.receipt.signer ?? "?"), alias \(outcome.alias)",
            indent: 2)
    }
}

/// The version that a rollback put back in force.
package struct RollbackDocument: Document {
    package let outcome: RollBack.Outcome

    package init(_ outcome: RollBack.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map(outcome.receipt.fields + [("to", .int(outcome.target)), ("aliases", .strings(outcome.aliases))])
    }

    package func text(_ style: TextStyle) -> String {
        let receipt = outcome.receipt
        return style.wrapped(
            "\(receipt.model ?? "?")/\(receipt.version ?? 0) is in force again in \(receipt.environment), as it was in "
                + "revision \(outcome.target)"
                + (receipt.counter.map { "; this is revision \($0)" } ?? ""), indent: 2)
    }
}

/// What runtimes said about bundles: the revision history, newest first.
package struct DeploymentsDocument: Document {
    package let outcome: ListDeployments.Outcome

    package init(_ outcome: ListDeployments.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        let entries = outcome.entries.map { entry in
            JSONValue.map(
                entry.record.fields + [
                    ("host", .string(entry.host)), ("proven", .bool(entry.host != nil)),
                    ("tookOut", entry.tookOut.map { .int($0) } ?? .null),
                ])
        }
        return .map([
            ("deployments", .list(entries)), ("problems", .strings(outcome.problems.map(\.message))),
            (
                "waiting",
                .list(outcome.waiting.map { .map(["what": .string($0.message), "next": .string($0.hint)]) })
            ),
        ])
    }

    /// A rollback is told by what it took out: what came back by it was not the reason.
    private static func outcome(_ entry: ListDeployments.Outcome.Entry) -> String {
        guard entry.record.outcome == "rolled-back" else { return entry.record.outcome }
        // Short enough for a column of a narrow table.
        return entry.tookOut.map { "restored, \($0) out" } ?? "restored"
    }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable([
            "environment", "revision", "version", "outcome", "at", "signer", "host", "bundle", "reason",
        ])
        for entry in outcome.entries {
            let d = entry.record
            table.add([
                d.environment, d.counter.map(String.init) ?? "–", d.model.map { "\($0)/\(d.version ?? 0)" } ?? "–",
                DeploymentsDocument.outcome(entry), TimeText.seconds(d.time), d.signer ?? "–",
                entry.host ?? (entry.isHostLost ? "lost" : "unproven"),
                String(d.bundle.prefix(12)),
                [d.person.map { "by \($0)" }, d.reason].compactMap { $0 }.joined(separator: ": "),
            ])
        }
        let problems = outcome.problems.map { style.wrapped(Escaping.terminal($0.message), indent: 2) }
        let none = "no host has answered for anything yet: hftml promote VERSION --to ENVIRONMENT …"
        // What waits comes first: it may be what is to stop something.
        let waiting = outcome.waiting.flatMap { order in
            [style.wrapped(Escaping.terminal("waits: \(order.message)"), indent: 2)]
                + [order.hint.map { "    " + Escaping.terminal($0) }].compactMap(\.self)
        }
        let list = outcome.entries.isEmpty ? (waiting.isEmpty ? [none] : []) : [table.text(style)]
        return (waiting + list + problems).joined(separator: "\n")
    }
}

/// A promotion or a rollback that was taken back before its runtime answered for it, or a host that is lost.
package struct WithdrawalDocument: Document {
    package let outcome: WithdrawPromotion.Outcome

    package init(_ outcome: WithdrawPromotion.Outcome) { self.outcome = outcome }

    /// It trades, and whoever counts on its being out is told otherwise.
    package var isRefusal: Bool { outcome.isUnderWay }

    package var body: JSONValue {
        .map([
            "withdrawn": outcome.isUnderWay ? .null : .string(outcome.what),
            "underWay": outcome.isUnderWay ? .string(outcome.what) : .null, "environment": .string(outcome.environment),
            "rollback": outcome.rollback.map { .int($0) } ?? .null,
            "bundle": .string(outcome.bundle), "confirmed": .bool(outcome.isConfirmed),
            "expiresAt": .string(outcome.expiresAt.map(TimeText.utc)), "lostHost": .string(outcome.lostHost),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        if let host = outcome.lostHost {
            return style.wrapped(
                "put on record that the host of \(outcome.environment) (\(host)) is lost; it is waited for until no "
                    + "document names its key: take it out of environment.yaml, then hftml environments sign "
                    + "ENVIRONMENT --as KEY", indent: 2)
        }
        if outcome.isUnderWay {
            return style.wrapped(
                "asked the host of \(outcome.environment) to take \(outcome.what) out of force; until it has signed "
                    + "that, \(outcome.what) trades: let it look, then run the same again", indent: 2)
        }
        let what = "withdrew \(outcome.what) from \(outcome.environment)"
        guard !outcome.isConfirmed else { return what }
        let until =
            outcome.expiresAt.map { "; a bundle that somebody kept is good until \(TimeText.seconds($0))" } ?? ""
        let host =
            outcome.isUntold
            ? "; its host was not told, and what it took before it went runs until it is taken out there"
            : "; its host has not answered yet: let it look into its inbox"
        return style.wrapped(what + host + until, indent: 2)
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
