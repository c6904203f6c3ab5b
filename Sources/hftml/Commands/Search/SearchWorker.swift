import ArgumentParser
import Documents
import Workflows

/// The process that trains trials; started by `search`, never by people.
///
/// `search-agent` is its name of before: job arrays that an earlier version has submitted still start it by that.
struct SearchWorkerCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "search-worker", abstract: "Train trials for a search.", shouldDisplay: false,
        aliases: ["search-agent"])

    @OptionGroup var common: CommonOptions
    @Option(help: "Directory that requests and events pass through; standard input and output otherwise.") var requests:
        String?

    mutating func perform(_ context: CommandContext) throws -> EmptyDocument {
        if let requests { try SearchWorker.serve(directory: requests) } else { try SearchWorker.serveStandardStreams() }
        return EmptyDocument()
    }
}
