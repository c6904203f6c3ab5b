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
            let environment = try options.directory()
            let person = try act.person(at: environment)
            let installer: BundleInstaller
            do { installer = try BundleInstaller(environment) } catch let error as Failure
                where error.code == "runtime.locked"
            {
                return try handOver(person)
            }
            try options.emit(act: try person.rollBack(to: to, with: installer))
        }
    }

    /// A process that trades here looks into the inbox by itself.
    private func handOver(_ person: HostOperator) throws {
        let revision = try person.handOverRollback(to: to)
        if options.json {
            return try options.emit(
                .map(["schemaVersion": .int(1), "outcome": .string("handed-over"), "counter": .int(revision)]))
        }
        try options.emit(
            line: "handed over as revision \(revision) to the process that works here; its receipt says the rest")
    }
}
