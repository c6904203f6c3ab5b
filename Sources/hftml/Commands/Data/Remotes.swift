import ArgumentParser
import Basics
import DataVersioning
import Workflows

struct RemoteCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote", abstract: "Manage remote storages: directories, SSH, S3.",
        subcommands: [Add.self, List.self, Default.self, Modify.self, Remove.self])

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    /// Which of DVC's configuration files is edited.
    struct LevelOptions: ParsableArguments {
        @Flag(help: "In .dvc/config.local, which Git ignores: for secrets.") var local = false
        @Flag(help: "For all repositories of this user.") var global = false
        @Flag(help: "For all users of this machine.") var system = false

        var level: RepositorySettings.Level { local ? .local : global ? .global : system ? .system : .project }

        func file(_ workspace: Workspace) throws -> INIFile { try INIFile(level.path(root: workspace.root)) }
    }

    private static let secrets: Set<String> = ["password", "secret_access_key", "session_token", "access_key_id"]

    struct Add: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a remote.",
            discussion: """
                EXAMPLES
                  hftml remote add -d storage /mnt/storage
                  hftml remote add cloud s3://bucket/prefix
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var level: LevelOptions
        @Argument(help: "A name.") var name: String
        @Argument(help: "A directory, ssh://USER@HOST/PATH or s3://BUCKET/PREFIX.") var url: String
        @Flag(name: .shortAndLong, help: "Make it the default.") var `default` = false
        @Flag(name: .shortAndLong, help: "Replace a remote of this name.") var force = false

        mutating func perform(_ context: CommandContext) throws {
            let workspace = try context.session().workspace
            guard !name.isEmpty, !name.contains(where: { "\"'[]\n".contains($0) }) else {
                throw Failure(
                    "remote.name", "found the name '\(name)', expected letters and digits", exitStatus: .usage)
            }
            var file = try level.file(workspace)
            if file.sections.contains(where: { $0.name == "remote \"\(name)\"" }), !force {
                throw Failure(
                    "remote.exists", "found a remote '\(name)' already",
                    hint: "change it with: hftml remote modify \(name) url \(url)", exitStatus: .usage)
            }
            var shown = url
            // Directories are kept relative to the file that states them, so that the repository can move.
            if !url.contains("://"), !url.hasPrefix("/"), !url.hasPrefix("~") {
                shown = Paths.relative(Paths.absolute(url), to: Paths.parent(file.path))
            }
            try RepositorySettings.Remote.checkScheme(url)
            file.set("remote \"\(name)\"", "url", shown)
            if `default` { file.set("core", "remote", name) }
            try workspace.locked { try file.write() }
            if common.json {
                emit(
                    JSONValue.map(["schemaVersion": .int(1), "name": .string(name), "url": .string(shown)]).text(
                        .pretty))
            } else {
                emit("\(name)  \(shown)\(`default` ? "  (default)" : "")")
            }
        }
    }

    struct List: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Show the remotes.",
            discussion: """
                EXAMPLES
                  hftml remote list
                  hftml remote list --json
                """)

        @OptionGroup var common: CommonOptions

        mutating func perform(_ context: CommandContext) throws {
            let workspace = try context.session().workspace
            let remotes = try workspace.settings.remoteNames.map { try workspace.settings.remote($0) }
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "default": .string(workspace.settings.defaultRemote),
                        "remotes": .list(
                            remotes.map { remote in
                                .map([
                                    ("name", .string(remote.name)), ("url", .string(remote.url)),
                                    (
                                        "options",
                                        .map(
                                            remote.options.sorted { $0.key < $1.key }.filter { $0.key != "url" }.map {
                                                (
                                                    $0.key,
                                                    .string(RemoteCommand.secrets.contains($0.key) ? "…" : $0.value)
                                                )
                                            })
                                    ),
                                ])
                            }),
                    ]).text(.pretty))
            }
            for remote in remotes {
                emit(
                    "\(remote.name)\t\(remote.url)\(remote.name == workspace.settings.defaultRemote ? "\t(default)" : "")"
                )
            }
        }
    }

    struct Default: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "default", abstract: "Show or set the default remote.",
            discussion: """
                EXAMPLES
                  hftml remote default
                  hftml remote default storage
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var level: LevelOptions
        @Argument(help: "The remote.") var name: String?
        @Flag(help: "Have no default.") var unset = false

        mutating func perform(_ context: CommandContext) throws {
            let workspace = try context.session().workspace
            var file = try level.file(workspace)
            if unset {
                file.remove("core", "remote")
                try workspace.locked { try file.write() }
            } else if let name {
                _ = try workspace.settings.remote(name)
                file.set("core", "remote", name)
                try workspace.locked { try file.write() }
            }
            let current = unset ? nil : name ?? workspace.settings.defaultRemote
            if common.json {
                emit(JSONValue.map(["schemaVersion": .int(1), "default": .string(current)]).text(.pretty))
            } else {
                emit(current ?? "none")
            }
        }
    }

    struct Modify: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "modify", abstract: "Set or unset an option of a remote.",
            discussion: """
                EXAMPLES
                  hftml remote modify cloud endpointurl http://127.0.0.1:9000
                  hftml remote modify --local cloud secret_access_key SECRET
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var level: LevelOptions
        @Argument(help: "The remote.") var name: String
        @Argument(help: "The option.") var option: String
        @Argument(help: "Its value; none to unset it.") var value: String?
        @Flag(name: .shortAndLong, help: "Unset the option.") var unset = false

        private static let options = [
            "url", "jobs", "checksum_jobs", "type", "shared", "verify", "worktree", "version_aware", "endpointurl",
            "region", "profile", "access_key_id", "secret_access_key", "session_token",
            "credentialpath", "sse", "acl", "use_ssl", "ssl_verify", "user", "port", "password", "keyfile", "timeout",
            "allow_agent", "max_sessions", "read_timeout", "connect_timeout",
            "ask_password", "gss_auth", "configpath", "no_traverse", "checksum_local", "sse_kms_key_id",
            "allow_anonymous_login", "grant_read", "grant_read_acp", "grant_write_acp",
            "grant_full_control",
        ]

        mutating func perform(_ context: CommandContext) throws {
            let workspace = try context.session().workspace
            _ = try workspace.settings.remote(name)
            let option = option.lowercased()
            guard Self.options.contains(option) else {
                throw Failure(
                    "remote.option", "found the unknown option '\(option)'",
                    hint: NearestName.of(option, in: Self.options).map { "did you mean '\($0)'?" }, exitStatus: .usage)
            }
            if RemoteCommand.secrets.contains(option), !level.local, !level.global, !level.system, !unset {
                throw Failure(
                    "remote.secret", "'\(option)' would be written to .dvc/config, which Git tracks",
                    hint: "keep it on this machine with: hftml remote modify --local \(name) \(option) …",
                    exitStatus: .usage)
            }
            var file = try level.file(workspace)
            if unset {
                file.remove("remote \"\(name)\"", option)
            } else {
                guard let value else {
                    throw Failure(
                        "remote.option-value", "found no value for '\(option)'",
                        hint: "to unset it: hftml remote modify --unset \(name) \(option)", exitStatus: .usage)
                }
                let isPath = option == "url" && !value.contains("://") && !value.hasPrefix("/")
                file.set(
                    "remote \"\(name)\"", option,
                    isPath ? Paths.relative(Paths.absolute(value), to: Paths.parent(file.path)) : value)
            }
            try workspace.locked { try file.write() }
            if common.json {
                emit(
                    JSONValue.map(["schemaVersion": .int(1), "name": .string(name), "option": .string(option)]).text(
                        .pretty))
            }
        }
    }

    struct Remove: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Forget a remote; what it stores stays.",
            discussion: """
                EXAMPLES
                  hftml remote remove storage
                  hftml remote remove --local cloud
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var level: LevelOptions
        @Argument(help: "The remote.") var name: String

        mutating func perform(_ context: CommandContext) throws {
            let workspace = try context.session().workspace
            var file = try level.file(workspace)
            guard file.remove(section: "remote \"\(name)\"") else {
                throw Failure("remote.unknown", "found no remote '\(name)' in '\(file.path)'", exitStatus: .usage)
            }
            if file.sections.first(where: { $0.name == "core" })?.values.contains(where: { $0 == ("remote", name) })
                == true
            {
                file.remove("core", "remote")
            }
            try workspace.locked { try file.write() }
            if common.json {
                emit(JSONValue.map(["schemaVersion": .int(1), "removed": .string(name)]).text(.pretty))
            } else {
                emit("removed \(name)")
            }
        }
    }
}

