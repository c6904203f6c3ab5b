import ArgumentParser
import Documents
import Workflows

struct ApproveCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Sign that a version may be promoted under a policy: exactly these weights, exactly this text.",
        discussion: """
            EXAMPLES
              hftml approve bars-cnn/3 --policy live --as alice
              hftml approve bars-cnn/3 --for live --as carl
              hftml approve bars-cnn/2 --policy live --as bob --key bob.key.json --reason "checked the drift" --yes
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var signing: SigningOptions

    @Flag(help: "Sign though no gate has judged these weights yet, so that nobody can tell strategy and limits.")
    var unjudged = false

    func perform(_ context: CommandContext) throws -> StatementDocument {
        try signing.sign(.approval, isUnjudged: unjudged, context)
    }
}
