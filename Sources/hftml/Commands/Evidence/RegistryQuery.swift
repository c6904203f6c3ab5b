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
    @Option(help: ArgumentHelp("How long it may take.", valueName: "seconds")) var timeout = 30.0
    @Option(help: ArgumentHelp("How many rows it may give.", valueName: "count")) var maxRows = 100_000
    @Flag(help: "As CSV.") var csv = false
    @Flag(help: "As a Markdown table.") var markdown = false

    func validate() throws {
        guard (0.001...86_400).contains(timeout) else {
            throw ValidationError("found --timeout \(timeout), expected 0.001 to 86400 seconds")
        }
        guard maxRows > 0 else { throw ValidationError("found --max-rows \(maxRows), expected 1 or more") }
    }

    func perform(_ context: CommandContext) throws -> QueryDocument {
        QueryDocument(
            try QueryRegistry.run(sql, seconds: timeout, rows: maxRows, session: try context.session()),
            as: csv ? .csv : markdown ? .markdown : .table)
    }
}
