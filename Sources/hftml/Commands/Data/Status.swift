import ArgumentParser
import Documents
import Workflows

struct StatusCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say what changed: data behind pointers, and stages of pipelines.",
        discussion: """
            EXAMPLES
              hftml status
              hftml status --cloud --exit-code
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pipelines, stages as FILE:STAGE, pointers or data; all by default.", completion: .file())
    var targets: [String] = []
    @Flag(name: [.long, .customShort("c")], help: "Compare the cache with a remote instead.") var cloud = false
    @Option(name: .shortAndLong, help: "The remote; the default one if not given. Implies --cloud.") var remote: String?
    @Option(name: .shortAndLong, help: "Transfers at once.") var jobs: Int?
    @Flag(help: "End with status 2 when something changed.") var exitCode = false

    mutating func perform(_ context: CommandContext) throws -> Either<WorkspaceStatusDocument, RemoteStatusDocument> {
        let workspace = try context.session().workspace, targets = targets.map(context.path)
        if cloud || remote != nil {
            let outcome = try CompareRemote.run(targets, remote: remote, jobs: jobs, in: workspace)
            return .second(
                try context.finish(RemoteStatusDocument(outcome, refusesChanges: exitCode), outcome.problems))
        }
        let status = try WorkspaceStatus.run(targets, in: workspace)
        for item in status.unread { context.say("  ! left out \(item.file): \(item.problem)") }
        return .first(
            try context.finish(WorkspaceStatusDocument(status, refusesChanges: exitCode), status.problems))
    }
}
