import ArgumentParser
import Basics
import Documents
import Registry
import Workflows

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
        for key in ["policy", "rule", "environment", "share", "signer", "equal", "reason"] {
            if let value = text(key), !value.isEmpty { parts.append("\(key) \(value)") }
        }
        return parts.joined(separator: ", ")
    }
}

extension ModelsCommand {
    struct History: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every change of a model: who, when, old, new, why. Oldest first.",
            discussion: """
                EXAMPLES
                  hftml models history bars-cnn
                  hftml models history bars-cnn --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The model.") var model: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let entries = try session.registry().history(model: model)
            if common.json {
                return emit(
                    JSONValue.map(["schemaVersion": .int(1), "entries": .list(entries.map(\.json))]).text(.pretty))
            }
            var table = TextTable(["#", "at", "who", "what", "subject", ""], rightAligned: [0])
            for e in entries {
                table.add([
                    String(e.sequence), TimeText.utc(e.time / 1_000_000_000 * 1_000_000_000), e.actor, e.action,
                    e.subject, e.sentence,
                ])
            }
            emit(table.text)
        }
    }

    struct Tag: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set or remove tags of a version, or of a model.",
            discussion: """
                EXAMPLES
                  hftml models tag bars-cnn/3 tier=1 desk=equities
                  hftml models tag bars-cnn/3 --remove tier
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "NAME/VERSION, NAME@ALIAS, or a bare name for the model itself.") var reference: String
        @Argument(help: "key=value.") var tags: [String] = []
        @Option(help: "Remove this tag.") var remove: [String] = []

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry(), subject = try RegistrySubject.named(reference, registry)
            try registry.setTags(try tags.map(KeyValue.parse), of: subject)
            for key in remove { try registry.deleteTag(key, of: subject) }
            try show(try registry.tags(of: subject), common)
        }
    }

    struct Describe: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a version or model is.",
            discussion: """
                EXAMPLES
                  hftml models describe bars-cnn "Five-minute direction, US shares"
                  hftml models describe bars-cnn/3 "Trained after the tick-size change"
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "NAME/VERSION, NAME@ALIAS, or a bare name for the model itself.") var reference: String
        @Argument(help: "The text.") var text: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry()
            try registry.setDescription(text, of: try RegistrySubject.named(reference, registry))
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "subject": .string(reference), "description": .string(text),
                    ]).text(.pretty))
            } else {
                emit("\(reference): \(text)")
            }
        }
    }

    struct Delete: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hide a version or model; nothing is lost, and restore brings it back.",
            discussion: """
                EXAMPLES
                  hftml models delete bars-cnn/2 --reason "trained on the wrong split"
                  hftml models delete old-model --reason retired
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "NAME/VERSION, or a bare name for the model itself.") var reference: String
        @Option(help: "Why; kept in the audit log.") var reason = ""

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry()
            try registry.delete(try RegistrySubject.named(reference, registry), reason: reason)
            guard !common.json else {
                return emit(JSONValue.map(["schemaVersion": .int(1), "deleted": .string(reference)]).text(.pretty))
            }
            emit("deleted \(reference); bring it back with: hftml models restore \(reference)")
        }
    }

    struct Restore: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring a deleted version or model back.",
            discussion: """
                EXAMPLES
                  hftml models restore bars-cnn/2
                  hftml models restore old-model --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "NAME/VERSION, or a bare name for the model itself.") var reference: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry()
            try registry.restore(try RegistrySubject.named(reference, registry))
            if common.json {
                emit(JSONValue.map(["schemaVersion": .int(1), "restored": .string(reference)]).text(.pretty))
            } else {
                emit("restored \(reference)")
            }
        }
    }
}

extension RegistrySubject {
    /// A version by number or alias, or a model by its bare name.
    static func named(_ reference: String, _ registry: RegistryDatabase) throws -> RegistrySubject {
        let text = reference.hasPrefix("models:/") ? String(reference.dropFirst(8)) : reference
        if text.contains("@") {
            let version = try registry.version(text)
            return .version(model: version.model, number: version.version)
        }
        if let slash = text.lastIndex(of: "/"), let number = Int(text[text.index(after: slash)...]) {
            return .version(model: String(text[..<slash]), number: number)
        }
        return .model(text)
    }
}

/// `key=value` as options and arguments have it.
enum KeyValue {
    static func parse(_ text: String) throws -> (String, String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw Failure("usage.tag", "found '\(text)', expected key=value", exitStatus: .usage)
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}

func show(_ tags: [(key: String, value: String)], _ common: CommonOptions) throws {
    if common.json {
        return emit(
            JSONValue.map(["schemaVersion": .int(1), "tags": .map(tags.map { ($0.key, .string($0.value)) })]).text(
                .pretty))
    }
    for tag in tags { emit("\(tag.key) = \(tag.value)") }
}

extension RegistryCommand {
    struct At: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "What was champion, what was live and who had decided, at a moment.",
            discussion: """
                EXAMPLES
                  hftml registry at 2026-03-01T09:30
                  hftml registry at 2026-03-01 --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "A day or time, UTC.") var time: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            guard let moment = TimeText.parseUTC(time) else {
                throw Failure(
                    "usage.time", "found '\(time)', expected a time such as 2026-03-01 or 2026-03-01T09:30",
                    exitStatus: .usage)
            }
            let snapshot = try session.registry().snapshot(at: moment)
            let aliases = snapshot.aliases.sorted { $0.key < $1.key }, live = snapshot.live.sorted { $0.key < $1.key }
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "at": .string(TimeText.utc(moment)),
                        "aliases": .map(aliases.map { ($0.key, .int($0.value)) }),
                        "live": .map(live.map { ($0.key, .string($0.value)) }),
                        "versions": .list(
                            snapshot.versions.map { v in
                                .map([
                                    "version": .string(v.reference), "weights": .string(v.weights),
                                    "registeredBy": .string(v.registeredBy),
                                    "gate": v.gate.map {
                                        .map([
                                            "outcome": .string($0.outcome), "policy": .string($0.policy),
                                            "by": .string($0.by),
                                        ])
                                    } ?? .null,
                                    "statements": .list(
                                        v.statements.map { .map(["kind": .string($0.kind), "by": .string($0.by)]) }),
                                ])
                            }),
                    ]).text(.pretty))
            }
            emit("registry at \(TimeText.utc(moment))")
            for (name, number) in aliases { emit("  \(name) → \(number)") }
            for (environment, version) in live { emit("  live in \(environment): \(version)") }
            var table = TextTable(["version", "weights", "registered by", "gate", "statements"])
            for v in snapshot.versions {
                table.add([
                    v.reference, String(v.weights.prefix(12)), v.registeredBy,
                    v.gate.map { "\($0.outcome) by \($0.policy) (\($0.by))" } ?? "–",
                    v.statements.map { "\($0.kind) by \($0.by)" }.joined(separator: ", "),
                ])
            }
            emit(table.text)
        }
    }
}

