import ArgumentParser
import Documents
import Workflows

/// What all transfers take.
struct TransferOptions: ParsableArguments {
    @Argument(help: "Pointers, data or directories; all by default.", completion: .file()) var targets: [String] = []
    @OptionGroup var partitions: PartitionOptions
    @Option(name: .shortAndLong, help: "The remote; the default one if not given.") var remote: String?
    @Option(name: .shortAndLong, help: "Transfers at once.") var jobs: Int?
    @Flag(help: "Also the records of finished runs.") var runCache = false
    @Flag(name: [.long, .customShort("a")], help: "Also what other branches name.") var allBranches = false
    @Flag(name: [.long, .customShort("T")], help: "Also what tags name.") var allTags = false
    @Flag(name: [.long, .customShort("A")], help: "Also what any commit names.") var allCommits = false

    func request(_ context: CommandContext) -> TransferData.Request {
        var request = TransferData.Request(targets: targets.map(context.path), remote: remote)
        request.conditions = partitions.conditions
        (request.jobs, request.includesRunCache) = (jobs, runCache)
        (request.allBranches, request.allTags, request.allCommits) = (allBranches, allTags, allCommits)
        return request
    }
}
