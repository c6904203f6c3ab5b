import ArgumentParser
import Documents
import Workflows

struct AttestCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest", abstract: "Record the SHA-256 of dataset versions in their pointers, beside DVC's MD5.",
        discussion: """
            EXAMPLES
              hftml attest Data/bars
              hftml attest Data/bars --check
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pointers or data.", completion: .file()) var targets: [String]
    @Flag(help: "Compare with what is recorded; exit status 2 if it differs or is missing.") var check = false

    mutating func perform(_ context: CommandContext) throws -> AttestationDocument {
        let workspace = try context.session().workspace, targets = targets.map(context.path)
        let attestations =
            check
            ? try AttestData.check(targets, in: workspace)
            : try AttestData.run(targets, in: workspace, onWait: context.say)
        return AttestationDocument(attestations, isComparison: check)
    }
}
