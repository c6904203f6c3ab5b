package import Basics
import GRDB

/// What was registered, champion and live at a moment, and what had been decided, as the audit log tells it.
package struct RegistrySnapshot: Sendable, Equatable {
    package struct Version: Sendable, Equatable {
        package var reference: String
        package var weights: String
        package var registeredBy: String
        /// The newest verdict of a gate, with who asked for it; nil before any.
        package var gate: (outcome: String, policy: String, by: String)?
        /// Names of those who had approved, rejected or waived, with what they did.
        package var statements: [(kind: String, by: String)] = []

        package static func == (a: Version, b: Version) -> Bool {
            a.reference == b.reference && a.weights == b.weights && a.gate?.outcome == b.gate?.outcome
                && a.statements.map(\.by) == b.statements.map(\.by)
        }
    }

    package var time: Nanoseconds
    package var versions: [Version] = []
    /// `model@alias` → version.
    package var aliases: [String: Int] = [:]
    /// Environment → version that runs there, with its share of instruments.
    package var live: [String: String] = [:]
    /// Environment → who halted it and why, where it was halted and not resumed since.
    package var halted: [String: Act] = [:]
    /// Halts, resumes and rollbacks at hosts, oldest first.
    package var acts: [Act] = []

    /// What a person did at a host.
    package struct Act: Sendable, Equatable {
        package var environment: String
        /// `halted`, `resumed` or `rolled-back`.
        package var what: String
        /// As the host says; nil for an act of before hosts said so.
        package var person: String?
        package var reason: String?
        /// When it came into the record.
        package var time: Nanoseconds
    }

    /// Replays the log up to a moment. O(entries).
    package init(_ entries: [AuditEntry], at time: Nanoseconds) {
        self.time = time
        var positions: [String: Int] = [:]
        // The order is that of the log: what was entered before the last entry of the time is part of it.
        let end = entries.lastIndex { $0.time <= time }.map { $0 + 1 } ?? 0
        for entry in entries[..<end] {
            let detail = (try? JSONParser.parse(entry.detail)) ?? .null
            switch entry.action {
            case "version.register", "version.import":
                positions[entry.subject] = versions.count
                versions.append(
                    Version(
                        reference: entry.subject, weights: detail[key: "weights"]?.stringValue ?? "",
                        registeredBy: entry.actor))
            case "alias.set": aliases[entry.subject] = detail[key: "new"]?.intValue
            case "alias.delete": aliases[entry.subject] = nil
            case "gate.passed", "gate.refused":
                if let position = positions[entry.subject] {
                    versions[position].gate = (
                        String(entry.action.dropFirst(5)), detail[key: "policy"]?.stringValue ?? "", entry.actor
                    )
                }
            case "statement.approval", "statement.rejection", "statement.waiver":
                if let position = positions[entry.subject] {
                    versions[position].statements.append(
                        (String(entry.action.dropFirst(10)), detail[key: "signer"]?.stringValue ?? entry.actor))
                }
            case "deployment.installed", "deployment.rolled-back", "deployment.halted", "deployment.resumed":
                if entry.actor.hasPrefix("runtime:") { take(entry, detail) }
            default: break
            }
        }
    }

    private mutating func take(_ entry: AuditEntry, _ detail: JSONValue) {
        let act = Act(
            environment: String(entry.actor.dropFirst(8)), what: String(entry.action.dropFirst(11)),
            person: detail[key: "person"]?.stringValue, reason: detail[key: "reason"]?.stringValue, time: entry.time)
        switch act.what {
        case "halted": halted[act.environment] = act
        case "resumed": halted[act.environment] = nil
        default: live[act.environment] = entry.subject
        }
        if act.what != "installed" { acts.append(act) }
    }
}

extension RegistryDatabase {
    /// Every change that concerns a model: its versions, aliases, tags, verdicts, statements and deployments. Oldest
    /// first; empty for a model that was registered before there was a log.
    ///
    /// - Throws: ``Failure`` with code `registry.no-model` and the nearest name where there is none.
    package func history(model: String) throws -> [AuditEntry] {
        let (lower, upper) = AuditSubject.bounds(ofModel: model)
        let entries = try read {
            try StoredRow.fetchAll(
                $0, sql: "SELECT * FROM audit_entry WHERE subject >= ? AND subject < ? ORDER BY sequence",
                arguments: [lower, upper]
            ).map(AuditEntry.init)
        }.filter { $0.about?.model == model }
        if entries.isEmpty { try requireModel(model) }
        return entries
    }

    package func snapshot(at time: Nanoseconds) throws -> RegistrySnapshot {
        RegistrySnapshot(try auditEntries(), at: time)
    }
}
