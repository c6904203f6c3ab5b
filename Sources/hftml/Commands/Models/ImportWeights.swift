import ArgumentParser
import Documents
import Workflows

struct ImportWeightsCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-weights", abstract: "Take weights from another tool.",
        discussion: """
            EXAMPLES
              hftml import-weights state.safetensors --format torch --for deeplob-torch --features 40 -o s.safetensors
              hftml import-weights model_weights.h5 --format keras-h5 --like model -o imported

            With --for, the file made is for train --initial. With --like, a model directory is made that evaluates at
            once. Names that differ are mapped with --map names.yaml.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The file with the weights.", completion: .file()) var file: String
    @Option(help: "safetensors, torch or keras-h5.") var format: ExchangeWeights.Format
    @Option(
        name: .customLong("for"), help: ArgumentHelp("A named model or training configuration.", valueName: "model"))
    var model: String?
    @Option(help: "A trained model whose weights are to be replaced.", completion: .directory) var like: String?
    @Option(help: "Features in a row (--for).") var features: Int?
    @Option(help: "Rows in a window (--for).") var window: Int?
    @Option(
        help: ArgumentHelp("YAML: our module to theirs, such as layers.1: conv1.0 (torch).", valueName: "file"),
        completion: .file()) var map: String?
    @Option(name: .shortAndLong, help: "The file (--for) or directory (--like) to write.", completion: .file())
    var output: String

    mutating func validate() throws {
        if (model == nil) == (like == nil) { throw ValidationError("give one of --for and --like") }
    }

    mutating func perform(_ context: CommandContext) throws -> ImportedWeightsDocument {
        let source = context.path(file), names = map.map(context.path), session = try context.session()
        if let like {
            let made = try ExchangeWeights.replaceWeights(
                source, format: format, of: context.path(like), map: names, output: context.path(output),
                session: session)
            return .model(run: made.run, parameters: made.parameters)
        }
        let count = try ExchangeWeights.importWeights(
            source, format: format, for: model ?? "", features: features, window: window, map: names,
            output: context.path(output), caller: context.caller)
        return .file(WeightsFileDocument(file: output, parameters: count, purpose: .initial))
    }
}
