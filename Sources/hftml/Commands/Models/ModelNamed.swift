import ArgumentParser
import Documents
import Workflows

struct ModelNamedCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "named", abstract: "The architectures that have names.",
        discussion: """
            EXAMPLES
              hftml model named
              hftml model named --json
            """)

    @OptionGroup var common: CommonOptions

    mutating func perform(_ context: CommandContext) throws -> NamedModelsDocument {
        NamedModelsDocument(DescribeModel.named)
    }
}
