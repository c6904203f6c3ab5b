import ArgumentParser
import Documents
import Workflows

struct MergeCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "git-merge", abstract: "Merge pointer and lock files; called by Git after `hftml init`.",
        discussion: """
            EXAMPLES
              hftml git-merge BASE OURS THEIRS dvc.lock
              git config merge.hftml.driver "hftml git-merge %O %A %B %P"
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The common ancestor.") var base: String
    @Argument(help: "Our side; receives the result.") var ours: String
    @Argument(help: "The other side.") var theirs: String
    @Argument(help: "The file's path in the work tree.") var path: String

    mutating func perform(_ context: CommandContext) throws -> MergeDocument {
        let notes = try MergeVersionedFiles.run(
            base: context.path(base), ours: context.path(ours), theirs: context.path(theirs), path: path,
            in: try context.session().workspace)
        for note in notes { context.say("hftml: \(path): \(note)") }
        return MergeDocument(path: path, notes: notes)
    }
}
