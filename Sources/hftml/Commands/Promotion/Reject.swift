import ArgumentParser
import Documents
import Workflows

struct RejectCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject",
        abstract: "Sign that a version must not be promoted; an approval of yours no longer counts.",
        discussion: """
            EXAMPLES
              hftml reject bars-cnn/3 --policy live --as alice --reason "the test span has a corporate action"
              hftml reject bars-cnn/3 --policy live --as bob --key bob.key.json --reason "no validator" --yes
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var signing: SigningOptions

    func perform(_ context: CommandContext) throws -> StatementDocument { try signing.sign(.rejection, context) }
}
