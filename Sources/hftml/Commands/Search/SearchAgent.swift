import ArgumentParser
import Documents
import Workflows

/// The process that trains trials; started by `search`, never by people.
struct SearchAgentCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "search-agent", abstract: "Train trials for a search.", shouldDisplay: false)

    @OptionGroup var common: CommonOptions
    @Option(help: "Directory that requests and events pass through; standard input and output otherwise.") var requests:
        String?

    mutating func perform(_ context: CommandContext) throws -> EmptyDocument {
        if let requests { try SearchAgent.serve(directory: requests) } else { try SearchAgent.serveStandardStreams() }
        return EmptyDocument()
    }
}
