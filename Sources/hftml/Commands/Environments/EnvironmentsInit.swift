import ArgumentParser
import Documents
import Workflows

struct EnvironmentsInitCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write down what may run in an environment; with --local also make its keys and sign it.",
        discussion: """
            EXAMPLES
              hftml environments init live --policy demo --root alice --root bob
              hftml environments init paper --policy demo --local --if-missing
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment: a name under Registry/environments, or a path.") var name: String
    @Option(help: "The policy of every verdict there: a name in Registry/gates, or a file of this project.")
    var policy: String
    @Option(help: "A key that may sign its document; may be given several times.") var root: [String] = []
    @Flag(
        help: """
            All is on this machine: make keys NAME-root, NAME-gate, NAME-promoter and NAME-host, sign the document, \
            and pin its root key on the host.
            """) var local = false
    @Flag(help: "Leave alone what is there.") var ifMissing = false

    func perform(_ context: CommandContext) throws -> EnvironmentMadeDocument {
        var request = InitializeEnvironment.Request(environment: name, policy: policy)
        (request.root, request.isLocal, request.keepsExisting) = (root, local, ifMissing)
        return EnvironmentMadeDocument(try InitializeEnvironment.run(request, session: try context.session()))
    }
}
