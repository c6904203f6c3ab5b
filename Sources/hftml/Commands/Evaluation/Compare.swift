import ArgumentParser
import Basics
import Documents
import Workflows

struct CompareCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare two runs or model versions, with intervals, paired tests and one sentence of verdict.",
        discussion: """
            EXAMPLES
              hftml compare bars-cnn/1 bars-cnn/2
              hftml compare latest bars-lstm@champion --strategy strategy.yaml --markdown report.md --html report.html
            """)

    @OptionGroup var common: CommonOptions
    @Argument(
        help: "A run, a version, a directory of training or evaluation, an evaluation by its id, or a Git revision.")
    var a: String
    @Argument(help: "What to compare with.") var b: String
    @Argument(help: "More to compare the first with.") var others: [String] = []
    @Option(help: "The measure that the verdict rests on, and breakdowns; mse for returns, log_loss otherwise.")
    var metric: String?
    @Option(help: "Also compare daily returns after costs.", completion: .file()) var strategy: String?
    @Option(help: ArgumentHelp("Write a report for a merge request.", valueName: "file"), completion: .file())
    var markdown: String?
    @Option(help: ArgumentHelp("Write one page with pictures.", valueName: "file"), completion: .file()) var html:
        String?
    @Flag(help: "Exit 2 if they differ at 95 %.") var exitCode = false

    @Option(help: "Recorded order books, for policies that learned in them.", completion: .directory) var data: String?

    mutating func perform(_ context: CommandContext) throws -> ComparisonsDocument {
        var request = CompareTrained.Request(a, b)
        (request.others, request.metric, request.strategy) = (others, metric, strategy.map(context.path))
        (request.data, request.wantsReport) = (data.map(context.path), html != nil || markdown != nil)
        let outcome = try CompareTrained.run(request, session: try context.session())
        let document = ComparisonsDocument(outcome, refusesDifference: exitCode)
        if let markdown { try AtomicFile.write(document.markdown, to: context.path(markdown)) }
        if let html {
            for (index, page) in document.pages.enumerated() {
                let path = context.path(html)
                try AtomicFile.write(page.html, to: index == 0 ? path : Self.numbered(path, index + 1))
            }
        }
        return document
    }

    /// `report.html` becomes `report-2.html`.
    private static func numbered(_ path: String, _ number: Int) -> String {
        guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return "\(path)-\(number)" }
        return "\(path[..<dot])-\(number)\(path[dot...])"
    }
}
