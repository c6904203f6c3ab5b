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

            Every command takes -C DIR (work there), --json (one document on stdout), -q, -v, --yes and --no-color.
            Exit status: 0 done · 1 failed · 2 the answer is no · 64 wrong usage · 130 interrupted · 143 ended
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
                DataCommand.self, ImportURLCommand.self, UpdateCommand.self, SimulateCommand.self,
            ]),
        CommandGroup(
            name: "Remotes", subcommands: [RemoteCommand.self, PushCommand.self, FetchCommand.self, PullCommand.self]),
        CommandGroup(
            name: "Pipelines",
            subcommands: [
                ReproCommand.self, DagCommand.self, PipelineCommand.self, ParamsCommand.self, MetricsCommand.self,
                PlotsCommand.self, CheckCommand.self, FeaturesCommand.self, JoinCommand.self,
                MergeCommand.self,
            ]),
        CommandGroup(
            name: "Models",
            subcommands: [
                TrainCommand.self, ResumeCommand.self, SearchCommand.self, StudiesCommand.self,
                SearchWorkerCommand.self, EvaluateCommand.self, PredictCommand.self, BacktestCommand.self,
                CrossValidateCommand.self, CompareCommand.self,
                RunsCommand.self,
                ModelCommand.self, ModelsCommand.self, ExportCommand.self, ImportWeightsCommand.self,
            ]),
        CommandGroup(
            name: "Promotion",
            subcommands: [
                GateCommand.self, GatesCommand.self, InboxCommand.self, ApproveCommand.self, RejectCommand.self,
                WaiveCommand.self, StatementsCommand.self, PromoteCommand.self, RollbackCommand.self,
                DeploymentsCommand.self, EnvironmentsCommand.self, KeysCommand.self, BundleCommand.self,
            ]),
        CommandGroup(
            name: "Evidence",
            subcommands: [
                LineageCommand.self, ReportCommand.self, ReproduceCommand.self, RegistryCommand.self, AuditCommand.self,
                HooksCommand.self, BackupCommand.self,
            ]),
    ]

    /// Finds the command by its names and parses its own arguments, without building the whole tree of commands first,
    /// which takes longer than most commands need for their work. Whatever does not parse so (help, mistakes) goes the
    /// long way, which knows all names for its answer.
    static func main() async {
        Interruption.listenAsFirstProcess()
        StandardStream.occupyMissing()
        let typed = Array(CommandLine.arguments.dropFirst())
        let parsed = command(typed)
        do {
            if var command = parsed as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = parsed
                try command.run()
            }
        } catch {
            exit(withError: error)
        }
    }

    private static func command(_ typed: [String]) -> any ParsableCommand {
        var names: [String] = []
        do {
            let invocation = try Invocation(typed, of: Hftml.self)
            names = invocation.names
            return try parse(invocation)
        } catch {
            UsageReport.exit(error, typed: typed, command: names)
        }
    }

    private static func parse(_ invocation: Invocation) throws -> any ParsableCommand {
        if !invocation.names.isEmpty, invocation.command.configuration.subcommands.isEmpty,
            let parsed = try? invocation.command.parseAsRoot(invocation.arguments),
            // A request for help is answered the long way, which knows the whole name of the command.
            type(of: parsed) == invocation.command
        {
            return parsed
        }
        return try parseAsRoot(invocation.names + invocation.arguments)
    }
}
