import ArgumentParser
import Basics
import Documents
import DataVersioning
import Workflows

private func reportImport(_ pointer: PointerFile, _ common: CommonOptions) {
    if common.json {
        emit(
            JSONValue.map([
                "schemaVersion": .int(1), "pointer": .string(pointer.path), "md5": .string(pointer.entry.md5),
                "size": .int(pointer.entry.size), "source": pointer.source ?? .null,
            ]).text(
                .pretty))
    } else {
        emit(
            "\(Paths.relative(pointer.path, to: Paths.absolute(".")))  \(pointer.entry.md5.isEmpty ? "not fetched" : "\(pointer.entry.md5)  \(byteText(pointer.entry.size))")"
        )
    }
}

struct ImportURLCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-url",
        abstract: "Take data from a path, http(s)://, s3:// or ssh:// URL, and remember where it came from.",
        discussion: """
            EXAMPLES
              hftml import-url https://example.com/prices.csv -o Data/prices.csv
              hftml import-url /mnt/feed/2024-01-02.csv.gz Data/
            """, aliases: ["url"])

    @OptionGroup var common: CommonOptions
    @Argument(help: "Where the data is.") var url: String
    @Argument(help: "Where it goes; the URL's last part by default.", completion: .file()) var output: String?
    @Option(name: .customShort("o"), help: "Where it goes.", completion: .file()) var out: String?
    @Flag(help: "Note the source; fetch nothing.") var noDownload = false

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        var target = out ?? output ?? Paths.name(url)
        if Paths.isDirectory(target) { target = Paths.join(target, Paths.name(url)) }
        // A local path is kept relative to the pointer, so that the repository can move together with its source.
        var source = url
        if !url.contains("://"), !url.hasPrefix("/") {
            source = Paths.relative(Paths.absolute(url), to: Paths.parent(Paths.absolute(target)))
        }
        let pointer = try workspace.changing([Paths.absolute(target)], common, "hftml import-url") {
            try withProgress(common.terminal, "import") {
                try DataImport(workspace).fromURL(source, to: target, isDownloading: !noDownload, progress: $0)
            }
        }
        reportImport(pointer, common)
    }
}

struct ImportRepositoryCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo",
        abstract: "Take data of another Git repository under DVC or hftml, at one of its revisions.",
        discussion: """
            EXAMPLES
              hftml import repo https://example.com/market-data.git data/bars -o Data/bars
              hftml import repo ../other prices.csv --rev v1.0
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The repository: a URL, or a path.") var url: String
    @Argument(help: "The data's path there.") var path: String
    @Option(name: .shortAndLong, help: "Where it goes; the path's last part by default.", completion: .file())
    var output: String?
    @Option(help: "A branch, tag or commit there.") var rev: String?

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        var target = output ?? Paths.name(path)
        if Paths.isDirectory(target) { target = Paths.join(target, Paths.name(path)) }
        let source = url.contains("://") || url.hasPrefix("/") || !Paths.isDirectory(url) ? url : Paths.absolute(url)
        let pointer = try workspace.changing([Paths.absolute(target)], common, "hftml import") {
            try withProgress(common.terminal, "import") {
                try DataImport(workspace).fromRepository(source, path: path, revision: rev, to: target, progress: $0)
            }
        }
        reportImport(pointer, common)
    }
}

struct UpdateCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Read imported data from its source again.",
        discussion: """
            EXAMPLES
              hftml update Data/prices.csv.dvc
              hftml update Data/bars.dvc --rev v2.0
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pointers of imports.", completion: .file()) var targets: [String]
    @Option(help: "Another revision of the source repository.") var rev: String?

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        for target in targets {
            let old = try pointer(target)
            let new = try workspace.changing([old.dataPath], common, "hftml update") {
                try withProgress(common.terminal, "update") {
                    try DataImport(workspace).update(old, revision: rev, progress: $0)
                }
            }
            reportImport(new, common)
        }
    }
}

struct GetCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Write data as it was at a Git revision to a path outside version control.",
        discussion: """
            EXAMPLES
              hftml get Data/bars@v1.0 -o /tmp/bars-v1
              hftml get prices.csv@HEAD~3 -o old-prices.csv
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "PATH@REVISION.") var reference: String
    @Option(name: .shortAndLong, help: "Where it goes.", completion: .file()) var output: String

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let made = try workspace.extract(reference, to: output)
        if common.json {
            emit(
                JSONValue.map(["schemaVersion": .int(1), "path": .string(output), "md5": .string(made.entry.md5)]).text(
                    .pretty))
        } else {
            emit("\(output)  \(made.entry.md5)")
        }
    }
}

struct MergeCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "git-merge", abstract: "Merge pointer and lock files; called by Git after `hftml init`.",
        discussion: """
            EXAMPLES
              hftml git-merge BASE OURS THEIRS dvc.lock
              git config merge.hftml.driver "hftml git-merge %O %A %B %P"
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The common ancestor.") var base: String
    @Argument(help: "Our side; receives the result.") var ours: String
    @Argument(help: "The other side.") var theirs: String
    @Argument(help: "The file's path in the work tree.") var path: String

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let result = try MergeDriver(workspace).merge(
            base: try FileChunks.text(base), ours: try FileChunks.text(ours), theirs: try FileChunks.text(theirs),
            path: path)
        try AtomicFile.write(result.text, to: ours)
        for note in result.notes { common.terminal.say("hftml: \(path): \(note)") }
    }
}
