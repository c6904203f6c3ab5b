import ArgumentParser
import Documents
import Workflows

struct RunsTagCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Set or remove tags of a run; the tag note is its note.",
        discussion: """
            EXAMPLES
              hftml runs tag latest note="first with the new label"
              hftml runs tag 3f2a --remove note
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "An id prefix, a name, or latest.") var run: String
    @Argument(help: "key=value.") var tags: [String] = []
    @Option(help: "Remove this tag.") var remove: [String] = []

    mutating func perform(_ context: CommandContext) throws -> TagsDocument {
        TagsDocument(
            try EditRun.tag(
                run, set: try tags.map(KeyValue.parse), remove: remove, session: try context.session()))
    }
}
