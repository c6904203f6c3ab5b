import ArgumentParser
import Basics
import Documents
import DataVersioning
import Pipelines
import Workflows

struct DiffCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say which data differs between two Git revisions, or a revision and the workspace.",
        discussion: """
            EXAMPLES
              hftml diff
              hftml diff v1.0 HEAD --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The old revision.") var old = "HEAD"
    @Argument(help: "The new revision; the workspace if not given.") var new: String?
    @Option(help: "Only below this path.", completion: .file()) var targets: [String] = []
    @Flag(help: "End with status 2 when something differs.") var exitCode = false

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let difference = try workspace.difference(from: old, to: new, targets: targets)
        try workspace.hashes.save()
        if common.json {
            func list(_ items: [DataDifference.Item]) -> JSONValue {
                .list(items.map { .map(["path": .string($0.path)]) })
            }
            emit(
                JSONValue.map([
                    "added": list(difference.added), "deleted": list(difference.deleted),
                    "modified": list(difference.modified),
                    "renamed": .list(
                        difference.renamed.map {
                            .map(["path": .map(["old": .string($0.from.path), "new": .string($0.to.path)])])
                        }), "not in cache": list(difference.notInCache),
                ]).text(.pretty))
        } else if difference.isEmpty {
            emit("No changes.")
        } else {
            for (title, items) in [
                ("Added", difference.added), ("Deleted", difference.deleted), ("Modified", difference.modified),
            ] where !items.isEmpty {
                emit("\(title):")
                for item in items { emit("    \(item.path)") }
            }
            if !difference.renamed.isEmpty { emit("Renamed:") }
            for item in difference.renamed { emit("    \(item.from.path) → \(item.to.path)") }
            let files = { (items: [DataDifference.Item]) in items.count { !$0.path.hasSuffix("/") } }
            emit(
                "files: \(files(difference.added)) added, \(files(difference.deleted)) deleted, \(files(difference.modified)) modified, \(difference.renamed.count) renamed"
            )
        }
        if exitCode, !difference.isEmpty { throw refuse() }
    }
}

/// Tables of values at two revisions.
private enum ValueDifference {
    static func show(_ changes: [RevisionValues.Change], _ common: CommonOptions, markdown: Bool, hasDifference: Bool) {
        if common.json {
            var files: [(String, [(String, JSONValue)])] = []
            for change in changes {
                var pairs: [(String, JSONValue)] = [("old", change.old ?? .null), ("new", change.new ?? .null)]
                if let difference = change.difference { pairs.append(("diff", difference)) }
                if let index = files.firstIndex(where: { $0.0 == change.file }) {
                    files[index].1.append((change.path, .map(pairs)))
                } else {
                    files.append((change.file, [(change.path, .map(pairs))]))
                }
            }
            return emit(JSONValue.map(files.map { ($0.0, .map($0.1)) }).text(.pretty))
        }
        if changes.isEmpty { return emit("No changes.") }
        func text(_ value: JSONValue?) -> String { value.map { $0.stringValue ?? $0.text(.compact) } ?? "–" }
        let rows = changes.map {
            [$0.file, $0.path, text($0.old), text($0.new)]
                + (hasDifference ? [$0.difference.map { text($0) } ?? "–"] : [])
        }
        let header = ["path", "key", "old", "new"] + (hasDifference ? ["change"] : [])
        if markdown {
            emit("| " + header.joined(separator: " | ") + " |")
            emit("|" + header.map { _ in "---" }.joined(separator: "|") + "|")
            for row in rows { emit("| " + row.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |") }
        } else {
            var table = TextTable(header, rightAligned: [2, 3, 4])
            for row in rows { table.add(row) }
            emit(table.text)
        }
    }
}

struct RevisionOptions: ParsableArguments {
    @Argument(help: "The old revision.") var old = "HEAD"
    @Argument(help: "The new revision; the workspace if not given.") var new: String?
    @Flag(help: "Also what is the same.") var all = false
    @Flag(name: .customLong("md"), help: "As a Markdown table.") var markdown = false
    @Flag(help: "End with status 2 when something differs.") var exitCode = false

    func values(_ context: CommandContext) throws -> RevisionValues {
        let workspace = try context.session().workspace
        return RevisionValues(workspace: workspace, pipelines: try PipelineFiles.load(in: workspace))
    }
}

struct ParamsCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "params", abstract: "Compare parameters across Git revisions.", subcommands: [Diff.self])
    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct Diff: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff",
            abstract: "Parameters that differ between two revisions, or a revision and the workspace.",
            discussion: """
                EXAMPLES
                  hftml params diff
                  hftml params diff v1.0 HEAD --json
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var options: RevisionOptions

        mutating func perform(_ context: CommandContext) throws {
            let values = try options.values(context)
            let changes = RevisionValues.changes(
                try values.parameters(at: options.old), try values.parameters(at: options.new),
                includesSame: options.all)
            ValueDifference.show(changes, common, markdown: options.markdown, hasDifference: false)
            if options.exitCode, !changes.isEmpty { throw refuse() }
        }
    }
}

