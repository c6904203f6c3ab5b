import ArgumentParser
import Basics
import DataVersioning
import Pipelines
import MarketData
import Workflows

struct AddCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Put files or directories under version control, as DVC does.",
        discussion: """
            EXAMPLES
              hftml add Data/bars
              hftml add Data/demo-market --recipe-simulate demo-market.yaml
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files or directories.", completion: .file()) var paths: [String]
    @Option(help: ArgumentHelp("Record that `simulate market` with this configuration, beside the data, makes these bytes again.", valueName: "config"))
    var recipeSimulate: String?

    mutating func perform() throws {
        let workspace = try Workspace.find(from: ".")
        let recipe = recipeSimulate.map { JSONValue.map(["simulate": .string($0)]) }
        let added = try workspace.locked(onWait: { common.terminal.say("waiting for another process to release the workspace …") }) {
            try paths.map { try workspace.add($0, recipe: recipe) }
        }
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1),
                    "added": .list(added.map { .map(["pointer": .string($0.path), "md5": .string($0.entry.md5), "size": .int($0.entry.size)]) }),
                ]).text(.pretty))
        } else {
            for pointer in added { emit("\(Paths.relative(pointer.path, to: Paths.absolute(".")))  \(pointer.entry.md5)  \(pointer.entry.size) bytes") }
            common.terminal.say("next: git add the .dvc and .gitignore files")
        }
    }
}

struct StatusCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say what changed: data behind pointers, and stages of pipelines.",
        discussion: """
            EXAMPLES
              hftml status
              hftml status Pipelines/demo --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pipelines or .dvc files; all by default.", completion: .file()) var targets: [String] = []

    mutating func perform() throws {
        let workspace = try Workspace.find(from: ".")
        var result: [(String, JSONValue)] = []
        let pointers = try targets.isEmpty ? workspace.pointers() : targets.filter { $0.hasSuffix(".dvc") }.map { try PointerFile.read(Paths.absolute($0)) }
        for pointer in pointers {
            let state = try workspace.state(of: pointer)
            if state != .unchanged {
                let name = Paths.relative(pointer.path, to: workspace.root)
                result.append((name, .list([.map(["changed outs": .map([(Paths.relative(pointer.dataPath, to: workspace.root), .string(state.rawValue))])])])))
            }
        }
        for path in try pipelines(workspace) {
            let pipeline = try ReproducePipeline.load(path)
            let lock = try LockFile(pipeline.lockPath)
            for stage in pipeline.stages {
                let status = try StageStatus.of(stage, lock: lock, pipeline: pipeline, workspace: workspace)
                if !status.isCurrent { result.append(("\(Paths.relative(pipeline.path, to: workspace.root)):\(stage.name)", .strings(status.changes.map(\.text)))) }
            }
        }
        try workspace.hashes.save()
        if common.json { return emit(JSONValue.map(result).text(.pretty)) }
        if result.isEmpty { return emit("Data and pipelines are up to date.") }
        for (name, changes) in result {
            emit("\(name):")
            for change in changes.listValue ?? [] {
                if let text = change.stringValue { emit("    \(text)") }
                for entry in change[key: "changed outs"]?.mapValue ?? [] { emit("    \(entry.value.stringValue ?? ""): \(entry.key)") }
            }
        }
    }

    private func pipelines(_ workspace: Workspace) throws -> [String] {
        if !targets.isEmpty { return targets.filter { !$0.hasSuffix(".dvc") } }
        let directory = "\(workspace.root)/Pipelines"
        guard Paths.isDirectory(directory) else { return [] }
        return try Paths.entries(directory).map { "\(directory)/\($0)" }.filter { Paths.exists("\($0)/pipeline.yaml") && Paths.exists("\($0)/dvc.lock") }
    }
}

