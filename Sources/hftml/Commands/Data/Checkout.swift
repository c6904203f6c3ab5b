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
    @Argument(help: "Pointers, data or directories; all by default.", completion: .file()) var targets: [String] = []
    @Flag(name: .shortAndLong, help: "Overwrite changes that are not in the cache.") var force = false
    @Flag(help: "Make links anew, after cache.type was changed.") var relink = false

    mutating func perform(_ context: CommandContext) throws -> CheckoutDocument {
        let workspace = try context.session().workspace
        let outcome = try context.progress("checkout") {
            try CheckoutData.run(
                targets.map(context.path), isForced: force, isRelinking: relink, in: workspace, progress: $0,
                onWait: context.say)
        }
        return try context.finish(outcome)
    }
}

extension CommandContext {
    /// The document of a checkout.
    ///
    /// - Throws: the first problem, after what could be checked out was shown and the other problems were said.
    func finish(_ outcome: CheckoutData.Outcome, fetched: Int? = nil) throws -> CheckoutDocument {
        let document = CheckoutDocument(outcome, fetched: fetched)
        guard let failure = outcome.failure else { return document }
        showBeforeFailing(document)
        for problem in outcome.problems.dropFirst() {
            say("\(terminal.paint("error:", .red)) \(problem.path): \(problem.error.message)")
        }
        throw failure
    }
}
