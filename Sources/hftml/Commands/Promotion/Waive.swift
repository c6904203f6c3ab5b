import ArgumentParser
import Documents
import Workflows

struct WaiveCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "waive",
        abstract: "Sign that one rule need not hold for a version until a day; shown on every later report.",
        discussion: """
            EXAMPLES
              hftml waive bars-cnn/3 --policy live --rule track-record --expires 14d --as rita --reason "paper"
              hftml waive bars-cnn/3 --policy live --rule drift --expires 14d --as rita --reason "split" --yes
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var signing: SigningOptions
    @Option(help: "The rule that need not hold, as the gate's report names it.") var rule: String
    @Option(help: ArgumentHelp("When it ends: a day, a time, or a number of days.", valueName: "14d")) var expires:
        String

    func perform(_ context: CommandContext) throws -> StatementDocument {
        try signing.sign(.waiver, rule: rule, expires: expires, context)
    }
}
