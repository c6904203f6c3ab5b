import ArgumentParser
import Basics
import Deployment
import Execution

struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put the last different version back in force, by this host's own order.",
        discussion: """
            EXAMPLES
              hftml-runtime rollback Registry/environments/paper --by anna --reason "losses since the open"
              hftml-runtime rollback Registry/environments/paper --by anna --reason "losses" --to 12

            Works where the environment's document gives this host's key the role promoter. See also:
            hftml rollback --help
            """)
    @OptionGroup var options: RuntimeOptions
    @OptionGroup var act: ActOptions
    @Option(help: "Number of the revision to go back to.") var to: Int?

    func run() throws {
        try options.guarding {
            let environment = try DeploymentDirectory(options.environment)
            let person = try act.person(at: environment)
            try options.emit(act: try person.rollBack(to: to, with: try BundleInstaller(environment)))
        }
    }
}
