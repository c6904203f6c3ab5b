import ArgumentParser
import Documents
import Workflows

struct RunsListCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The newest runs, or those that satisfy a filter.",
        discussion: """
            EXAMPLES
              hftml runs list --experiment demo --limit 5
              hftml runs list --where "metrics.test.f1 > 0.1 and params.window = '12'" --order-by "metrics.test.f1"
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "How many.") var limit = 20
    @Option(help: "Only this experiment.") var experiment: String?
    @Option(
        name: .customLong("where"),
        help: "Clauses joined by AND on metrics, params, tags and attributes, as MLflow writes them.")
    var filter = ""
    @Option(help: "Such as \"metrics.test.ic DESC\"; may be given several times.") var orderBy: [String] = []
    @Option(help: "Leave out so many.") var offset = 0
    @Option(help: "Only parts of this run.") var parent: String?
    @Option(help: "Only runs that were measured on these samples: the first digits of their identity.")
    var samples: String?
    @Option(help: "Only runs that were tested with this strategy: the first digits of its digest.")
    var strategy: String?
    @Flag(help: "Only deleted runs.") var deleted = false

    mutating func perform(_ context: CommandContext) throws -> RunListDocument {
        var query = ReadRuns.Query()
        (query.limit, query.offset, query.experiment) = (limit, offset, experiment)
        (query.filter, query.order, query.parent, query.isDeleted) = (filter, orderBy, parent, deleted)
        (query.samples, query.strategy) = (samples, strategy)
        return RunListDocument(try ReadRuns.listing(query, session: try context.session()))
    }
}
