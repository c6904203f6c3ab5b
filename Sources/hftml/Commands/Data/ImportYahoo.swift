import ArgumentParser
import Basics
import Documents
import Workflows

struct ImportYahooCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "yahoo", abstract: "Download bars through Yahoo's chart endpoint, with provenance.",
        discussion: """
            EXAMPLES
              hftml import yahoo AAPL MSFT --interval 5m --range 60d -o Data/yahoo
              hftml import yahoo AAPL --base-url http://127.0.0.1:8080 -o Data/yahoo
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Tickers.") var tickers: [String]
    @Option(help: "Length of a bar: 1m, 5m, 1h, 1d, 1wk, 1mo, …") var interval = "5m"
    @Option(help: "How far back: 5d, 60d, 1y, max, …") var range = "60d"
    @Option(help: "A mirror of the endpoint.") var baseURL = "https://query1.finance.yahoo.com"
    @Option(help: "Requests per second at most.") var rate = 2.0
    @Option(help: "Attempts per ticker.") var attempts = 5
    @Option(help: "Seconds before the second attempt; doubled each time.") var backoff = 1.0
    @Option(help: "Decimals of prices, for all tickers; without it as many as those of each need.")
    var priceDecimals: Int?
    @Flag(help: "Refuse answers with null or stray bars instead of leaving them out.") var strict = false
    @Option(name: .shortAndLong, help: "Directory for the files.", completion: .directory) var output: String

    mutating func perform(_ context: CommandContext) async throws -> YahooImportDocument {
        var options = ImportYahoo.Options()
        (options.interval, options.range, options.baseURL) = (interval, range, baseURL)
        (options.rate, options.attempts, options.backoff, options.isRepairing) = (rate, attempts, backoff, !strict)
        options.priceDecimals = priceDecimals
        let outcome = try await ImportYahoo(options, logger: common.logger).run(
            tickers, output: context.path(output)
        ) { item in YahooImportDocument.lines(item).forEach(context.say) }
        for failed in outcome.failed {
            let words = Escaping.terminal("\(failed.ticker): \(failed.reason)", keepsLines: true)
            context.say("\(context.terminal.paint("error:", .red)) \(words)")
        }
        return YahooImportDocument(outcome)
    }
}
