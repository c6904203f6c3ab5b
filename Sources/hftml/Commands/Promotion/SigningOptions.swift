import ArgumentParser
import Basics
import Documents
import Workflows

/// What approval, rejection and waiver have in common: show, ask, sign.
struct SigningOptions: ParsableArguments {
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Option(help: "The policy that the statement is about.", completion: .file()) var policy: String
    @Option(name: .customLong("as"), help: "Your name, as your key has it.") var signer: String
    @Option(help: "Your private key: a name of hftml keys, or a file.") var key: String?
    @Option(help: "Why; it is signed with the rest.") var reason = ""

    func sign(
        _ kind: SignStatement.Kind, rule: String? = nil, expires: String? = nil, _ context: CommandContext
    ) throws -> StatementDocument {
        let session = try context.session()
        let draft = try SignStatement.draft(
            kind, reference, policy: policy, signer: signer, reason: reason, rule: rule, expires: expires,
            session: session)
        context.terminal.say(DraftDocument(draft).text(.plain))
        guard try context.common.confirms("Sign?") else {
            throw Failure("sign.declined", "nothing was signed", hint: "answer y, or say --yes")
        }
        return StatementDocument(try SignStatement.sign(draft, key: key ?? signer, session: session))
    }
}
