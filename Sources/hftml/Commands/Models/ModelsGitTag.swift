import ArgumentParser
import Documents
import Workflows

struct ModelsGitTagCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "git-tag",
        abstract: "Mark a version, or its stage, as a Git tag in GTO's form, at the commit it was trained from.",
        discussion: """
            EXAMPLES
              hftml models git-tag bars-cnn/3 --release v1.2.0
              hftml models git-tag bars-cnn/3 --stage production

            Makes NAME@v1.2.0 and NAME#production#1 (then #2, …), which gto and other tools for Git read. Push them
            with: git push --tags
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "NAME/VERSION, NAME@ALIAS, or the file that register wrote.") var reference: String
    @Option(help: ArgumentHelp("A semantic version; v3.0.0 for version 3 by default.", valueName: "v1.2.0"))
    var release: String?
    @Option(help: "A stage to put the version in.") var stage: String?

    func perform(_ context: CommandContext) throws -> GitTagsDocument {
        GitTagsDocument(
            try TagVersion.run(reference, release: release, stage: stage, session: try context.session()))
    }
}
