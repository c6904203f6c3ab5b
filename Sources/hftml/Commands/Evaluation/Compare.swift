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
    @Flag(help: "Where the second is an alias that nothing has yet, say so, in --markdown too, and exit 0.")
    var ifExists = false

    @Option(help: "Recorded order books, for policies that learned in them.", completion: .directory) var data: String?

    mutating func perform(_ context: CommandContext) throws -> Either<ComparisonsDocument, EmptyDocument> {
        if ifExists, try isNobody(b, context) {
            context.say("there is no '\(b)' to compare with yet")
            if let markdown {
                try AtomicFile.write("There is no `\(b)` to compare with yet.\n", to: context.path(markdown))
            }
            return .second(EmptyDocument())
        }
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
        return .first(document)
    }

    /// Whether a reference is an alias, and its model or the alias is not there.
    private func isNobody(_ reference: String, _ context: CommandContext) throws -> Bool {
        guard reference.contains("@") else { return false }
        do { _ = try ShowVersion.run(reference, session: try context.session()) } catch let failure as Failure
            where failure.code == "registry.no-version"
        { return true }
        return false
    }

    /// `report.html` becomes `report-2.html`.
    private static func numbered(_ path: String, _ number: Int) -> String {
        guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return "\(path)-\(number)" }
        return "\(path[..<dot])-\(number)\(path[dot...])"
    }
}
