import ArgumentParser
import Basics
import Documents
import MarketData
import Workflows

struct SimulateCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Make realistic data with a known, stated signal.",
        subcommands: [Market.self])

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct Market: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "market", abstract: "Make five-minute bars of a simulated market.",
            discussion: """
                EXAMPLES
                  hftml simulate market -o Data/market
                  hftml simulate market --config Data/demo-market.yaml -o Data/demo-market
                """)

        @OptionGroup var common: CommonOptions
        @Option(help: "YAML with instruments, sessions, seed, signal, signalShare.", completion: .file()) var config:
            String?
        @Option(name: .shortAndLong, help: "Directory for the CSV files.", completion: .directory) var output: String

        mutating func perform(_ context: CommandContext) throws {
            let made = try SimulateMarket.run(config: config, output: output)
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "files": .int(made.files), "bars": .int(made.bars),
                        "signal": .string(made.signal.rawValue),
                        "coefficient": .double(made.coefficient),
                    ]).text(.pretty))
            } else {
                emit(
                    "\(made.bars) bars of \(made.files) instruments in \(output); signal \(made.signal.rawValue), coefficient \(shown(made.signal == .shuffled ? 0 : made.coefficient))"
                )
            }
        }
    }
}

struct ImportCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Fetch or convert raw data, or take data of another repository.",
        subcommands: [Yahoo.self, FI2010.self, ImportURLCommand.self, ImportRepositoryCommand.self])

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct FI2010: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "fi2010", abstract: "Make a feature table of FI-2010's text files.",
            discussion: """
                EXAMPLES
                  hftml import fi2010 Train_Dst_NoAuction_DecPre_CF_7.txt --horizon 10 -o features.safetensors
                  hftml import fi2010 Train_…_CF_7.txt Test_…_CF_7.txt Test_…_CF_8.txt Test_…_CF_9.txt --horizon 50 -o features.safetensors

                Give training files before test files; a recipe with split {kind: time, test: 0.354} cuts the four files of setup 2 where the test days begin.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Files of 149 rows, in order.", completion: .file()) var files: [String]
        @Option(help: "Horizon in events: 10, 20, 30, 50 or 100.") var horizon: Int
        @Option(name: .shortAndLong, help: "The feature table to write.", completion: .file()) var output: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let made = try ImportFI2010.run(files, horizon: horizon, output: output, session: session)
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "rows": .int(made.rows), "down": .int(made.classes[0]),
                        "stationary": .int(made.classes[1]), "up": .int(made.classes[2]),
                    ]).text(.pretty))
            } else {
                let share = 100 * Double(made.classes.max() ?? 0) / Double(max(made.rows, 1))
                emit(
                    "\(grouped(made.rows)) rows: \(grouped(made.classes[0])) down, \(grouped(made.classes[1])) stationary, \(grouped(made.classes[2])) up; always the largest class is right in \(fixed(share, 2)) %"
                )
            }
        }
    }

    struct Yahoo: LegacyCommand {
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

        mutating func perform(_ context: CommandContext) async throws {
            var options = ImportYahoo.Options()
            (options.interval, options.range, options.baseURL) = (interval, range, baseURL)
            (options.rate, options.attempts, options.backoff, options.isRepairing) = (rate, attempts, backoff, !strict)
            let terminal = common.terminal
            let result = try await ImportYahoo(options, logger: common.logger).run(tickers, output: output) { item in
                terminal.say(
                    "\(item.ticker): \(item.bars) bars, \(item.splits) splits, \(item.dividends) dividends → \(item.path)"
                )
                for issue in item.issues.prefix(20) { terminal.say("  \(issue.reason) — \(issue.action)") }
            }
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "imported": .list(
                            result.done.map {
                                .map([
                                    "ticker": .string($0.ticker), "path": .string($0.path), "bars": .int($0.bars),
                                    "splits": .int($0.splits),
                                    "dividends": .int($0.dividends), "leftOut": .strings($0.issues.map(\.reason)),
                                    "attempts": .int($0.attempts),
                                ])
                            }),
                        "failed": .list(
                            result.failed.map { .map(["ticker": .string($0.0), "error": .string("\($0.1)")]) }),
                    ]).text(.pretty))
            } else {
                for item in result.done { emit(item.path) }
            }
            for (ticker, error) in result.failed {
                terminal.say(terminal.paint("error:", .red) + " \(ticker): \(error)")
            }
            if !result.failed.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
        }
    }
}
