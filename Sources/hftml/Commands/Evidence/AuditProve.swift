import ArgumentParser
import Documents
import Workflows

struct AuditProveCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Prove that an entry is in the log, to somebody who trusts none of your machines.",
        discussion: """
            The proof holds the entry, the hashes that lead from it to the signed root, the signed head, and the anchor
            where the same head lies outside the registry. What it takes to check it, with no program of ours, is in
            Sources/Deployment/Deployment.docc/Formats.md.

            EXAMPLES
              hftml audit prove 17
              hftml audit prove 17 -o proof.json
            """)

    @OptionGroup var common: CommonOptions

    @Argument(help: "Number of the entry, or the first digits of its hash; see: hftml audit show.")
    var entry: String

    @Option(name: .shortAndLong, help: "File to write the proof to.")
    var output: String?

    @Option(name: .customLong("for"), help: "An environment: its root keys must lead to who signed the head.")
    var environment: String?

    func perform(_ context: CommandContext) throws -> ProofDocument {
        let session = try context.session()
        let proof = ProofDocument(try ProveEntry.run(entry, for: environment, session: session))
        if let output { try proof.write(to: session.path(output)) }
        return proof
    }
}
