import ArgumentParser
import Documents
import Workflows

struct ParamsDiffCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Parameters that differ between two revisions, or a revision and the workspace.",
        discussion: """
            EXAMPLES
              hftml params diff
              hftml params diff v1.0 HEAD --json
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: RevisionOptions
    @Flag(help: "Only parameters that stages name, as they stand in locks.") var deps = false

    mutating func perform(_ context: CommandContext) throws -> ValueChangesDocument {
        let workspace = try context.session().workspace
        let changes = try CompareValues.parameters(
            from: options.old, to: options.new, includesSame: options.all, onlyNamed: deps, in: workspace)
        return options.document(changes, .parameters, sources: try CompareValues.sources(in: workspace).parameters)
    }
}
