import ArgumentParser
import Basics
import Workflows

/// Whose signature a backup must have.
struct BackupSignerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The public key that must have signed: a file, or its name in this project. Several: one of them.",
            valueName: "key"), completion: .file())
    var signedBy: [String] = []

    func keys(_ context: CommandContext) throws -> [ReadPublicKey.Key] {
        try signedBy.map { name in
            let isFile = name.contains("/") || name.hasSuffix(".json")
            return try ReadPublicKey.run(name, session: isFile ? nil : try context.session(), caller: context.caller)
        }
    }
}
