import ArgumentParser
import Documents
import Workflows

struct AuditVerifyCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the log, every table against it, and its anchors; exit 2 when something was changed.",
        discussion: """
            The chain of hashes shows what was changed inside the log, its order in time what was dated back, the rows
            of every table what was changed behind its back, and the signed heads outside the registry's file what was
            cut off at the end or written anew. Once something was judged, signed or put in force, the check fails
            without such an anchor, and with entries of more than a day after the newest: make one with
            'hftml audit anchor'. Documents of promotions are held against their digests in the log, and the places of
            the anchors against those that root keys have signed. What nobody can tell is a note.

            EXAMPLES
              hftml audit verify
              hftml audit verify --anchor-hours 1
              hftml audit verify --json
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "Hours after which an entry must be anchored; an environment may ask for less.")
    var anchorHours = VerifyRecord.anchorHours

    func validate() throws {
        guard anchorHours >= 0, anchorHours.isFinite else {
            throw ValidationError("found --anchor-hours \(anchorHours), expected 0 or more")
        }
    }

    func perform(_ context: CommandContext) throws -> VerifiedRecordDocument {
        let session = try context.session(), problems = try VerifyRecord.run(session: session, anchorHours: anchorHours)
        return VerifiedRecordDocument(
            problems: problems, note: problems.isEmpty ? try VerifyRecord.note(session: session) : nil,
            gaps: try VerifyRecord.gaps(session: session))
    }
}
