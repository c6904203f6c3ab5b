import ArgumentParser
import Documents
import Workflows

struct PushCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Send data that a remote lacks.",
        discussion: """
            EXAMPLES
              hftml push
              hftml push Data/bars -r storage
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: TransferOptions
    @Flag(help: "Say what would be sent; send nothing.") var dryRun = false

    mutating func perform(_ context: CommandContext) throws -> TransferDocument {
        let workspace = try context.session().workspace, request = options.request(context)
        if dryRun { return .wouldPush(try TransferData.planPush(request, in: workspace)) }
        let pushed = try context.progress("push") {
            try TransferData.push(request, in: workspace, progress: $0)
        }
        for path in pushed.incomplete {
            context.say(
                "the remote does not have the rest of '\(path)', so its listing was kept back; "
                    + "next: hftml push '\(path)'")
        }
        return try context.finish(
            .pushed(pushed.count, isWhole: pushed.problems.isEmpty && pushed.incomplete.isEmpty), pushed.problems)
    }
}
