import ArgumentParser
import Documents
import Workflows

struct PromoteCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Look again at all that allows it, sign a version, hand it to a runtime, wait for its receipt.",
        discussion: """
            EXAMPLES
              hftml promote bars-cnn/1 --to paper --key paper-promoter --features f.safetensors --strategy strategy.yaml
              hftml promote bars-cnn/2 --to paper --key paper-promoter --features f.safetensors --strategy s.yaml --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Option(name: .customLong("to"), help: "The environment: a name under Registry/environments, or a path.")
    var environment: String
    @Option(help: "A key with the role promoter there, by name or file.") var key: String
    @Option(help: "The features the version was trained on; its last window is the golden input.", completion: .file())
    var features: String
    @Option(help: "YAML with rule, costs and limits.", completion: .file()) var strategy: String
    @Option(help: "The alias to move once the bundle is in force; the environment's name, or NAME-canary.") var alias:
        String?
    @Option(help: "Share of the instruments that the bundle may trade; below 1 it is a canary.") var share = 1.0
    @Option(help: "Seconds to wait for a receipt.") var wait = 30.0
    @Option(
        help: ArgumentHelp(
            "Bars that the runtime replays for the policy's health rule, where no market feeds it.", valueName: "data"),
        completion: .file()) var probe: [String] = []
    @Flag(help: "Leave the inbox to a runtime that is running; do not start hftml-runtime to look into it.")
    var noActivate = false
    @Option(help: ArgumentHelp("Save the outcome as JSON.", valueName: "file"), completion: .file()) var save: String?

    func perform(_ context: CommandContext) throws -> PromotionDocument {
        var request = PromoteModel.Request(
            reference: reference, environment: environment, strategy: context.path(strategy),
            features: context.path(features), key: key)
        (request.alias, request.share, request.wait) = (alias, share, wait)
        (request.probe, request.isActivating) = (probe.map(context.path), !noActivate)
        let document = PromotionDocument(try PromoteModel.run(request, session: try context.session()))
        if let save { try context.save(document, to: save) }
        return document
    }
}
