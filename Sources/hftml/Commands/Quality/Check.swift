import Basics
import ArgumentParser
import Documents
import Workflows

struct CheckCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check bar files against a suite of expectations; exit 2 if one of severity error fails.",
        discussion: """
            EXAMPLES
              hftml check Pipelines/demo/quality.yaml Data/demo-market
              hftml check quality.yaml bars/ --report junit -o report.xml
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "YAML with expectations.", completion: .file()) var suite: String
    @Argument(help: "Files or directories of bars.", completion: .file()) var data: [String]
    @Option(help: "YAML with zone, interval and calendar.", completion: .file()) var market: String?
    @OptionGroup var reporting: ReportOptions
    @Option(
        help: ArgumentHelp("Save the verdict with the digest of the data, for later stages.", valueName: "file"),
        completion: .file())
    var save: String?

    mutating func perform(_ context: CommandContext) throws -> CheckReportOutput {
        let terminal = context.terminal
        if market == nil { context.say(AssumedMarket.text()) }
        let outcome = try CheckData.run(
            suite: context.path(suite), data: data.map(context.path), market: market.map(context.path),
            saved: save.map(context.path), session: save == nil ? context.sessionIfAny : try context.session()
        ) { terminal.showProgress("checking", $0, "\(Int(saturating: $0 * 100)) %") }
        terminal.clearLine()
        return try CheckReportOutput(outcome, reporting, context)
    }
}
