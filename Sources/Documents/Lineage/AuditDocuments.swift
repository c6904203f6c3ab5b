package import Basics
package import Registry

extension AuditEntry {
    var json: JSONValue {
        .map([
            "sequence": .int(sequence), "at": .string(TimeText.utc(time)), "actor": .string(actor),
            "action": .string(action), "subject": .string(subject),
            "detail": (try? JSONParser.parse(detail)) ?? .string(detail), "hash": .string(hash),
        ])
    }

    /// Old, new and why, where the entry has them.
    var sentence: String {
        guard let node = try? JSONParser.parse(detail) else { return "" }
        func text(_ key: String) -> String? {
            node[key: key].flatMap { $0.isNull ? nil : $0.stringValue ?? $0.text(.compact) }
        }
        var parts: [String] = []
        if let new = text("new") {
            parts.append("\(text("old") ?? "–") → \(new)")
        } else if let old = text("old") {
            parts.append("\(old) → –")
        }
        for key in ["policy", "rule", "environment", "share", "signer", "equal", "person", "reason"] {
            if let value = text(key), !value.isEmpty { parts.append("\(key) \(value)") }
        }
        return parts.joined(separator: ", ")
    }
}

/// The audit log.
package struct AuditDocument: Document {
    package let entries: [AuditEntry]

    package init(_ entries: [AuditEntry]) { self.entries = entries }

    package var body: JSONValue { .map([("entries", .list(entries.map(\.json)))]) }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable(["#", "at", "actor", "action", "subject"], rightAligned: [0], kept: [3])
        for e in entries { table.add([String(e.sequence), TimeText.seconds(e.time), e.actor, e.action, e.subject]) }
        return table.text(style)
    }
}

/// Every change of one model, each with what was before.
package struct ModelHistoryDocument: Document {
    package let entries: [AuditEntry]

    package init(_ entries: [AuditEntry]) { self.entries = entries }

    package var body: JSONValue { .map([("entries", .list(entries.map(\.json)))]) }

    package func text(_ style: TextStyle) -> String {
        guard !entries.isEmpty else { return "no history: the log has no entry about this model" }
        var table = TextTable(["#", "at", "who", "what", "subject", ""], rightAligned: [0])
        for e in entries {
            table.add([String(e.sequence), TimeText.seconds(e.time), e.actor, e.action, e.subject, e.sentence])
        }
        return table.text(style)
    }
}

/// Whether the record is what the log says of it.
package struct VerifiedRecordDocument: Document {
    package let problems: [String]

    /// For people, where nothing was found.
    package let note: String?

    /// What the check does not vouch for, a sentence each.
    package let gaps: [String]

    package init(problems: [String], note: String? = nil, gaps: [String] = []) {
        (self.problems, self.note, self.gaps) = (problems, note, gaps)
    }

    package var isRefusal: Bool { !problems.isEmpty }
    package var body: JSONValue {
        .map(["fine": .bool(problems.isEmpty), "problems": .strings(problems), "notes": .strings(gaps)])
    }
    package func text(_ style: TextStyle) -> String {
        let found =
            problems.isEmpty
            ? ["registry, audit chain, seals, rows and signed heads are intact"] + (note.map { [$0] } ?? [])
            : problems.map { style.wrapped(Escaping.terminal($0), indent: 2) }
        return (found + gaps.map { style.wrapped(Escaping.terminal("note: \($0)"), indent: 2) }).joined(separator: "\n")
    }
}

/// The registry as it stood at a moment.
package struct SnapshotDocument: Document {
    package let snapshot: RegistrySnapshot

    package init(_ snapshot: RegistrySnapshot) { self.snapshot = snapshot }

    private var aliases: [(key: String, value: Int)] { snapshot.aliases.sorted { $0.key < $1.key } }
    private var live: [(key: String, value: String)] { snapshot.live.sorted { $0.key < $1.key } }

    package var body: JSONValue {
        .map([
            "at": .string(TimeText.utc(snapshot.time)), "aliases": .map(aliases.map { ($0.key, .int($0.value)) }),
            "live": .map(live.map { ($0.key, .string($0.value)) }),
            "versions": .list(snapshot.versions.map(SnapshotDocument.json)),
            "halted": .map(halted.map { ($0.environment, SnapshotDocument.json($0)) }),
            "acts": .list(snapshot.acts.map(SnapshotDocument.json)),
        ])
    }

    private var halted: [RegistrySnapshot.Act] { snapshot.halted.values.sorted { $0.environment < $1.environment } }

    private static func json(_ act: RegistrySnapshot.Act) -> JSONValue {
        .map([
            "environment": .string(act.environment), "what": .string(act.what), "person": .string(act.person),
            "reason": .string(act.reason), "at": .string(TimeText.utc(act.time)),
        ])
    }

    private static func json(_ version: RegistrySnapshot.Version) -> JSONValue {
        let gate = version.gate.map { gate in
            JSONValue.map([
                "outcome": .string(gate.outcome), "policy": .string(gate.policy), "by": .string(gate.by),
            ])
        }
        return .map([
            "version": .string(version.reference), "weights": .string(version.weights),
            "registeredBy": .string(version.registeredBy), "gate": gate ?? .null,
            "statements": .list(
                version.statements.map { .map(["kind": .string($0.kind), "by": .string($0.by)]) }),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = ["registry at \(TimeText.utc(snapshot.time))"]
        lines += aliases.map { "  " + Escaping.terminal("\($0.key) → \($0.value)") }
        lines += live.map { "  " + Escaping.terminal("live in \($0.key): \($0.value)") }
        lines += halted.map { act in
            let who = act.person ?? "nobody who said so", why = act.reason.map { ": \($0)" } ?? ""
            return "  "
                + Escaping.terminal("halted: \(act.environment), by \(who) at \(TimeText.seconds(act.time))\(why)")
        }
        var table = TextTable(["version", "weights", "registered by", "gate", "statements"])
        for v in snapshot.versions {
            table.add([
                v.reference, String(v.weights.prefix(12)), v.registeredBy,
                v.gate.map { "\($0.outcome) by \($0.policy) (\($0.by))" } ?? "–",
                v.statements.map { "\($0.kind) by \($0.by)" }.joined(separator: ", "),
            ])
        }
        return (lines + [table.text(style)]).joined(separator: "\n")
    }
}
