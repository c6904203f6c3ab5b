import ArgumentParser
import Documents
import Workflows

struct JoinCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Join two feature tables as of the time each row was known.",
        discussion: """
            EXAMPLES
              hftml join bars.safetensors book.safetensors --as book --max-age 2s -o joined.safetensors
              hftml join bars.safetensors index.safetensors --as index --instrument SPY --max-age 10m -o j.safetensors

            Each row of the first table gets the last row of the second that was known by then; known at the same moment
            counts. A row without one, or with one older than --max-age, is left out, and no window reaches over it.
            Labels are those of the first table. A joined table is for training, predict and backtest: the trading
            process reads one source yet. See also: hftml features.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The feature table whose rows and labels are kept.", completion: .file()) var left: String
    @Argument(help: "The feature table whose columns are added.", completion: .file()) var right: String
    @Option(
        name: .customLong("as"), help: ArgumentHelp("Columns of the second are called NAME.feature.", valueName: "name")
    )
    var name: String
    @Option(help: "The largest age of a partner, such as 2s, 500ms or 10m.") var maxAge: String
    @Option(
        help: """
            Take one instrument of the second table for all rows, as of an index; any: its only one, whatever its \
            name. Else rows of the same instrument are joined.
            """)
    var instrument: String?
    @Option(name: .shortAndLong, help: "The feature table.", completion: .file()) var output: String

    mutating func perform(_ context: CommandContext) throws -> JoinDocument {
        JoinDocument(
            try JoinFeatureTables.run(
                JoinFeatureTables.Request(
                    left: context.path(left), right: context.path(right), name: name, instrument: instrument,
                    maxAge: maxAge,
                    output: context.path(output)), session: try context.session()))
    }
}