extension RegistryCommand {
    struct ImportMLflow: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "import-mlflow",
            abstract:
                "Bring the history of an MLflow server over: experiments, runs, metric histories, models, versions, aliases, files.",
            discussion: """
                EXAMPLES
                  hftml registry import-mlflow mlflow.db
                  hftml registry import-mlflow sqlite:///srv/mlflow.db --artefacts /srv/mlartifacts
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The server's SQLite file.", completion: .file()) var location: String
        @Option(
            help: "Where the server keeps mlflow-artifacts:/; mlartifacts beside the file by default.",
            completion: .directory) var artefacts: String?
        @Flag(help: "Leave files where they are.") var noArtefacts = false

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let terminal = common.terminal
            let summary = try Workflows.ImportMLflow.run(
                location, artefactRoot: artefacts, copiesArtefacts: !noArtefacts, session: session,
                progress: { done, all in terminal.showProgress("\(done) of \(all) runs") })
            terminal.clearLine()
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "experiments": .int(summary.experiments), "runs": .int(summary.runs),
                        "parameters": .int(summary.parameters), "tags": .int(summary.tags),
                        "points": .int(summary.points), "models": .int(summary.models),
                        "versions": .int(summary.versions), "aliases": .int(summary.aliases),
                        "artefacts": .int(summary.artefacts), "skipped": .strings(summary.skipped),
                    ]).text(.pretty))
            }
            for line in summary.skipped.prefix(20) { terminal.say("  not brought over: \(line)") }
            if summary.skipped.count > 20 { terminal.say("  and \(summary.skipped.count - 20) more") }
            emit(
                "\(summary.experiments) experiments, \(summary.runs) runs with \(summary.parameters) parameters and \(summary.points) metric values, "
                    + "\(summary.models) models, \(summary.versions) versions, \(summary.aliases) aliases, \(summary.artefacts) files"
            )
        }
    }
}