struct MetricsCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Show and compare metrics across Git revisions.",
        subcommands: [Show.self, Diff.self])
    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct Show: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "The metrics of the workspace or of a revision.",
            discussion: """
                EXAMPLES
                  hftml metrics show
                  hftml metrics show HEAD~1 --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "A revision; the workspace if not given.") var revision: String?

        mutating func perform(_ context: CommandContext) throws {
            let workspace = try context.session().workspace
            let files = try RevisionValues(workspace: workspace, pipelines: try PipelineFiles.load(in: workspace))
                .metrics(at: revision)
            if common.json {
                let data = try files.map { file in
                    var node = JSONValue.map([(String, JSONValue)]())
                    for leaf in file.values { try node.set(path: leaf.path, to: leaf.value) }
                    return (file.file, JSONValue.map([("data", node)]))
                }
                return emit(JSONValue.map([(revision ?? "", .map([("data", .map(data))]))]).text(.pretty))
            }
            var table = TextTable(["path", "metric", "value"], rightAligned: [2])
            for file in files {
                for leaf in file.values {
                    table.add([
                        file.file, leaf.path, leaf.value.doubleValue.map { shown($0) } ?? leaf.value.text(.compact),
                    ])
                }
            }
            emit(files.isEmpty ? "No metrics." : table.text)
        }
    }

    struct Diff: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff",
            abstract: "Metrics that differ between two revisions, or a revision and the workspace.",
            discussion: """
                EXAMPLES
                  hftml metrics diff
                  hftml metrics diff main --md
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var options: RevisionOptions

        mutating func perform(_ context: CommandContext) throws {
            let values = try options.values(context)
            let changes = RevisionValues.changes(
                try values.metrics(at: options.old), try values.metrics(at: options.new), includesSame: options.all)
            ValueDifference.show(changes, common, markdown: options.markdown, hasDifference: true)
            if options.exitCode, !changes.isEmpty { throw refuse() }
        }
    }
}

struct PlotsCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "plots", abstract: "Show and compare plots across Git revisions.",
        subcommands: [Show.self, Diff.self])
    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    fileprivate static func draw(_ plots: [RevisionValues.Plot], _ common: CommonOptions) {
        if common.json { return emit(JSONValue.map(plots.map { ($0.file, .list([$0.vegaLite])) }).text(.pretty)) }
        if plots.isEmpty { return emit("No plots.") }
        for plot in plots {
            emit("\(plot.title): \(plot.y) over \(plot.x ?? "step")")
            let revisions = plot.rows.compactMap { $0[key: "rev"]?.stringValue }.reduce(into: [String]()) {
                if $0.last != $1, !$0.contains($1) { $0.append($1) }
            }
            for revision in revisions {
                let values = plot.rows.filter { $0[key: "rev"]?.stringValue == revision }.compactMap {
                    $0[key: plot.y]?.doubleValue
                }
                emit(
                    "  \(revision.prefix(12).padding(to: 12))  \(sparkline(values, width: 60))  \(shown(values.min())) … \(shown(values.max()))"
                )
            }
        }
    }

    struct Show: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "The plots of the workspace; --json gives Vega-Lite specifications.",
            discussion: """
                EXAMPLES
                  hftml plots show
                  hftml plots show --json
                """)

        @OptionGroup var common: CommonOptions

        mutating func perform(_ context: CommandContext) throws {
            let workspace = try context.session().workspace
            PlotsCommand.draw(
                try RevisionValues(workspace: workspace, pipelines: try PipelineFiles.load(in: workspace)).plots(at: [
                    nil
                ]), common)
        }
    }

    struct Diff: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff",
            abstract: "Plots of several revisions in one chart; --json gives Vega-Lite specifications.",
            discussion: """
                EXAMPLES
                  hftml plots diff
                  hftml plots diff v1.0 main --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Revisions; HEAD and the workspace if none is given.") var revisions: [String] = []

        mutating func perform(_ context: CommandContext) throws {
            let workspace = try context.session().workspace
            let sides: [String?] =
                revisions.isEmpty ? ["HEAD", nil] : revisions.count == 1 ? [revisions[0], nil] : revisions.map { $0 }
            PlotsCommand.draw(
                try RevisionValues(workspace: workspace, pipelines: try PipelineFiles.load(in: workspace)).plots(
                    at: sides), common)
        }
    }
}

extension Substring {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
