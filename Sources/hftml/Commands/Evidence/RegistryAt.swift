import ArgumentParser
import Documents
import Workflows

struct RegistryAtCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "at", abstract: "What was champion, what was live and who had decided, at a moment.",
        discussion: """
            EXAMPLES
              hftml registry at 2026-03-01T09:30
              hftml registry at 2026-03-01 --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A day or time, UTC.") var time: String

    func perform(_ context: CommandContext) throws -> SnapshotDocument {
        SnapshotDocument(try ReadAudit.snapshot(at: time, session: try context.session()))
    }
}
