import ArgumentParser
import Basics
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
    @Argument(help: "The archive: a file, or its address.", completion: .file()) var file: String
    @Flag(help: "An address without an archive is no error, and nothing is done.") var ifExists = false
    @OptionGroup var source: WebSourceOptions

    func perform(_ context: CommandContext) async throws -> Either<ImportedVersionDocument, EmptyDocument> {
        let session = try context.session()
        guard file.hasPrefix("https://") || file.hasPrefix("http://") else {
            return .first(shown(try CarryVersion.import(context.path(file), session: session), context))
        }
        guard
            let summary = try await CarryVersion.import(
                address: file, with: try source.fetch(context), session: session)
        else {
            guard ifExists else {
                throw Failure(
                    "import.none", "found no archive at \(FetchFile.shown(file))",
                    hint: "check the address; where there may be none yet, add --if-exists")
            }
            context.say("there is no archive yet")
            return .second(EmptyDocument())
        }
        return .first(shown(summary, context))
    }

    private func shown(_ summary: CarryVersion.Summary, _ context: CommandContext) -> ImportedVersionDocument {
        if !common.json {
            for line in summary.uncounted { context.terminal.say("does not count here: \(line)") }
        }
        return ImportedVersionDocument(summary)
    }
}
