package import Basics
package import Workflows

extension BackupManifest {
    fileprivate var facts: [(String, JSONValue)] {
        [
            ("number", .int(number)), ("createdAt", .string(TimeText.utc(createdAt))),
            ("createdBy", .string(createdBy)), ("previous", .string(previous)), ("entries", .int(entries)),
            ("tip", .string(tip)), ("versions", .int(versions)), ("files", .int(files.count)),
        ]
    }
}

/// A backup that was made.
package struct CreatedBackupDocument: Document {
    package let outcome: CreateBackup.Outcome

    package init(_ outcome: CreateBackup.Outcome) { self.outcome = outcome }

    /// It is there, and lacks what the registry names.
    package var isFailure: Bool { !outcome.manifest.missing.isEmpty }

    package var body: JSONValue {
        .map(
            outcome.manifest.facts + [
                ("manifest", .string(outcome.digest)), ("signer", .string(outcome.signer)),
                ("newFiles", .int(outcome.written.files)), ("newBytes", .int(outcome.written.bytes)),
                ("missing", .strings(outcome.manifest.missing)),
                ("skipped", .strings(outcome.skipped + outcome.strays)),
            ])
    }

    package func text(_ style: TextStyle) -> String {
        let manifest = outcome.manifest
        var lines = [
            "backup \(manifest.number): \(manifest.files.count) files, \(outcome.written.files) of them new "
                + "(\(outcome.written.bytes) bytes); \(manifest.versions) versions, log to entry \(manifest.entries); "
                + (outcome.signer.map { "signed by \($0)" } ?? "not signed")
        ]
        lines += outcome.skipped.map { "stayed behind, no plain file: \($0)" }
        lines += outcome.strays.map {
            "stayed behind, not the registry of this backup, which is '\(outcome.registryPath)': \($0)"
        }
        lines += manifest.missing.map { "missing or damaged: artefact \($0)" }
        return lines.map { style.wrapped($0, indent: 2) }.joined(separator: "\n")
    }
}

/// A backup that was fetched.
package struct FetchedBackupDocument: Document {
    package let outcome: FetchBackup.Outcome

    package init(_ outcome: FetchBackup.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map([
            "backup": outcome.manifest.map { .map($0.facts) } ?? .null, "newFiles": .int(outcome.files),
            "newBytes": .int(outcome.bytes),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        guard let manifest = outcome.manifest else { return "there is no backup yet" }
        return style.wrapped(
            "backup \(manifest.number) of \(TimeText.seconds(manifest.createdAt)): \(outcome.files) new files "
                + "(\(outcome.bytes) bytes), log to entry \(manifest.entries)", indent: 2)
    }
}

/// Whether backups are what they were when they were made.
package struct VerifiedBackupDocument: Document {
    package let outcome: VerifyBackup.Outcome

    package init(_ outcome: VerifyBackup.Outcome) { self.outcome = outcome }

    package var isRefusal: Bool { !outcome.problems.isEmpty }

    package var body: JSONValue {
        .map([
            "fine": .bool(outcome.problems.isEmpty), "problems": .strings(outcome.problems),
            "leftovers": .strings(outcome.leftovers), "backups": .list(outcome.numbers.map { .int($0) }),
            "files": .int(outcome.objects), "bytes": .int(outcome.bytes),
            "newest": outcome.newest.map { .map($0.facts) } ?? .null, "signer": .string(outcome.signer),
            "signatureChecked": .bool(outcome.isSignerKnown),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = outcome.problems
        if lines.isEmpty {
            let signature =
                outcome.signer.map {
                    outcome.isSignerKnown ? "signed by \($0)" : "signed by key \($0), which --signed-by did not ask for"
                } ?? "not signed"
            lines.append(
                "\(outcome.numbers.count) backups with \(outcome.objects) files (\(outcome.bytes) bytes) are intact; "
                    + "the newest is \(signature)")
        }
        if !outcome.leftovers.isEmpty {
            lines.append("\(outcome.leftovers.count) files of an unfinished backup; the next one removes them")
        }
        return lines.map { style.wrapped($0, indent: 2) }.joined(separator: "\n")
    }
}

/// A backup that was restored.
package struct RestoredBackupDocument: Document {
    package let outcome: RestoreBackup.Outcome

    package init(_ outcome: RestoreBackup.Outcome) { self.outcome = outcome }

    package var isRefusal: Bool { !outcome.problems.isEmpty }

    package var body: JSONValue {
        .map([
            "workspace": .string(outcome.target), "backup": .map(outcome.manifest.facts),
            "files": .int(outcome.files), "bytes": .int(outcome.bytes), "kept": .strings(outcome.kept),
            "fine": .bool(outcome.problems.isEmpty), "problems": .strings(outcome.problems),
            "unaskedAnchors": .strings(outcome.unasked), "changed": .strings(outcome.changed),
            "unknownKeys": .strings(outcome.unknownKeys), "hosts": .strings(outcome.hosts),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = [
            "backup \(outcome.manifest.number) of \(TimeText.seconds(outcome.manifest.createdAt)) is restored in "
                + "\(outcome.target): \(outcome.files) files, \(outcome.manifest.versions) versions, log to entry "
                + "\(outcome.manifest.entries)"
        ]
        if !outcome.isSignerAsked {
            lines.append("nobody asked who signed it: name a key that must have, with --signed-by FILE")
        }
        lines += outcome.kept.map { "stays as it was here, other than in the backup: \($0)" }
        lines += outcome.changed + outcome.unknownKeys + outcome.hosts
        lines += outcome.unasked.map {
            "the anchors in '\($0)' were not asked, it is not here; hftml audit verify and hftml promote ask them"
        }
        lines += outcome.problems
        return lines.map { style.wrapped($0, indent: 2) }.joined(separator: "\n")
    }
}

/// Whether a backup would bring the project back, and how long that takes.
package struct BackupDrillDocument: Document {
    package let outcome: DrillBackup.Outcome

    package init(_ outcome: DrillBackup.Outcome) { self.outcome = outcome }

    package var isFailure: Bool { !outcome.isFine }

    package var body: JSONValue {
        .map([
            "fine": .bool(outcome.isFine), "backup": outcome.manifest.map { .map($0.facts) } ?? .null,
            "recoveryTimeSeconds": .double(outcome.recoveryTime),
            "recoveryPointSeconds": .double(outcome.recoveryPoint),
            "steps": .list(
                outcome.steps.map {
                    .map([
                        "name": .string($0.name), "seconds": .double($0.seconds), "found": .string($0.found),
                        "problems": .strings($0.problems),
                    ])
                }),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = outcome.steps.flatMap { step in
            ["\(step.problems.isEmpty ? "✓" : "✗") \(step.name): \(seconds(step.seconds)), \(step.found)"]
                + step.problems.map { "  \($0)" }
        }
        lines.append(
            "recovery time (RTO) \(seconds(outcome.recoveryTime)); recovery point (RPO) "
                + (outcome.recoveryPoint.map { seconds($0) + " ago" } ?? "unknown"))
        return lines.map { style.wrapped($0, indent: 4) }.joined(separator: "\n")
    }

    private func seconds(_ value: Double) -> String { rounded(value, 2) + " s" }
}
