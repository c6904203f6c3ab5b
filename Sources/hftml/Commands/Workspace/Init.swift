import ArgumentParser
import Documents
import Workflows

struct InitCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a workspace in this directory, and teach Git to merge pointers and locks; safe to repeat.",
        discussion: """
            EXAMPLES
              hftml init
              hftml -C new-project init
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Do not insist on a Git repository.") var noScm = false

    mutating func perform(_ context: CommandContext) throws -> WorkspaceDocument {
        WorkspaceDocument(
            try InitializeWorkspace.run(
                context.path("."), requiresGit: !noScm, environment: context.caller.environment))
    }
}
