import ArgumentParser
import Documents
import Workflows

struct GarbageCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract:
            "Move what nobody needs any more from the cache to a trash, and empty the trash after a grace period.",
        discussion: """
            At least one scope says what must stay. What a registered model version needs always stays. Files of older
            versions, as of a day before a correction, go with --workspace alone: keep them with --all-commits.

            EXAMPLES
              hftml gc --workspace --dry-run
              hftml gc --all-commits --grace 30
            """)

    @OptionGroup var common: CommonOptions
    @Flag(name: [.long, .customShort("w")], help: "Keep what the workspace names.") var workspace = false
    @Flag(name: [.long, .customShort("a")], help: "Keep also what all branches name.") var allBranches = false
    @Flag(name: [.long, .customShort("T")], help: "Keep also what all tags name.") var allTags = false
    @Flag(name: [.long, .customShort("A")], help: "Keep also what any commit names.") var allCommits = false
    @Option(name: [.long, .customShort("n")], help: "Keep also the last so many commits of HEAD, or of --rev.")
    var num: Int?
    @Option(help: "Keep also what this revision names.") var rev: [String] = []
    @Option(help: "Keep also what commits since this day name (YYYY-MM-DD).") var date: String?
    @Option(
        name: [.long, .customShort("p")], help: "Keep also what this other workspace with the same cache names.",
        completion: .directory)
    var projects: [String] = []
    @Flag(name: [.long, .customShort("c")], help: "Also remove from the remote, at once and for good.")
    var cloud = false
    @Option(name: .shortAndLong, help: "The remote for --cloud.") var remote: String?
    @Option(help: "Days that objects wait in the trash.") var grace = 14
    @Flag(help: "Name what would go, with size and last use; move nothing.") var dryRun = false
    @Flag(help: "Bring everything in the trash back.") var restore = false

    mutating func perform(_ context: CommandContext) throws -> Either<GarbageDocument, RestoredGarbageDocument> {
        let garbage = CollectGarbage(try context.session())
        if restore { return .second(RestoredGarbageDocument(try garbage.restore(onWait: context.say))) }
        let request = request(context)
        if dryRun { return .first(GarbageDocument(planned: try garbage.plan(request, onWait: context.say))) }
        if cloud, !common.yes, !common.json {
            // Whoever has to agree sees first what would be lost.
            let plan = try garbage.plan(request, onWait: context.say)
            if !plan.remoteObjects.isEmpty { context.showBeforeFailing(GarbageDocument(planned: plan)) }
        }
        let outcome = try garbage.run(request, isConfirmed: common.yes, onWait: context.say)
        return .first(GarbageDocument(outcome, graceDays: grace))
    }

    private func request(_ context: CommandContext) -> CollectGarbage.Request {
        var request = CollectGarbage.Request()
        (request.workspace, request.allBranches, request.allTags) = (workspace, allBranches, allTags)
        (request.allCommits, request.lastCommits, request.revisions) = (allCommits, num, rev)
        (request.since, request.projects) = (date, projects.map(context.path))
        (request.includesRemote, request.remote, request.graceDays) = (cloud, remote, grace)
        return request
    }
}
