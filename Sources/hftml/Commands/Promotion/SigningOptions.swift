import ArgumentParser
import Basics
import Documents
import Workflows

/// What approval, rejection and waiver have in common: show, ask, sign.
struct SigningOptions: ParsableArguments {
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Option(help: "The policy that the statement is about; by default that of --for.", completion: .file()) var policy:
        String?
    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "The environment whose people count; by default every one that asks for the policy.",
            valueName: "environment")) var environment: String?
    @Option(name: .customLong("as"), help: "Your key, by its name; ssh:NAME for one in an SSH agent.") var signer:
        String
    @Option(help: "Your private key, where it is not of that name: a name of hftml keys, or a file.") var key: String?
    @Option(help: "Why; it is signed with the rest.") var reason = ""
    @Option(
        help: ArgumentHelp("Also write the page that is shown, for a browser.", valueName: "file"), completion: .file())
    var html: String?

    func sign(
        _ kind: SignStatement.Kind, rule: String? = nil, expires: String? = nil, isUnjudged: Bool = true,
        _ context: CommandContext
    ) throws -> StatementDocument {
        let session = try context.session()
        let draft = try SignStatement.draft(
            kind, reference, policy: policy, for: environment,
            signer: signer.hasPrefix("ssh:") ? String(signer.dropFirst(4)) : signer,
            reason: reason, rule: rule, expires: expires,
            session: session)
        // What would not count is refused before anybody reads a page or answers a question.
        try ReviewVersion.requireCounted(draft, key: key ?? signer, session: session)
        if !isUnjudged { try ReviewVersion.requireVerdict(draft) }
        let review = ReviewDocument(try ReviewVersion.run(draft, session: session))
        if let html { try AtomicFile.write(review.page.html, to: context.path(html)) }
        context.terminal.say(review.text(context.terminal.style))
        guard try context.common.confirms("Sign?") else {
            throw Failure("sign.declined", "nothing was signed", hint: "answer y, or say --yes")
        }
        return StatementDocument(try SignStatement.sign(draft, key: key ?? signer, session: session))
    }
}
