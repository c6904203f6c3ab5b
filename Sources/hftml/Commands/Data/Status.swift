import ArgumentParser
import Basics
import DataVersioning
import Documents
import Pipelines
import Workflows

struct StatusCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say what changed: data behind pointers, and stages of pipelines.",
        discussion: """
            EXAMPLES
              hftml status
              hftml status --cloud --exit-code
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pipelines, pointers or data; all by default.", completion: .file()) var targets: [String] = []
    @Flag(name: [.long, .customShort("c")], help: "Compare the cache with a remote instead.") var cloud = false
    @Option(name: .shortAndLong, help: "The remote; the default one if not given. Implies --cloud.") var remote: String?
    @Option(name: .shortAndLong, help: "Transfers at once.") var jobs: Int?
    @Flag(help: "End with status 2 when something changed.") var exitCode = false

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        if cloud || remote != nil { return try showCloud(workspace) }
        let result = try WorkspaceStatus.of(workspace, targets: targets)
        try workspace.hashes.save()
        if common.json {
            emit(result.json.text(.pretty))
        } else if result.isClean {
            emit("Data and pipelines are up to date.")
        } else {
            emit(result.text, terminator: "")
        }
        if exitCode, !result.isClean { throw refuse() }
    }

    private func showCloud(_ workspace: Workspace) throws {
        let data = try Uncached.pushed(try workspace.trackedData(targets), workspace: workspace)
        let states = try workspace.cloudStatus(data, remote: remote, jobs: jobs)
        let name = try workspace.settings.remote(remote).name
        if common.json {
            emit(JSONValue.map(states.map { ($0.path, .string($0.state)) }).text(.pretty))
        } else if states.isEmpty {
            emit("Cache and remote '\(name)' are in sync.")
        } else {
            for item in states {
                emit(
                    "    \(item.state + ":")\(String(repeating: " ", count: max(1, 12 - item.state.count)))\(item.path)"
                )
            }
        }
        if exitCode, !states.isEmpty { throw refuse() }
    }
}

struct CheckoutCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkout", abstract: "Make the workspace hold what pointers and locks say, from the cache.",
        discussion: """
            EXAMPLES
              hftml checkout
              hftml checkout Data/bars --force
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pointers, data or directories; all by default.", completion: .file()) var targets: [String] = []
    @Flag(name: .shortAndLong, help: "Overwrite changes that are not in the cache.") var force = false
    @Flag(help: "Make links anew, after cache.type was changed.") var relink = false

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let data = try Uncached.pushed(try workspace.trackedData(targets), workspace: workspace)
        try CheckoutReport.run(workspace, data, isForced: force, isRelinking: relink, common)
    }
}

/// Checks data out and says what changed, as `A`, `M`, `D` lines.
enum CheckoutReport {
    static func run(
        _ workspace: Workspace, _ data: [TrackedData], isForced: Bool, isRelinking: Bool = false, fetched: Int? = nil,
        _ common: CommonOptions
    ) throws {
        var changes: [(path: String, change: Workspace.CheckoutChange)] = []
        var failures: [(path: String, error: any UserFacingError)] = []
        try workspace.changing(data.map { "\(workspace.root)/\($0.path)" }, common, "hftml checkout") {
            try withProgress(common.terminal, "checkout") { progress in
                for item in data where !item.entry.md5.isEmpty {
                    do {
                        let change = try workspace.checkOut(
                            item.entry, to: "\(workspace.root)/\(item.path)", isForced: isForced,
                            isRelinking: isRelinking, progress: progress)
                        if change != .unchanged {
                            changes.append((item.entry.isDirectory ? item.path + "/" : item.path, change))
                        }
                    } catch let error as any UserFacingError {
                        // What else can be had is checked out all the same.
                        failures.append((item.path, error))
                    }
                }
                try workspace.hashes.save()
            }
        }
        if common.json, failures.isEmpty {
            var pairs: [(String, JSONValue)] = [("schemaVersion", .int(1))]
            if let fetched { pairs.append(("fetched", .int(fetched))) }
            pairs.append(
                (
                    "changes",
                    .list(changes.map { .map(["path": .string($0.path), "change": .string($0.change.rawValue)]) })
                ))
            emit(JSONValue.map(pairs).text(.pretty))
        } else if !common.json {
            for change in changes { emit("\(change.change.rawValue)       \(change.path)") }
            if let fetched {
                emit(
                    fetched == 0 && changes.isEmpty
                        ? "Everything is up to date." : "\(fetched) files fetched and \(changes.count) outputs changed")
            }
        }
        for failure in failures.dropFirst() {
            common.terminal.say(common.terminal.paint("error:", .red) + " \(failure.path): \(failure.error.message)")
        }
        if let first = failures.first {
            throw Failure(
                first.error.code, "\(first.path): \(first.error.message)", hint: first.error.hint,
                exitStatus: first.error.exitStatus)
        }
    }
}
