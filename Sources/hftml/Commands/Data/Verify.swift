import ArgumentParser
import Documents
import Workflows

struct VerifyCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Hash every object of the cache or a remote again and name each corrupt one; exit status 2 if any is.",
        discussion: """
            EXAMPLES
              hftml verify
              hftml verify --remove; hftml pull
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Remove corrupt objects of the cache, so that they can be fetched again.") var remove = false
    @Flag(name: .customLong("remote"), help: "Look at the default remote instead of the cache.")
    var looksAtRemote = false
    @Option(name: [.customShort("r"), .customLong("remote-name")], help: "Look at this remote instead of the cache.")
    var remote: String?
    @Flag(help: "Replace corrupt objects of the remote by whole copies from the cache or another remote.")
    var repair = false

    mutating func validate() throws {
        let isRemote = looksAtRemote || remote != nil
        if remove, isRemote { throw ValidationError("--remove is for the cache; mend a remote with --repair") }
        if repair, !isRemote {
            throw ValidationError(
                "--repair is for a remote; fetch a corrupt cache again with: hftml verify --remove; hftml pull")
        }
    }

    mutating func perform(_ context: CommandContext) throws -> CacheVerificationDocument {
        let workspace = try context.session().workspace
        let outcome = try context.progress("verify") {
            looksAtRemote || remote != nil
                ? try VerifyData.run(remote: remote, repairs: repair, in: workspace, progress: $0)
                : try VerifyData.run(removesCorrupt: remove, in: workspace, progress: $0)
        }
        if !outcome.isIntact, !common.json {
            let next =
                outcome.remote == nil
                ? (remove ? "hftml pull" : "hftml verify --remove; hftml pull")
                : repair ? nil : "hftml verify --remote --repair"
            if let next { context.say("next: \(next)") }
        }
        return try context.finish(CacheVerificationDocument(outcome), outcome.unreadable)
    }
}
