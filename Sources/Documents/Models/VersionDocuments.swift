package import Basics
package import Registry
package import Workflows

extension VersionRecord {
    /// The keys that every document about a version has.
    var fields: [(String, JSONValue)] {
        [
            ("model", .string(model)), ("version", .int(version)), ("run", .string(run)), ("weights", .string(weights)),
            ("createdAt", .string(TimeText.utc(createdAt))), ("createdBy", .string(createdBy)),
            ("aliases", .strings(aliases)),
        ]
    }
}

/// A version that was just made.
package struct VersionDocument: Document {
    package let version: VersionRecord

    package init(_ version: VersionRecord) { self.version = version }

    package var body: JSONValue { .map(version.fields) }
    package func text(_ style: TextStyle) -> String { version.reference }
}

/// An alias that was just moved.
package struct AliasDocument: Document {
    package let alias: String
    package let version: VersionRecord

    package init(_ alias: String, _ version: VersionRecord) { (self.alias, self.version) = (alias, version) }

    package var body: JSONValue { .map(version.fields) }
    package func text(_ style: TextStyle) -> String { "\(version.model)@\(alias) → \(version.reference)" }
}

/// Versions of a model, or of all.
package struct VersionsDocument: Document {
    package let versions: [VersionRecord]

    package init(_ versions: [VersionRecord]) { self.versions = versions }

    package var body: JSONValue { .map([("versions", .list(versions.map { .map($0.fields) }))]) }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable(["version", "aliases", "run", "weights", "created", "by"])
        for v in versions {
            table.add([
                v.reference, v.aliases.joined(separator: ", "), String(v.run.prefix(8)), String(v.weights.prefix(12)),
                TimeText.seconds(v.createdAt), v.createdBy,
            ])
        }
        return table.text(style)
    }
}

/// One version: its record, its run's measures, the gate's verdict, and what people said of it.
package struct VersionDetailDocument: Document {
    package let outcome: ShowVersion.Outcome

    package init(_ outcome: ShowVersion.Outcome) { self.outcome = outcome }

    private var metrics: [(key: String, value: Double)] { outcome.metrics.sorted { $0.key < $1.key } }

    package var body: JSONValue {
        let gate = outcome.decision.map { decision in
            JSONValue.map([
                "policy": .string(decision.policy), "passed": .bool(decision.isPassed),
                "decision": .string(decision.digest), "signature": .string(outcome.signature?.short),
            ])
        }
        let statements = outcome.statements.map { statement in
            JSONValue.map([
                "kind": .string(statement.kind.rawValue), "signer": .string(statement.signer),
                "keyID": .string(statement.keyID), "at": .string(TimeText.utc(statement.createdAt)),
                "digest": .string(statement.digest),
            ])
        }
        return .map(
            outcome.version.fields + [
                ("metrics", .map(metrics.map { ($0.key, .double($0.value)) })), ("gate", gate ?? .null),
                ("description", .string(outcome.version.description)),
                ("tags", .map(outcome.tags.map { ($0.key, .string($0.value)) })), ("statements", .list(statements)),
                ("sampleSet", .string(outcome.test?.sampleSet)), ("strategy", .string(outcome.test?.strategy)),
                ("span", outcome.span), ("rolledBack", .strings(outcome.takenBack)),
                ("objection", .string(outcome.test?.objection(to: outcome.version.reference))),
            ])
    }

    package func text(_ style: TextStyle) -> String {
        let version = outcome.version,
            aliases = version.aliases.isEmpty ? "" : " (\(version.aliases.joined(separator: ", ")))"
        let gate = outcome.decision.map {
            "\($0.isPassed ? "passed" : "refused") by \(Escaping.terminal($0.policy)) at "
                + TimeText.seconds($0.decidedAt)
                + (outcome.signature.map { ", \(Escaping.terminal($0.short))" } ?? "")
        }
        var lines = [
            "\(version.reference)\(aliases)", "  run      \(version.run)", "  weights  \(version.weights)",
            "  created  \(TimeText.seconds(version.createdAt)) by \(Escaping.terminal(version.createdBy))",
            "  gate     \(gate ?? "no verdict")",
        ]
        lines += outcome.takenBack.map { "  rolled   " + Escaping.terminal($0) }
        if !version.description.isEmpty {
            lines.append("  about    " + VersionDetailDocument.value(version.description))
        }
        lines += outcome.statements.map {
            "  \($0.kind.rawValue) by \(Escaping.terminal($0.signer)) at \(TimeText.seconds($0.createdAt))"
        }
        lines += outcome.tags.map { "  " + Escaping.terminal("\($0.key): \($0.value)") }
        lines += outcome.spanLines.map { "  learned  " + Escaping.terminal($0) }
        if let test = outcome.test {
            let samples = IdentityText.short(test.sampleSet), strategy = IdentityText.short(test.strategy)
            lines.append("  test     samples \(samples), strategy \(strategy)")
            if let objection = test.objection(to: version.reference) {
                lines.append("  warning  no evidence: " + Escaping.terminal(objection))
            }
        }
        lines += metrics.filter { $0.key.hasPrefix("test.") }.map {
            "  " + Escaping.terminal("\($0.key) = \(measured($0.value))")
        }
        return lines.map { style.wrapped($0, indent: 2) }.joined(separator: "\n")
    }

    /// A value of several lines, its further lines under the first, so that none can pass for a field of its own.
    private static func value(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { Escaping.terminal(String($0)) }
            .joined(separator: "\n           ")
    }
}
