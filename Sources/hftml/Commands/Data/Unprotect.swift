import ArgumentParser
import Documents
import Workflows

struct UnprotectCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "unprotect", abstract: "Replace links to the cache by copies that may be edited.",
        discussion: """
            EXAMPLES
              hftml unprotect Data/bars
              hftml unprotect prices.csv
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files or directories.", completion: .file()) var targets: [String]

    mutating func perform(_ context: CommandContext) throws -> UnprotectedDataDocument {
        try UnprotectData.run(
            targets.map(context.path), in: try context.session().workspace, onWait: context.say)
        return UnprotectedDataDocument(targets)
    }
}
