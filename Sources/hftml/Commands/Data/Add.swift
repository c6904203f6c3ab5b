import ArgumentParser
import Basics
import Documents
import DataVersioning
import Workflows

struct AddCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Put files or directories under version control, as DVC does.",
        discussion: """
            EXAMPLES
              hftml add Data/bars
              hftml add Data/demo-market --recipe-simulate demo-market.yaml
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files or directories.", completion: .file()) var paths: [String]
    @Option(
        help: ArgumentHelp(
            "Record that `simulate market` with this configuration, beside the data, makes these bytes again.",
            valueName: "config"))
    var recipeSimulate: String?
    @Flag(help: "Say what would be added; write nothing.") var dryRun = false

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let recipe = recipeSimulate.map { JSONValue.map(["simulate": .string($0)]) }
        if dryRun {
            for path in paths {
                guard let entry = try workspace.entry(Paths.absolute(path), shownAs: Paths.name(path)) else {
                    throw FileError("add", path, number: 2)
                }
                emit(
                    "would add \(path)  \(entry.md5)  \(byteText(entry.size))\(entry.fileCount.map { " in \($0) files" } ?? "")"
                )
            }
            return
        }
        let added = try workspace.changing(paths.map { Paths.absolute($0) }, common, "hftml add") {
            try withProgress(common.terminal, "add") { progress in
                try paths.map { try workspace.add($0, recipe: recipe, progress: progress) }
            }
        }
        try stage(added, workspace)
        report("added", added, common)
        if !common.json { common.terminal.say("next: git add the .dvc and .gitignore files") }
    }

    private func stage(_ pointers: [PointerFile], _ workspace: Workspace) throws {
        guard workspace.settings.autostages else { return }
        try workspace.git().stage(pointers.flatMap { [$0.path, Paths.join(Paths.parent($0.path), ".gitignore")] })
    }
}

/// What a command did to pointers.
private func report(_ key: String, _ pointers: [PointerFile], _ common: CommonOptions) {
    if common.json {
        emit(
            JSONValue.map([
                ("schemaVersion", .int(1)),
                (
                    key,
                    .list(
                        pointers.map {
                            .map([
                                "pointer": .string($0.path), "md5": .string($0.entry.md5), "size": .int($0.entry.size),
                                "files": $0.entry.fileCount.map { .int($0) } ?? .int(1),
                            ])
                        })
                ),
            ]).text(.pretty))
    } else {
        for pointer in pointers {
            emit(
                "\(Paths.relative(pointer.path, to: Paths.absolute(".")))  \(pointer.entry.md5)  \(byteText(pointer.entry.size))\(pointer.entry.fileCount.map { " in \($0) files" } ?? "")"
            )
        }
    }
}

/// The pointer that a person means by its own path or by that of its data.
func pointer(_ target: String) throws -> PointerFile {
    let path = Paths.absolute(target)
    let file = path.hasSuffix(".dvc") ? path : path + ".dvc"
    guard Paths.exists(file) else {
        throw Failure(
            "data.unknown-target", "found no pointer '\(Paths.relative(file, to: Paths.absolute(".")))'",
            hint: "see what there is with: hftml status; stage outputs belong to their pipeline",
            exitStatus: .usage)
    }
    return try PointerFile.read(file)
}

struct RemoveCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take data out of version control; the data itself stays unless --outs is given.",
        discussion: """
            EXAMPLES
              hftml remove Data/bars.dvc
              hftml remove Data/bars --outs
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pointers, or the data behind them.", completion: .file()) var targets: [String]
    @Flag(help: "Remove the data in the workspace too; the cache keeps it.") var outs = false
    @Flag(help: "Say what would go; remove nothing.") var dryRun = false

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let pointers = try targets.map { try pointer($0) }
        if outs {
            for pointer in pointers where try workspace.state(of: pointer) == .modified {
                throw Failure(
                    "data.would-lose",
                    "found changes in '\(workspace.shown(pointer.dataPath))' that are not in the cache",
                    hint: "keep them with: hftml add '\(workspace.shown(pointer.dataPath))'")
            }
        }
        if !dryRun {
            try workspace.changing(pointers.map(\.dataPath), common, "hftml remove") {
                for pointer in pointers { try workspace.remove(pointer, isRemovingData: outs) }
            }
        }
        if common.json {
            emit(JSONValue.map(["schemaVersion": .int(1), "removed": .strings(pointers.map(\.path))]).text(.pretty))
        } else {
            for pointer in pointers {
                emit(
                    "\(dryRun ? "would remove" : "removed") \(workspace.shown(pointer.path))\(outs ? " and its data" : "; its data stays")"
                )
            }
        }
    }
}

