import ArgumentParser
import Documents
import Workflows

struct RegistryQueryCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Run one read-only SQL statement on the documented views.",
        discussion: """
            EXAMPLES
              hftml registry query "SELECT id, name, status FROM runs"
              hftml registry query "SELECT * FROM gate_decisions" --csv
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The statement.") var sql: String
    @Flag(help: "As CSV.") var csv = false
    @Flag(help: "As a Markdown table.") var markdown = false

    func perform(_ context: CommandContext) throws -> QueryDocument {
        QueryDocument(
            try QueryRegistry.run(sql, session: try context.session()),
            as: csv ? .csv : markdown ? .markdown : .table)
    }
}
