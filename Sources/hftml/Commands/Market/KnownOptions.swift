import ArgumentParser
import Workflows

/// What files of market data do not say themselves.
struct KnownOptions: ParsableArguments {
    @Option(help: "Zone of times that name none, such as America/New_York.") var zone: String?
    @Option(help: "Market file that says how the files are written.", completion: .file()) var market: String?

    func known(_ context: CommandContext) throws -> KnownOfData {
        try KnownOfData(market: market.map(context.path), zone: zone)
    }
}
