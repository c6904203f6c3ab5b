import ArgumentParser
import Documents
import Workflows

struct FetchCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Bring data from a remote into the cache; the workspace stays as it is.",
        discussion: """
            EXAMPLES
              hftml fetch
              hftml fetch Data/bars -r storage
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: TransferOptions

    mutating func perform(_ context: CommandContext) throws -> TransferDocument {
        let workspace = try context.session().workspace
        let fetched = try context.progress("fetch") {
            try TransferData.fetch(options.request(context), in: workspace, progress: $0)
        }
        return try context.finish(.fetched(fetched.count, isWhole: fetched.problems.isEmpty), fetched.problems)
    }
}