struct SimulateCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Make realistic data with a known, stated signal.", subcommands: [Market.self])

    @OptionGroup var common: CommonOptions
    mutating func perform() throws { throw CleanExit.helpRequest(self) }

    struct Market: HftmlCommand {
        static let configuration = CommandConfiguration(
            commandName: "market", abstract: "Make five-minute bars of a simulated market.",
            discussion: """
                EXAMPLES
                  hftml simulate market -o Data/market
                  hftml simulate market --config Data/demo-market.yaml -o Data/demo-market
                """)

        @OptionGroup var common: CommonOptions
        @Option(help: "YAML with instruments, sessions, seed, signal, signalShare.", completion: .file()) var config: String?
        @Option(name: .shortAndLong, help: "Directory for the CSV files.", completion: .directory) var output: String

        mutating func perform() throws {
            let made = try SimulateMarket.run(config: config, output: output)
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "files": .int(made.files), "bars": .int(made.bars), "signal": .string(made.signal.rawValue),
                        "coefficient": .double(made.coefficient),
                    ]).text(.pretty))
            } else {
                emit("\(made.bars) bars of \(made.files) instruments in \(output); signal \(made.signal.rawValue), coefficient \(shown(made.signal == .shuffled ? 0 : made.coefficient))")
            }
        }
    }
}

struct ImportCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Fetch or convert raw market data.", subcommands: [Yahoo.self])

    @OptionGroup var common: CommonOptions
    mutating func perform() throws { throw CleanExit.helpRequest(self) }

    struct Yahoo: HftmlCommand {
        static let configuration = CommandConfiguration(
            commandName: "yahoo", abstract: "Download bars through Yahoo's chart endpoint, with provenance.",
            discussion: """
                EXAMPLES
                  hftml import yahoo AAPL MSFT --interval 5m --range 60d -o Data/yahoo
                  hftml import yahoo AAPL --base-url http://127.0.0.1:8080 -o Data/yahoo
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Tickers.") var tickers: [String]
        @Option(help: "Length of a bar: 1m, 5m, 1h, 1d, …") var interval = "5m"
        @Option(help: "How far back: 5d, 60d, 1y, max, …") var range = "60d"
        @Option(help: "A mirror of the endpoint.") var baseURL = "https://query1.finance.yahoo.com"
        @Option(help: "Requests per second at most.") var rate = 2.0
        @Option(help: "Attempts per ticker.") var attempts = 5
        @Option(help: "Seconds before the second attempt; doubled each time.") var backoff = 1.0
        @Flag(help: "Refuse answers with null or stray bars instead of leaving them out.") var strict = false
        @Option(name: .shortAndLong, help: "Directory for the files.", completion: .directory) var output: String

        mutating func perform() async throws {
            var options = ImportYahoo.Options()
            (options.interval, options.range, options.baseURL) = (interval, range, baseURL)
            (options.rate, options.attempts, options.backoff, options.isRepairing) = (rate, attempts, backoff, !strict)
            let terminal = common.terminal
            let result = try await ImportYahoo(options, logger: common.logger).run(tickers, output: output) { item in
                terminal.say("\(item.ticker): \(item.bars) bars, \(item.splits) splits, \(item.dividends) dividends → \(item.path)")
                for issue in item.issues.prefix(20) { terminal.say("  \(issue.reason) — \(issue.action)") }
            }
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "imported": .list(
                            result.done.map {
                                .map([
                                    "ticker": .string($0.ticker), "path": .string($0.path), "bars": .int($0.bars), "splits": .int($0.splits),
                                    "dividends": .int($0.dividends), "leftOut": .strings($0.issues.map(\.reason)), "attempts": .int($0.attempts),
                                ])
                            }),
                        "failed": .list(result.failed.map { .map(["ticker": .string($0.0), "error": .string("\($0.1)")]) }),
                    ]).text(.pretty))
            } else {
                for item in result.done { emit(item.path) }
            }
            for (ticker, error) in result.failed { terminal.say(terminal.paint("error:", .red) + " \(ticker): \(error)") }
            if !result.failed.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
        }
    }
}
