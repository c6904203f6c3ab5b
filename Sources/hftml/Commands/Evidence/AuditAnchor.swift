import ArgumentParser
import Documents
import Workflows

struct AuditAnchorCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchor",
        abstract: "Sign the newest entry and keep the signature outside the registry.",
        discussion: """
            The head covers every entry. It goes to each place under 'anchors' in Registry/hftml.yaml:
            {git: true} for commits of refs/hftml/audit (push it: git push origin refs/hftml/audit),
            {directory: PATH} for one file a head that is never overwritten,
            {timestamp: https://tsa.example/tsr, certificates: Registry/tsa.pem} for a token of a time-stamping
            authority (RFC 3161), kept in Registry/timestamps, which belongs in Git. Without a word there: Git.
            Promotions, refusals and signed statements anchor by themselves where a key with the role 'log' is at hand.
            Where a push is refused since somebody else anchored meanwhile: git fetch, then this again joins both.

            EXAMPLES
              hftml audit anchor
              hftml audit anchor --as log
            """)

    @OptionGroup var common: CommonOptions

    @Option(name: .customLong("as"), help: "Key that signs: its name in this project, or a file.")
    var key: String?

    @Flag(
        help:
            "Only where no head was ever signed, here or in any place; else do nothing. For the first job of a record.")
    var first = false

    func perform(_ context: CommandContext) throws -> AnchoredHeadDocument {
        let session = try context.session()
        return AnchoredHeadDocument(
            first
                ? try SignHead.begin(as: key, session: session)
                : .signed(try SignHead.anchor(as: key, session: session)))
    }
}
