import ArgumentParser
import Documents
import Workflows

struct ModelsImportCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take in a version from another registry, after verifying the archive; exit 2 when it is refused.",
        discussion: """
            EXAMPLES
              hftml models import bars-cnn-3.tar
              hftml models import bars-cnn-3.tar --json

            An archive brings evidence and never authority: no key, role, alias or trust comes with it, and its verdicts
            and statements count only where their signers are trusted here. So does the archive itself: hftml keys
            trust KEY.pub.json --role release.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The archive.", completion: .file()) var file: String

    func perform(_ context: CommandContext) throws -> ImportedVersionDocument {
        let summary = try CarryVersion.import(context.path(file), session: try context.session())
        if !common.json {
            for line in summary.uncounted { context.terminal.say("does not count here: \(line)") }
        }
        return ImportedVersionDocument(summary)
    }
}
