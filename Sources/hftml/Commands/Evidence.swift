import ArgumentParser
import Basics
import Documents
import Registry
import Workflows

struct LineageCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "lineage", abstract: "Show what a version, run or file was made from, or what was made from it.",
        discussion: """
            EXAMPLES
              hftml lineage bars-cnn/1
              hftml lineage Data/demo-market --downstream --mermaid
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, a run, or data.") var reference: String
    @Flag(help: "Forward, to bundles and deployments.") var downstream = false
    @Flag(help: "As a Mermaid flowchart.") var mermaid = false
    @Flag(help: "As a Graphviz digraph.") var dot = false
    @Flag(name: .customLong("openlineage"), help: "As OpenLineage run events, one JSON object a line.")
    var openLineage = false

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        let graph = try TraceLineage.run(reference, downstream: downstream, session: session)
        if openLineage {
            for event in try TraceLineage.openLineage(graph, registry: try session.registry()) {
                emit(event.text(.compact))
            }
            return
        }
        if common.json { return emit(TraceLineage.json(graph).text(.pretty)) }
        emit(
            mermaid
                ? TraceLineage.mermaid(graph)
                : dot ? TraceLineage.dot(graph) : TraceLineage.tree(graph, downstream: downstream), terminator: "")
    }
}

struct RegistryCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "SQL, schema, history, backup and check of the registry.",
        subcommands: [Query.self, Schema.self, At.self, Backup.self, Verify.self, ImportMLflow.self])

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct Query: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run one read-only SQL statement on the documented views.",
            discussion: """
                EXAMPLES
                  hftml registry query "SELECT id, name, status FROM runs"
                  hftml registry query "SELECT * FROM gate_decisions" --csv
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The statement.") var sql: String
        @Flag(help: "As CSV.") var csv = false
        @Flag(help: "As a Markdown table.") var markdown = false

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let result = try session.registry().query(sql)
            func cell(_ value: JSONValue) -> String { value.isNull ? "" : value.stringValue ?? value.text(.compact) }
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "columns": .strings(result.columns),
                        "rows": .list(result.rows.map { row in .map(zip(result.columns, row).map { ($0, $1) }) }),
                    ]).text(.pretty))
            } else if csv {
                func quoted(_ text: String) -> String {
                    text.contains(where: { ",\"\n".contains($0) })
                        ? "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                            + "\"" : text
                }
                emit(result.columns.map(quoted).joined(separator: ","))
                for row in result.rows { emit(row.map { quoted(cell($0)) }.joined(separator: ",")) }
            } else if markdown {
                emit(
                    "| \(result.columns.joined(separator: " | ")) |\n|\(String(repeating: "---|", count: result.columns.count))"
                )
                for row in result.rows { emit("| \(row.map(cell).joined(separator: " | ")) |") }
            } else {
                var table = TextTable(result.columns)
                for row in result.rows { table.add(row.map(cell)) }
                emit(table.text)
            }
        }
    }

    struct Schema: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "The views that people may rely on, each with a query to start from.",
            discussion: """
                EXAMPLES
                  hftml registry schema
                  hftml registry schema --json
                """)

        @OptionGroup var common: CommonOptions

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry()
            let views = try RegistryDatabase.viewExamples.map {
                (
                    name: $0.name, columns: try registry.query("SELECT * FROM \($0.name) LIMIT 0").columns,
                    about: $0.about, example: $0.example
                )
            }
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "views": .list(
                            views.map {
                                .map([
                                    "name": .string($0.name), "columns": .strings($0.columns),
                                    "about": .string($0.about), "example": .string($0.example),
                                ])
                            }),
                    ]).text(.pretty))
            }
            for view in views {
                emit("\(view.name): \(view.about)\n    \(view.columns.joined(separator: ", "))\n    \(view.example)\n")
            }
        }
    }

    struct Backup: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the registry while others may write.",
            discussion: """
                EXAMPLES
                  hftml registry backup registry-backup.sqlite
                  hftml registry backup /backup/registry.sqlite
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The copy; must not exist.", completion: .file()) var file: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            try session.registry().backup(to: file)
            if common.json {
                emit(JSONValue.map(["schemaVersion": .int(1), "backup": .string(file)]).text(.pretty))
            } else {
                emit(file)
            }
        }
    }

    struct Verify: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the file, its references and the audit chain; exit 2 when something is wrong.",
            discussion: """
                EXAMPLES
                  hftml registry verify
                  hftml registry verify --json
                """)

        @OptionGroup var common: CommonOptions

        mutating func perform(_ context: CommandContext) throws { try AuditCommand.verify(context) }
    }
}

struct AuditCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The tamper-evident log.", subcommands: [Show.self, Verify.self],
        defaultSubcommand: Show.self)

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    static func verify(_ context: CommandContext) throws {
        let common = context.common
        let problems = try VerifyRecord.run(session: try context.session())
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "fine": .bool(problems.isEmpty), "problems": .strings(problems),
                ]).text(.pretty))
        } else {
            emit(
                problems.isEmpty
                    ? "registry, audit chain, seals and signed heads are whole" : problems.joined(separator: "\n"))
        }
        if !problems.isEmpty { throw ExitCode(ExitStatus.refused.rawValue) }
    }

    struct Show: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Who did what, when; oldest first.",
            discussion: """
                EXAMPLES
                  hftml audit show
                  hftml audit show --json
                """)

        @OptionGroup var common: CommonOptions

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let entries = try session.registry().auditEntries()
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "entries": .list(entries.map(\.json)),
                    ]).text(.pretty))
            }
            var table = TextTable(["#", "at", "actor", "action", "subject"], rightAligned: [0])
            for e in entries {
                table.add([
                    String(e.sequence), TimeText.utc(e.time / 1_000_000_000 * 1_000_000_000), e.actor, e.action,
                    e.subject,
                ])
            }
            emit(table.text)
        }
    }

    struct Verify: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the chain of hashes; exit 2 when it is broken.",
            discussion: """
                EXAMPLES
                  hftml audit verify
                  hftml audit verify --json
                """)

        @OptionGroup var common: CommonOptions
        mutating func perform(_ context: CommandContext) throws { try AuditCommand.verify(context) }
    }
}
