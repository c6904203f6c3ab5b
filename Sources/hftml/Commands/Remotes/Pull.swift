import ArgumentParser
import Documents
import Workflows

struct PullCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Bring data from a remote into cache and workspace.",
        discussion: """
            EXAMPLES
              hftml pull
              hftml pull Data/bars --force
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: TransferOptions
    @Flag(name: .shortAndLong, help: "Overwrite changes that are not in the cache.") var force = false

    mutating func perform(_ context: CommandContext) throws -> CheckoutDocument {
        let workspace = try context.session().workspace
        let pulled = try context.progress("pull") {
            try TransferData.pull(
                options.request(context), isForced: force, in: workspace, progress: $0, onWait: context.say)
        }
        return try context.finish(pulled.checkout, fetched: pulled.fetched)
    }
}
