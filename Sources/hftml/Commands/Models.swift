import ArgumentParser
import Basics
import Documents
import Registry
import Workflows

struct ModelsCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Versions of models and their aliases.",
        subcommands: [
            List.self, Show.self, History.self, Register.self, Alias.self, DeleteAlias.self, Tag.self, Describe.self,
            Card.self, Delete.self, Restore.self, Export.self, Import.self, GitTag.self,
        ], defaultSubcommand: List.self)

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    static func json(_ version: VersionRecord) -> JSONValue {
        .map([
            "model": .string(version.model), "version": .int(version.version), "run": .string(version.run),
            "weights": .string(version.weights),
            "createdAt": .string(TimeText.utc(version.createdAt)), "createdBy": .string(version.createdBy),
            "aliases": .strings(version.aliases),
        ])
    }

    struct List: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "All versions.",
            discussion: """
                EXAMPLES
                  hftml models list
                  hftml models list bars-cnn --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Only this model.") var model: String?

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let versions = try session.registry().versions(model: model)
            if common.json {
                return emit(
                    JSONValue.map(["schemaVersion": .int(1), "versions": .list(versions.map(ModelsCommand.json))]).text(
                        .pretty))
            }
            var table = TextTable(["version", "aliases", "run", "weights", "created", "by"])
            for v in versions {
                table.add([
                    v.reference, v.aliases.joined(separator: ", "), String(v.run.prefix(8)),
                    String(v.weights.prefix(12)), TimeText.utc(v.createdAt / 1_000_000_000 * 1_000_000_000),
                    v.createdBy,
                ])
            }
            emit(table.text)
        }
    }

    struct Show: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "One version, its run's measures, and the gate's verdict.",
            discussion: """
                EXAMPLES
                  hftml models show bars-cnn/1
                  hftml models show bars-cnn@champion
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "NAME/VERSION, NAME@ALIAS, or a bare name for the newest.") var reference: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry()
            let version = try registry.version(reference)
            let metrics = try registry.latestMetrics(run: version.run)
            let statements = try registry.statements(of: version),
                tags = try registry.tags(of: .version(model: version.model, number: version.version))
            let decision = try registry.latestDecision(for: version)
            if common.json {
                var node = ModelsCommand.json(version)
                node[key: "schemaVersion"] = .int(1)
                node[key: "metrics"] = .map(metrics.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) })
                node[key: "gate"] =
                    decision.map {
                        .map([
                            "policy": .string($0.policy), "passed": .bool($0.isPassed), "decision": .string($0.digest),
                        ])
                    } ?? .null
                node[key: "description"] = .string(version.description)
                node[key: "tags"] = .map(tags.map { ($0.key, .string($0.value)) })
                node[key: "statements"] = .list(
                    statements.map {
                        .map([
                            "kind": .string($0.kind.rawValue), "signer": .string($0.signer), "keyID": .string($0.keyID),
                            "at": .string(TimeText.utc($0.createdAt)),
                            "digest": .string($0.digest),
                        ])
                    })
                return emit(node.text(.pretty))
            }
            emit(
                "\(version.reference)\(version.aliases.isEmpty ? "" : " (\(version.aliases.joined(separator: ", ")))")")
            emit(
                "  run      \(version.run)\n  weights  \(version.weights)\n  created  \(TimeText.utc(version.createdAt)) by \(version.createdBy)"
            )
            emit(
                "  gate     \(decision.map { "\($0.isPassed ? "passed" : "refused") by \($0.policy) at \(TimeText.utc($0.decidedAt))" } ?? "no verdict")"
            )
            if !version.description.isEmpty { emit("  about    \(version.description)") }
            for s in statements { emit("  \(s.kind.rawValue) by \(s.signer) at \(TimeText.utc(s.createdAt))") }
            for tag in tags { emit("  \(tag.key): \(tag.value)") }
            for (key, value) in metrics.sorted(by: { $0.key < $1.key }) where key.hasPrefix("test.") {
                emit("  \(key) = \(value)")
            }
        }
    }

    struct Register: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a version from a finished run.",
            discussion: """
                EXAMPLES
                  hftml models register latest --name bars-cnn
                  hftml models register out/bars-cnn --name bars-cnn -o version.json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "A run, or the directory that training wrote.") var run: String
        @Option(help: "The model's name.") var name: String
        @Option(name: .shortAndLong, help: "Write the version's identity here.", completion: .file()) var output:
            String?

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let version = try RegisterModel.run(run, name: name, output: output, session: session)
            if common.json {
                var node = ModelsCommand.json(version)
                node[key: "schemaVersion"] = .int(1)
                return emit(node.text(.pretty))
            }
            emit(version.reference)
        }
    }

    struct Alias: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Point an alias at a version.",
            discussion: """
                EXAMPLES
                  hftml models alias bars-cnn/2 challenger
                  hftml models alias bars-cnn/2 challenger --expect 1 --reason "better out of sample"
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The version.") var reference: String
        @Argument(help: "The alias.") var alias: String
        @Option(help: "Why; kept in the audit log.") var reason = ""
        @Option(
            help: "The version that the alias must point at now, or none; refused with exit 2 if somebody moved it.")
        var expect: String?

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry()
            let version = try registry.version(reference)
            let expected = try expect.map { text -> AliasState in
                if text == "none" { return .unset }
                guard let number = Int(text) else {
                    throw Failure(
                        "usage.expect", "found '\(text)' after --expect, expected a version number or none",
                        exitStatus: .usage)
                }
                return .version(number)
            }
            guard alias != "champion" else {
                throw Failure(
                    "models.champion", "the alias 'champion' moves by promotion only",
                    hint: "run: hftml promote \(version.reference) --to ENVIRONMENT", exitStatus: .usage)
            }
            try registry.setAlias(
                alias, of: version, reason: reason, expected: expected,
                order: session.aliasOrder)
            if common.json {
                emit(ModelsCommand.json(try registry.version(version.reference)).text(.pretty))
            } else {
                emit("\(version.model)@\(alias) → \(version.reference)")
            }
        }
    }

    struct DeleteAlias: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete-alias", abstract: "Remove an alias.",
            discussion: """
                EXAMPLES
                  hftml models delete-alias bars-cnn challenger
                  hftml models delete-alias bars-cnn staging --quiet
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The model.") var model: String
        @Argument(help: "The alias.") var alias: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            try session.registry().deleteAlias(alias, model: model)
            if common.json {
                emit(JSONValue.map(["schemaVersion": .int(1), "deleted": .string("\(model)@\(alias)")]).text(.pretty))
            } else {
                emit("removed \(model)@\(alias)")
            }
        }
    }
}
