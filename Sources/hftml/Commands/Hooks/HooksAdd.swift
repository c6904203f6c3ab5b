import ArgumentParser
import Documents
import Workflows

struct HooksAddCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a hook; it hears of what happens from now on.",
        discussion: """
            EXAMPLES
              hftml hooks add mail --command "mail -s hftml desk@example.com" --on "alias.*" --on "deployment.*"
              hftml hooks add ci --url https://ci.example.com/hook --secret-file Registry/keys/ci.secret --on "gate.*"

            A command gets the event as JSON on its standard input, and HFTML_EVENT, HFTML_EVENT_SUBJECT,
            HFTML_EVENT_ACTOR and HFTML_DELIVERY_ID. A web address gets it by POST, with X-Hftml-Delivery-Id,
            X-Hftml-Timestamp and X-Hftml-Signature: v1,base64(HMAC-SHA256(secret, "ID.TIMESTAMP.BODY")).
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A name for it.") var name: String
    @Option(help: "A line for /bin/sh, run in the project's directory.") var command: String?
    @Option(help: "https://…, or http:// to this machine.") var url: String?
    @Option(help: "A file with the secret for signatures, readable by its owner only.", completion: .file())
    var secretFile: String?
    @Option(
        name: .customLong("on"),
        help: ArgumentHelp(
            "Actions, with at most one * each; all by default. See them in: hftml audit show", valueName: "pattern")
    ) var actions: [String] = ["*"]

    func validate() throws {
        if (command == nil) == (url == nil) { throw ValidationError("give either --command or --url") }
        if command != nil, secretFile != nil { throw ValidationError("--secret-file goes with --url") }
    }

    func perform(_ context: CommandContext) throws -> HookDocument {
        HookDocument(
            try ManageHooks.add(
                name, command: command, url: url, secretPath: secretFile.map(context.path), actions: actions,
                session: try context.session()))
    }
}
