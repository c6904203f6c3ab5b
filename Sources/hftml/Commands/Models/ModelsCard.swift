import ArgumentParser
import Basics
import Documents
import Workflows

struct ModelsCardCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "card", abstract: "The model card and other documents about a version, from the record.",
        discussion: """
            EXAMPLES
              hftml models card bars-cnn@champion
              hftml models card bars-cnn/3 --format cyclonedx -o bom.cdx.json

            What no record knows is in Registry/cards/NAME.yaml, a text or a list for each of: \
            \(ModelCard.keys.joined(separator: ", ")). Promotion writes all documents, the attestations signed, into \
            Registry/promotions.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "NAME/VERSION, NAME@ALIAS, or the file that register wrote.") var reference: String
    @Option(help: "markdown, json, cyclonedx, slsa or test-result.") var format: DescribeVersion.Document?
    @Option(name: .shortAndLong, help: "Where the document goes; stdout by default.", completion: .file())
    var output: String?

    func perform(_ context: CommandContext) throws -> Either<WrittenFileDocument, VersionPaperDocument> {
        let form = format ?? (common.json ? .json : .markdown)
        let paper = try DescribeVersion.run(reference, as: form, session: try context.session())
        if let output {
            try AtomicFile.write(paper.text, to: context.path(output))
            return .first(WrittenFileDocument("file", output))
        }
        return .second(VersionPaperDocument(paper, isVerbatim: format != nil))
    }
}

extension DescribeVersion.Document: ExpressibleByArgument {}
