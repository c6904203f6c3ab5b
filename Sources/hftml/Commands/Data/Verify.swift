import ArgumentParser
import Documents
import Workflows

struct VerifyCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Hash every object of the cache again and name each that is corrupt; exit status 2 if any is.",
        discussion: """
            EXAMPLES
              hftml verify
              hftml verify --remove && hftml pull
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Remove corrupt objects, so that they can be fetched again.") var remove = false

    mutating func perform(_ context: CommandContext) throws -> CacheVerificationDocument {
        let workspace = try context.session().workspace
        let outcome = try context.progress("verify") {
            try VerifyData.run(removesCorrupt: remove, in: workspace, progress: $0)
        }
        if !outcome.isIntact, !common.json {
            context.say(remove ? "next: hftml pull" : "next: hftml verify --remove, then hftml pull")
        }
        return CacheVerificationDocument(outcome)
    }
}
