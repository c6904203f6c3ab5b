import ArgumentParser
import Basics
import Documents
import Registry
import Workflows

struct RunsCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List, show, plot and mark runs.",
        subcommands: [List.self, Show.self, Plot.self, Tag.self, Delete.self, Restore.self],
        defaultSubcommand: List.self)

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct List: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "The newest runs, or those that satisfy a filter.",
            discussion: """
                EXAMPLES
                  hftml runs list --experiment demo --limit 5
                  hftml runs list --where "metrics.test.ic > 0.02 and params.window = '12'" --order-by "metrics.test.ic DESC"
                """)

        @OptionGroup var common: CommonOptions
        @Option(help: "How many.") var limit = 20
        @Option(help: "Only this experiment.") var experiment: String?
        @Option(
            name: .customLong("where"),
            help: "Clauses joined by AND on metrics, params, tags and attributes, as MLflow writes them.") var filter =
            ""
        @Option(help: "Such as \"metrics.test.ic DESC\"; may be given several times.") var orderBy: [String] = []
        @Option(help: "Leave out so many.") var offset = 0
        @Option(help: "Only parts of this run.") var parent: String?
        @Flag(help: "Only deleted runs.") var deleted = false

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry()
            let clauses = try [
                filter.isEmpty ? nil : filter, parent.map { "attributes.parent = '\(try registry.run($0).id)'" },
            ].compactMap { $0 }
            let runs = try registry.search(
                try FilterExpression(clauses.joined(separator: " AND ")), experiments: experiment.map { [$0] },
                order: try orderBy.map(OrderTerm.init), stage: deleted ? .deleted : .active,
                limit: max(limit, 0), offset: max(offset, 0))
            let contents = try registry.contents(of: runs.map(\.id))
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "runs": .list(zip(runs, contents).map(RunText.json)),
                    ]).text(.pretty))
            }
            var table = TextTable(
                ["run", "name", "experiment", "status", "started", "seconds", "val loss", "test return", "Sharpe/yr"],
                rightAligned: [5, 6, 7, 8])
            for (run, contents) in zip(runs, contents) {
                let values = Dictionary(contents.metrics.map { ($0.key, $0.value) }) { $1 }
                table.add([
                    String(run.id.prefix(8)), run.name, run.experiment, run.status.rawValue,
                    String(TimeText.utc(run.startedAt / 1_000_000_000 * 1_000_000_000)),
                    run.endedAt.map { fixed(Double($0 - run.startedAt) * 1e-9, 1) } ?? "–",
                    shown(values["best.val.loss"]),
                    values["test.return"].map { fixed($0 * 100, 2) + " %" } ?? "–",
                    values["test.sharpe_annual"].map { fixed($0, 2) } ?? "–",
                ])
            }
            emit(table.text)
        }
    }

    struct Show: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "One run: what decided it and what came out.",
            discussion: """
                EXAMPLES
                  hftml runs show latest
                  hftml runs show 3f2a --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "An id prefix, a name, or latest.") var run: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry()
            let record = try registry.run(run)
            let contents = try registry.contents(of: [record.id])[0], artefacts = try registry.artefacts(run: record.id)
            if common.json {
                var node = RunText.json(record, contents)
                node[key: "schemaVersion"] = .int(1)
                node[key: "artefacts"] = .list(
                    artefacts.map {
                        .map(["name": .string($0.name.rawValue), "digest": .string($0.digest), "size": .int($0.size)])
                    })
                return emit(node.text(.pretty))
            }
            var table = TextTable([])
            for row in [
                ("run", record.id), ("name", record.name), ("experiment", record.experiment),
                ("status", record.status.rawValue),
                ("started", TimeText.utc(record.startedAt)), ("seed", record.seed.map(String.init) ?? "–"),
                ("threads", record.threads.map(String.init) ?? "–"),
                ("data", record.dataDigest ?? "–"),
                (
                    "commit",
                    (record.gitCommit ?? "–")
                        + (record.gitDirty.isEmpty ? "" : " with \(record.gitDirty.count) changed files")
                ),
                ("tool", "hftml \(record.toolVersion), \(record.cpu) kernels on \(record.machine)"),
                ("user", record.user),
            ] { table.add([row.0, row.1]) }
            emit(table.text)
            emit("\nparameters")
            for (key, value) in contents.parameters { emit("  \(key) = \(value)") }
            if !contents.tags.isEmpty { emit("\ntags") }
            for (key, value) in contents.tags { emit("  \(key) = \(value)") }
            emit("\nmeasures")
            for (key, value) in contents.metrics { emit("  \(key) = \(value)") }
            let losses = try registry.history(run: record.id, metric: "val.loss").map(\.value)
            if losses.count > 1 { emit("\nvalidation loss \(sparkline(losses))") }
            emit("\nartefacts")
            for artefact in artefacts {
                emit("  \(artefact.name)  \(artefact.digest.prefix(16))…  \(artefact.size) bytes")
            }
        }
    }
}

enum RunText {
    static func json(_ run: RunRecord, _ contents: RunContents) -> JSONValue {
        .map([
            "id": .string(run.id), "name": .string(run.name), "experiment": .string(run.experiment),
            "kind": .string(run.kind.rawValue),
            "status": .string(run.status.rawValue), "startedAt": .string(TimeText.utc(run.startedAt)),
            "seconds": .double(run.endedAt.map { Double($0 - run.startedAt) * 1e-9 }),
            "seed": run.seed.map { .int($0) } ?? .null,
            "dataDigest": .string(run.dataDigest), "gitCommit": .string(run.gitCommit),
            "gitDirty": .strings(run.gitDirty),
            "toolVersion": .string(run.toolVersion), "user": .string(run.user), "parent": .string(run.parent),
            "parameters": .map(contents.parameters.map { ($0.key, .string($0.value)) }),
            "tags": .map(contents.tags.map { ($0.key, .string($0.value)) }),
            "metrics": .map(contents.metrics.map { ($0.key, .double($0.value)) }),
        ])
    }
}

extension RunsCommand {
    struct Tag: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set or remove tags of a run; the tag note is its note.",
            discussion: """
                EXAMPLES
                  hftml runs tag latest note="first with the new label"
                  hftml runs tag 3f2a --remove note
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "An id prefix, a name, or latest.") var run: String
        @Argument(help: "key=value.") var tags: [String] = []
        @Option(help: "Remove this tag.") var remove: [String] = []

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry(), subject = RegistrySubject.run(try registry.run(run).id)
            try registry.setTags(try tags.map(KeyValue.parse), of: subject)
            for key in remove { try registry.deleteTag(key, of: subject) }
            try show(try registry.tags(of: subject), common)
        }
    }

    struct Delete: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hide a run. It stays counted as a trial, and restore brings it back.",
            discussion: """
                EXAMPLES
                  hftml runs delete 3f2a --reason "wrong data"
                  hftml runs delete latest --reason "a mistake"
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "An id prefix, a name, or latest.") var run: String
        @Option(help: "Why; kept in the audit log.") var reason = ""

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry(), record = try registry.run(run)
            try registry.delete(.run(record.id), reason: reason)
            if common.json {
                emit(JSONValue.map(["schemaVersion": .int(1), "deleted": .string(record.id)]).text(.pretty))
            } else {
                emit("deleted \(record.id.prefix(8)) \(record.name)")
            }
        }
    }

    struct Restore: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring a deleted run back.",
            discussion: """
                EXAMPLES
                  hftml runs list --deleted
                  hftml runs restore 3f2a
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "An id prefix.") var run: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry(), record = try registry.run(run)
            try registry.restore(.run(record.id))
            if common.json {
                emit(JSONValue.map(["schemaVersion": .int(1), "restored": .string(record.id)]).text(.pretty))
            } else {
                emit("restored \(record.id.prefix(8)) \(record.name)")
            }
        }
    }
}
