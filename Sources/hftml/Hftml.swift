import ArgumentParser
import Basics

@main
struct Hftml: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hftml",
        abstract: "Takes trading models from raw market data to approved weights in the trading process.",
        discussion: """
            EXAMPLES
              hftml repro Pipelines/demo     run the whole flow on simulated data
              hftml compare A B              say which of two models is better, and how sure that is

            Exit status: 0 done · 1 failed · 2 the answer is no · 64 wrong usage · 130 interrupted
            """,
        version: ToolVersion.current,
        groupedSubcommands: groups)

    private static let groups = [
        CommandGroup(name: "Workspace", subcommands: [InitCommand.self, DoctorCommand.self, ExplainCommand.self]),
        CommandGroup(
            name: "Data",
            subcommands: [
                AddCommand.self, RemoveCommand.self, MoveCommand.self, StatusCommand.self, CheckoutCommand.self,
                CommitCommand.self, DiffCommand.self, GarbageCommand.self,
                VerifyCommand.self, AttestCommand.self, UnprotectCommand.self, GetCommand.self, ImportCommand.self,
                ImportURLCommand.self, UpdateCommand.self, SimulateCommand.self,
            ]),
        CommandGroup(
            name: "Remotes", subcommands: [RemoteCommand.self, PushCommand.self, FetchCommand.self, PullCommand.self]),
        CommandGroup(
            name: "Pipelines",
            subcommands: [
                ReproCommand.self, DagCommand.self, PipelineCommand.self, ParamsCommand.self, MetricsCommand.self,
                PlotsCommand.self, CheckCommand.self, FeaturesCommand.self, MergeCommand.self,
            ]),
        CommandGroup(
            name: "Models",
            subcommands: [
                TrainCommand.self, SearchCommand.self, StudiesCommand.self, SearchAgentCommand.self,
                EvaluateCommand.self, BacktestCommand.self, CrossValidateCommand.self, CompareCommand.self,
                RunsCommand.self,
                ModelCommand.self, ModelsCommand.self, ExportCommand.self, ImportWeightsCommand.self,
            ]),
        CommandGroup(
            name: "Promotion",
            subcommands: [
                GateCommand.self, ApproveCommand.self, RejectCommand.self, WaiveCommand.self, PromoteCommand.self,
                RollbackCommand.self, DeploymentsCommand.self, KeysCommand.self, BundleCommand.self,
            ]),
        CommandGroup(
            name: "Evidence",
            subcommands: [
                LineageCommand.self, ReproduceCommand.self, RegistryCommand.self, AuditCommand.self, HooksCommand.self,
            ]),
    ]

    /// Reads the arguments of a command without building the whole tree of commands first, which takes longer than most
    /// commands need for their work. Whatever is not plainly a command with valid arguments (help, mistakes) goes the
    /// long way, which knows all names.
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let name = arguments.first, !name.hasPrefix("-"),
            let type = groups.lazy.flatMap(\.subcommands).first(where: { $0.configuration.commandName == name }),
            let parsed = try? type.parseAsRoot(Array(arguments.dropFirst())),
            var command = parsed as? any AsyncParsableCommand
        {
            do {
                try await command.run()
                return
            } catch {
                exit(withError: error)
            }
        }
        await main(nil)
    }
}