/// What all transfers take.
struct TransferOptions: ParsableArguments {
    @Argument(help: "Pointers, data or directories; all by default.", completion: .file()) var targets: [String] = []
    @Option(name: .shortAndLong, help: "The remote; the default one if not given.") var remote: String?
    @Option(name: .shortAndLong, help: "Transfers at once.") var jobs: Int?
    @Flag(help: "Also the records of finished runs.") var runCache = false
    @Flag(name: [.long, .customShort("a")], help: "Also what other branches name.") var allBranches = false
    @Flag(name: [.long, .customShort("T")], help: "Also what tags name.") var allTags = false
    @Flag(name: [.long, .customShort("A")], help: "Also what any commit names.") var allCommits = false

    func data(_ workspace: Workspace) throws -> [TrackedData] {
        var data = try Uncached.pushed(try workspace.trackedData(targets), workspace: workspace)
        guard allBranches || allTags || allCommits else { return data }
        let repository = try workspace.git()
        var revisions: [String] = []
        if allBranches {
            revisions += repository.references(below: "refs/heads/") + repository.references(below: "refs/remotes/")
        }
        if allTags { revisions += repository.references(below: "refs/tags/") }
        if allCommits { revisions += try repository.history() }
        let known = Set(data.map(\.entry.md5))
        for revision in revisions {
            data += ((try? workspace.trackedData(at: revision)) ?? []).filter {
                !known.contains($0.entry.md5) && workspace.isCached($0.entry)
            }
        }
        return data
    }
}

