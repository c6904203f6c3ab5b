import ArgumentParser
import Basics

/// The trading-host program. It links no SQLite, no HTTP client and no pipeline code.
@main
struct Runtime: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hftml-runtime",
        abstract: "Verifies signed bundles and trades with them, and with nothing else.",
        discussion: """
            EXAMPLES
              hftml-runtime replay Registry/environments/paper Data/demo-market -o journal
              hftml-runtime status Registry/environments/paper
            """,
        version: ToolVersion.current,
        subcommands: [
            Initialise.self, Accept.self, ReplayCommand.self, Status.self, Halt.self, Resume.self, Rollback.self,
            Recover.self,
        ])

    static func main() {
        StandardStream.occupyMissing()
        main(nil)
    }
}
