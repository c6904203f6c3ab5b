import ArgumentParser
import Basics
import Documents
import Workflows

struct EnvironmentsSignCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign what environment.yaml says, as one of its root keys; in force once enough have signed.",
        discussion: """
            EXAMPLES
              hftml environments sign paper --as paper-root --renew --yes
              hftml environments sign live --as alice
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var name: String
    @Option(name: .customLong("as"), help: "A root key: its name in hftml keys, or a private key file.")
    var key: String
    @Flag(help: "Bring back a document that nobody has any more: as the log has it, or signed or begun anew.")
    var lost = false
    @Flag(help: "Draw up one more document also where nothing but its end changes.")
    var renew = false

    func perform(_ context: CommandContext) throws -> EnvironmentSignedDocument {
        let session = try context.session()
        if let finished = try FinishSigning.run(name, session: session) {
            context.terminal.say(
                "document \(finished) of '\(name)' was signed by enough, and its signing was cut off: it is in its "
                    + "places now")
            for host in try HostsBehind.find(name, session: session) {
                context.terminal.say("\(host.text): \(host.next)")
            }
        }
        let unproven = lost ? try FinishSigning.unproven(name, session: session) : []
        if !unproven.isEmpty {
            context.terminal.say(unproven.map { Escaping.terminal($0) }.joined(separator: "\n"))
            guard try context.common.confirms("Do the owners of these keys say the same?") else {
                throw Failure("sign.declined", "nothing was laid out", hint: "answer y, or say --yes")
            }
        }
        if lost, let restored = try FinishSigning.restore(name, session: session) {
            let isSame = restored.remarks.isEmpty
            context.terminal.say(
                "document \(restored.counter) of '\(name)' lies in its places again, as the log has it; nothing was "
                    + "signed. " + (isSame ? "Commit it: git add Registry && git commit" : "Look before you commit it:")
            )
            if !isSame {
                context.terminal.say(restored.remarks.map { Escaping.terminal($0) }.joined(separator: "\n"))
            }
            return EnvironmentSignedDocument(restored.outcome)
        }
        let draft = try SignEnvironment.draft(name, isLost: lost, session: session)
        try SignEnvironment.requireSeen(draft, key: key, isLost: lost)
        try SignEnvironment.requireChange(draft, isRenewal: renew, session: session)
        let rules = try SignEnvironment.policyChanges(draft, session: session)
        let remarks =
            try SignEnvironment.lossRemarks(draft) + SignEnvironment.roleRemarks(draft, session: session)
            + SignEnvironment.stopping(draft, session: session)
            + SignEnvironment.idleRevocations(draft, session: session)
        context.terminal.say(EnvironmentDraftDocument(draft, policyChanges: rules, remarks: remarks).text(.plain))
        guard try context.common.confirms("Sign?") else {
            throw Failure("sign.declined", "nothing was signed", hint: "answer y, or say --yes")
        }
        let outcome = try SignEnvironment.sign(draft, key: key, session: session)
        return EnvironmentSignedDocument(
            outcome, behind: outcome.isComplete ? try HostsBehind.find(name, session: session) : [])
    }
}
