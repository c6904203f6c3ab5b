import ArgumentParser
import Basics
import Documents
import Workflows

struct CheckoutCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkout", abstract: "Make the workspace hold what pointers and locks say, from the cache.",
        discussion: """
            EXAMPLES
              hftml checkout
              hftml checkout Data/bars --force
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pointers, data, directories or parts of them; all by default.", completion: .file()) var targets:
        [String] = []
    @OptionGroup var partitions: PartitionOptions
    @Flag(name: .shortAndLong, help: "Overwrite changes that are not in the cache.") var force = false
    @Flag(help: "Make links anew, after cache.type was changed.") var relink = false

    mutating func perform(_ context: CommandContext) throws -> CheckoutDocument {
        let workspace = try context.session().workspace
        let outcome = try context.progress("checkout") {
            try CheckoutData.run(
                targets.map(context.path), conditions: partitions.conditions, isForced: force, isRelinking: relink,
                in: workspace, progress: $0, onWait: context.say)
        }
        return try context.finish(outcome)
    }
}

extension CommandContext {
    /// The document of a checkout.
    ///
    /// - Throws: the first problem, after what could be checked out was shown and the other problems were said.
    func finish(_ outcome: CheckoutData.Outcome, fetched: Int? = nil) throws -> CheckoutDocument {
        try finish(CheckoutDocument(outcome, fetched: fetched), outcome.problems)
    }

    /// A document of work of which some could not be done.
    ///
    /// - Throws: the first problem, after the document was shown and the other problems were said.
    func finish<D: Document>(_ document: D, _ problems: [PathProblem]) throws -> D {
        guard let first = problems.first else { return document }
        showBeforeFailing(document)
        for problem in problems.dropFirst() {
            say("\(terminal.paint("error:", .red)) \(problem.failure.message)")
        }
        throw first.failure
    }
}
