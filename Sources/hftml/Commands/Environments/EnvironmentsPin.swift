import ArgumentParser
import Basics
import Documents
import Workflows

struct EnvironmentsPinCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract: "Believe an environment's root keys on this machine, or write them into a file for its host.",
        discussion: """
            Compare the fingerprint with the owners of the keys, by another way than the one that the files came:
            everything else is followed from it. hftml-runtime init prints the same.

            EXAMPLES
              hftml environments pin paper
              hftml environments pin live --root sha256:5f0c… --yes
              hftml environments pin paper -o paper-root.json --yes
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var name: String
    @Option(help: ArgumentHelp("The fingerprint that their owners said.", valueName: "sha256:…")) var root: String?
    @Option(name: .shortAndLong, help: "Write the file that hftml-runtime init --root takes.", completion: .file())
    var output: String?

    func perform(_ context: CommandContext) throws -> EnvironmentPinDocument {
        let session = try context.session(), draft = try PinEnvironment.draft(name, session: session)
        if root == nil, output == nil, !draft.isPinned {
            context.terminal.say(EnvironmentPinDocument(draft).text(.plain))
            guard try context.common.confirms("Do the owners of these keys say the same?") else {
                throw Failure("sign.declined", "nothing was pinned", hint: "answer y, or say --yes")
            }
        }
        let outcome = try PinEnvironment.run(draft, fingerprint: root, output: output, session: session)
        return EnvironmentPinDocument(draft, outcome)
    }
}
