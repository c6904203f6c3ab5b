package import Basics
package import Workflows

/// An environment that was just made.
package struct EnvironmentMadeDocument: Document {
    package let outcome: InitializeEnvironment.Outcome

    package init(_ outcome: InitializeEnvironment.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map([
            "environment": .string(outcome.environment), "source": .string(outcome.source),
            "keys": .map(outcome.keys.map { ($0.role, .string($0.name)) }),
            "counter": outcome.signed.map { .int($0.counter) } ?? .null,
            "document": .string(outcome.signed?.digest),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = ["\(outcome.environment): what may run there stands in \(outcome.source)"]
        if !outcome.keys.isEmpty {
            lines.append("keys: \(outcome.keys.map { "\($0.name) (\($0.role))" }.joined(separator: ", "))")
        }
        if let signed = outcome.signed {
            lines.append("document \(signed.counter) is signed and in force: \(signed.digest.prefix(12))")
        } else if outcome.keys.isEmpty {
            lines.append("edit it, then sign it: hftml environments sign \(outcome.environment) --as KEY")
        } else {
            lines.append("its document is signed already, and says the same")
        }
        return lines.map { style.wrapped($0, indent: 2) }.joined(separator: "\n")
    }
}

/// What a root key is asked to sign.
package struct EnvironmentDraftDocument: Document {
    package let draft: SignEnvironment.Draft
    private let policyChanges: [String]
    private let gaps: [String]

    /// - Parameters:
    ///   - policyChanges: see ``SignEnvironment/policyChanges(_:session:)``.
    ///   - remarks: see ``SignEnvironment/roleRemarks(_:session:)``.
    package init(_ draft: SignEnvironment.Draft, policyChanges: [String], remarks: [String]) {
        (self.draft, self.policyChanges, gaps) = (draft, policyChanges, draft.gaps + remarks)
    }

    package var body: JSONValue {
        .map([
            "environment": .string(draft.environment), "counter": .int(draft.counter),
            "changes": .strings(draft.changes), "policyChanges": .strings(policyChanges), "gaps": .strings(gaps),
            "signers": .strings(draft.signers),
            "threshold": .int(draft.threshold), "expiresAt": .string(TimeText.utc(draft.expiresAt)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let title =
            draft.counter == 1
            ? "the first document of \(draft.environment):"
            : "document \(draft.counter) of \(draft.environment), against the one in force:"
        let changes = draft.changes.isEmpty ? ["nothing but its end"] : draft.changes
        var lines = [style.wrapped(title, indent: 2)]
        lines += changes.map { style.wrapped("  \(Escaping.terminal($0))", indent: 4) }
        if !policyChanges.isEmpty {
            lines.append("the policy '\(Escaping.terminal(draft.policy))':")
            lines += policyChanges.map { style.wrapped("  \(Escaping.terminal($0))", indent: 4) }
        }
        lines += gaps.map { style.wrapped(Escaping.terminal($0), indent: 2) }
        lines.append("it counts until \(TimeText.seconds(draft.expiresAt))")
        if !draft.signers.isEmpty {
            lines.append(
                style.wrapped(
                    "signed so far by \(draft.signers.joined(separator: ", ")); of its root keys \(draft.threshold) "
                        + "have to" + (draft.hasOtherRoots ? ", and those of the document before as well" : ""),
                    indent: 2))
        }
        return lines.joined(separator: "\n")
    }
}

/// A document of an environment with one signature more.
package struct EnvironmentSignedDocument: Document {
    package let outcome: SignEnvironment.Outcome
    private let behind: [HostBehind]

    /// - Parameter behind: further hosts that do not have it yet.
    package init(_ outcome: SignEnvironment.Outcome, behind: [HostBehind] = []) {
        (self.outcome, self.behind) = (outcome, behind)
    }

    package var body: JSONValue {
        .map([
            "environment": .string(outcome.environment), "counter": .int(outcome.counter),
            "document": .string(outcome.digest), "signers": .strings(outcome.signers),
            "threshold": .int(outcome.threshold), "inForce": .bool(outcome.isComplete),
            "before": outcome.before.map {
                .map([
                    "counter": .int($0.counter), "signers": .strings($0.signers), "threshold": .int($0.threshold),
                ])
            } ?? .null,
            "hostsBehind": .list(
                behind.map { .map(["directory": .string($0.directory), "next": .string($0.next)]) }),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let hosts = behind.map { style.wrapped("\(Escaping.terminal($0.text)):", indent: 2) + "\n  \($0.next)" }
        return ([state(style)] + hosts).joined(separator: "\n")
    }

    private func state(_ style: TextStyle) -> String {
        let who = outcome.signers.joined(separator: ", ")
        let before =
            outcome.before.map {
                "; of the root keys of document \($0.counter), which have to as well, \($0.signers.count) of "
                    + "\($0.threshold)" + ($0.signers.isEmpty ? "" : " (\($0.signers.joined(separator: ", ")))")
            } ?? ""
        return style.wrapped(
            outcome.isComplete
                ? "document \(outcome.counter) of \(outcome.environment) is in force: \(outcome.digest.prefix(12)), "
                    + "signed by \(who)"
                    + (outcome.before.map {
                        $0.signers.isEmpty
                            ? "" : ", and for document \($0.counter) by \($0.signers.joined(separator: ", "))"
                    } ?? "")
                : "document \(outcome.counter) of \(outcome.environment) waits for further root keys: "
                    + "\(outcome.signers.count) of \(outcome.threshold) have signed"
                    + (who.isEmpty ? "" : " (\(who))") + before, indent: 2)
    }
}

/// The document of an environment that counts; the answer is no where it has ended.
package struct EnvironmentDocument: Document {
    package let outcome: ShowEnvironment.Outcome

    package init(_ outcome: ShowEnvironment.Outcome) { self.outcome = outcome }

    package var isRefusal: Bool { outcome.isExpired }

    package var body: JSONValue {
        .map([
            "environment": .string(outcome.environment), "counter": .int(outcome.counter),
            "sha256": .string(outcome.digest), "expired": .bool(outcome.isExpired),
            "signers": .strings(outcome.signers), "threshold": .int(outcome.threshold),
            "changes": outcome.changes.map { .strings($0) } ?? .null, "problem": .string(outcome.problem),
            "waiting": outcome.waiting.map { .strings($0) } ?? .null, "document": outcome.document,
            "root": .string(outcome.root), "pinned": .bool(outcome.isPinned),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let end = TimeText.seconds(outcome.expiresAt)
        var lines = [
            "document \(outcome.counter) of \(outcome.environment), "
                + (outcome.isExpired ? "EXPIRED at \(end)" : "good until \(end)") + ", signed by "
                + "\(outcome.signers.joined(separator: ", ")) (\(outcome.threshold) have to): "
                + "\(outcome.digest.prefix(12))"
        ]
        lines.append(
            "root keys \(outcome.root)"
                + (outcome.isPinned
                    ? ", pinned here"
                    : ", which nobody has pinned here: compare with their owners, then: hftml environments pin "
                        + outcome.environment))
        lines += outcome.lines.map { "  \(Escaping.terminal($0))" }
        if let problem = outcome.problem {
            lines.append("environment.yaml cannot be read: \(problem)")
        } else if let changes = outcome.changes, !changes.isEmpty {
            lines.append("environment.yaml, policy or keys say otherwise by now; that counts only once it is signed:")
            lines += changes.map { "  \(Escaping.terminal($0))" }
        }
        if let waiting = outcome.waiting {
            lines.append("the next document waits for root keys; signed so far by \(waiting.joined(separator: ", "))")
        }
        return lines.map { style.wrapped($0, indent: 4) }.joined(separator: "\n")
    }
}

/// Root keys that are about to be believed, or were.
package struct EnvironmentPinDocument: Document {
    package let draft: PinEnvironment.Draft
    /// Nil before anybody has agreed.
    package let outcome: PinEnvironment.Outcome?

    package init(_ draft: PinEnvironment.Draft, _ outcome: PinEnvironment.Outcome? = nil) {
        (self.draft, self.outcome) = (draft, outcome)
    }

    package var body: JSONValue {
        .map([
            "environment": .string(draft.environment), "root": .string(draft.fingerprint),
            "keys": .list(draft.keys.map { .map(["name": .string($0.name), "keyID": .string($0.id)]) }),
            "threshold": .int(draft.threshold), "source": .string(draft.source), "file": .string(outcome?.file),
            "later": draft.later.map { later in
                .map([
                    "counter": .int(later.counter),
                    "keys": .list(later.keys.map { .map(["name": .string($0.name), "keyID": .string($0.id)]) }),
                ])
            } ?? .null,
            "new": .bool(outcome?.isNew ?? false),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let keys = draft.keys.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
        var lines = [
            "root keys of \(draft.environment) by \(draft.source): \(keys); \(draft.threshold) have to sign",
            draft.fingerprint,
        ]
        if let outcome {
            lines = [
                "\(outcome.environment): root keys \(outcome.isNew ? "written to" : "are pinned already in") "
                    + "\(outcome.file)", outcome.fingerprint,
            ]
        }
        if let later = draft.later {
            lines.append(
                "they led on to others: by document \(later.counter), which follows from these, the root keys are "
                    + later.keys.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
                    + "; compare those with their owners as well")
        }
        return lines.map { style.wrapped(Escaping.terminal($0), indent: 2) }.joined(separator: "\n")
    }
}

/// Documents that were brought to a further host.
package struct EnvironmentDeliveryDocument: Document {
    package let outcome: DeliverDocuments.Outcome

    package init(_ outcome: DeliverDocuments.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map([
            "environment": .string(outcome.environment), "directory": .string(outcome.directory),
            "counter": .int(outcome.counter), "added": .int(outcome.added),
            "unnamedKey": .string(outcome.unnamedKey?.id),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = [
            "document \(outcome.counter) of \(outcome.environment) is in \(outcome.directory); "
                + "\(outcome.added) were not there before"
        ]
        if let key = outcome.unnamedKey {
            lines.append(
                outcome.wasNamed
                    ? "its key '\(key.name)' (\(key.id)) is no host's there any more: what lies there opens no orders, "
                        + "and nothing is promoted to it"
                    : "its key '\(key.name)' (\(key.id)) is no host's there yet: name it in environment.yaml with the "
                        + "role host, sign, and deliver again: hftml environments sign \(outcome.environment) --as KEY")
        }
        return lines.map { style.wrapped(Escaping.terminal($0), indent: 2) }.joined(separator: "\n")
    }
}

/// Environments of a project.
package struct EnvironmentsDocument: Document {
    package let entries: [ListEnvironments.Entry]

    package init(_ entries: [ListEnvironments.Entry]) { self.entries = entries }

    package var body: JSONValue {
        let list = entries.map { entry in
            JSONValue.map([
                "environment": .string(entry.environment), "counter": entry.counter.map { .int($0) } ?? .null,
                "policy": .string(entry.policy), "expiresAt": .string(entry.expiresAt.map(TimeText.utc)),
                "problem": .string(entry.problem),
            ])
        }
        return .map([("environments", .list(list))])
    }

    package func text(_ style: TextStyle) -> String {
        if entries.isEmpty { return "no environments yet: hftml environments init NAME --policy POLICY" }
        var table = TextTable(["environment", "document", "policy", "until", "problem"])
        for entry in entries {
            table.add([
                entry.environment, entry.counter.map(String.init) ?? "–", entry.policy ?? "–",
                entry.expiresAt.map(TimeText.seconds) ?? "–", entry.problem ?? "",
            ])
        }
        return table.text(style)
    }
}