struct MoveCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Rename data together with its pointer.",
        discussion: """
            EXAMPLES
              hftml move Data/bars Data/bars-5min
              hftml move Data/bars.dvc Archive/
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A pointer, or the data behind it.", completion: .file()) var source: String
    @Argument(help: "The new path, or a directory to move into.", completion: .file()) var target: String

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let old = try pointer(source)
        let moved = try workspace.changing([old.dataPath, Paths.absolute(target)], common, "hftml move") {
            try workspace.move(old, to: target)
        }
        report("moved", [moved], common)
    }
}

struct CommitCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Record what stands in the workspace in pointers, without naming each path.",
        discussion: """
            EXAMPLES
              hftml commit
              hftml commit Data/bars.dvc
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pointers or data; all that changed by default.", completion: .file()) var targets: [String] = []

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let all = try targets.isEmpty ? workspace.pointers() : targets.map { try pointer($0) }
        let changed = try all.filter { pointer in
            try pointer.entries.contains {
                [.modified, .new, .notInCache].contains(try workspace.state(of: $0, at: pointer.dataPath($0)))
            }
        }
        .filter { Paths.exists($0.dataPath) }
        let done = try workspace.changing(changed.map(\.dataPath), common, "hftml commit") {
            try withProgress(common.terminal, "commit") { progress in
                try changed.map { try workspace.commit($0, progress: progress) }
            }
        }
        try workspace.hashes.save()
        report("committed", done, common)
        if done.isEmpty, !common.json { emit("Nothing to commit.") }
    }
}

struct UnprotectCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "unprotect", abstract: "Replace links to the cache by copies that may be edited.",
        discussion: """
            EXAMPLES
              hftml unprotect Data/bars
              hftml unprotect prices.csv
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files or directories.", completion: .file()) var targets: [String]

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        try workspace.changing(targets.map { Paths.absolute($0) }, common, "hftml unprotect") {
            for target in targets { try workspace.unprotect(Paths.absolute(target)) }
        }
        if common.json {
            emit(JSONValue.map(["schemaVersion": .int(1), "unprotected": .strings(targets)]).text(.pretty))
        }
    }
}

struct AttestCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest", abstract: "Record the SHA-256 of dataset versions in their pointers, beside DVC's MD5.",
        discussion: """
            EXAMPLES
              hftml attest Data/bars
              hftml attest Data/bars --check
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pointers or data.", completion: .file()) var targets: [String]
    @Flag(help: "Compare with what is recorded; exit status 2 if it differs or is missing.") var check = false

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        var results: [(path: String, digest: String, isRight: Bool)] = []
        for target in targets {
            let pointer = try pointer(target)
            if check {
                let recorded = pointer.entry.meta?[path: "hftml.sha256"]
                let digest = try workspace.sha256(of: pointer.dataPath)
                let isRight =
                    recorded?[key: "digest"]?.stringValue == digest
                    && recorded?[key: "md5"]?.stringValue == pointer.entry.md5
                results.append((workspace.shown(pointer.path), digest, isRight))
            } else {
                let made = try workspace.changing([pointer.dataPath], common, "hftml attest") {
                    try workspace.attest(pointer)
                }
                results.append((workspace.shown(pointer.path), made.sha256, true))
            }
        }
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1),
                    "attested": .list(
                        results.map {
                            .map([
                                "pointer": .string($0.path), "sha256": .string($0.digest), "agrees": .bool($0.isRight),
                            ])
                        }),
                ]).text(.pretty))
        } else {
            for result in results {
                emit(
                    "\(result.path)  sha256:\(result.digest)\(check ? (result.isRight ? "  as recorded" : "  not as recorded") : "")"
                )
            }
        }
        if results.contains(where: { !$0.isRight }) { throw refuse() }
    }
}