struct PushCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Send data that a remote lacks.",
        discussion: """
            EXAMPLES
              hftml push
              hftml push Data/bars -r storage
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: TransferOptions
    @Flag(help: "Say what would be sent; send nothing.") var dryRun = false

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let data = try options.data(workspace)
        if dryRun {
            for item in try workspace.cloudStatus(data, remote: options.remote, jobs: options.jobs)
            where item.state == "new" { emit("would push \(item.path)") }
            return
        }
        let count = try withProgress(common.terminal, "push") { progress in
            try workspace.push(
                data, remote: options.remote, jobs: options.jobs, isRunCache: options.runCache, progress: progress)
        }
        if common.json {
            emit(JSONValue.map(["schemaVersion": .int(1), "pushed": .int(count)]).text(.pretty))
        } else {
            emit(count == 0 ? "Everything is up to date." : "\(count) files pushed")
        }
    }
}

struct FetchCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Bring data from a remote into the cache; the workspace stays as it is.",
        discussion: """
            EXAMPLES
              hftml fetch
              hftml fetch Data/bars -r storage
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: TransferOptions

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let count = try FetchCommand.fetch(workspace, options, common)
        if common.json {
            emit(JSONValue.map(["schemaVersion": .int(1), "fetched": .int(count)]).text(.pretty))
        } else {
            emit(count == 0 ? "Everything is up to date." : "\(count) files fetched")
        }
    }

    static func fetch(_ workspace: Workspace, _ options: TransferOptions, _ common: CommonOptions) throws -> Int {
        let data = try options.data(workspace)
        return try withProgress(common.terminal, "fetch") { progress in
            try workspace.fetch(
                data, remote: options.remote, jobs: options.jobs, isRunCache: options.runCache, progress: progress)
        }
    }
}

struct PullCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Bring data from a remote into cache and workspace.",
        discussion: """
            EXAMPLES
              hftml pull
              hftml pull Data/bars --force
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: TransferOptions
    @Flag(name: .shortAndLong, help: "Overwrite changes that are not in the cache.") var force = false

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let count = try FetchCommand.fetch(workspace, options, common)
        let data = try Uncached.pushed(try workspace.trackedData(options.targets), workspace: workspace)
        try CheckoutReport.run(workspace, data, isForced: force, fetched: count, common)
    }
}
