import ArgumentParser
import Basics
import Documents
import ModelBundles
import NeuralNetworks
import Workflows

extension ExchangeWeights.Format: ExpressibleByArgument {}

struct ExportCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a model as other tools read it.",
        discussion: """
            EXAMPLES
              hftml export bars-lstm/1 --format onnx -o bars-lstm.onnx
              hftml export model --format torch -o state.safetensors

            The network takes scaled windows; its scaler is in the metadata (hftml.spec).
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, run, model directory or model file.") var model: String
    @Option(help: "onnx, safetensors, torch or keras-h5.") var format: ExchangeWeights.Format
    @Option(name: .shortAndLong, help: "The file to write.", completion: .file()) var output: String

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        let file = try ExchangeWeights.model(model, session: session)
        try ExchangeWeights.export(file, format: format, to: output)
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "format": .string(format.rawValue), "file": .string(output),
                    "parameters": .int(file.network.parameterCount),
                    "input": .string(file.network.input.description), "outputs": .int(file.network.output.count),
                ]).text(.pretty))
        } else {
            emit(
                "\(output): \(format.rawValue), input N×\(file.network.input), output N×\(file.network.output.count), \(grouped(file.network.parameterCount)) parameters"
            )
        }
    }
}

struct ImportWeightsCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-weights", abstract: "Take weights from another tool.",
        discussion: """
            EXAMPLES
              hftml import-weights state.safetensors --format torch --for deeplob-torch --features 40 --map names.yaml -o start.safetensors
              hftml import-weights model_weights.h5 --format keras-h5 --like model -o imported

            With --for, the file made is for train --initial. With --like, a model directory is made that evaluates at once.
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

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        if let like {
            let made = try ExchangeWeights.replaceWeights(
                file, format: format, of: like, map: map, output: output, session: session)
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "run": .string(made.run), "parameters": .int(made.parameters),
                    ]).text(.pretty))
            }
            return emit(made.run)
        }
        let count = try ExchangeWeights.importWeights(
            file, format: format, for: model ?? "", features: features, window: window, map: map, output: output)
        if common.json {
            emit(
                JSONValue.map(["schemaVersion": .int(1), "file": .string(output), "parameters": .int(count)]).text(
                    .pretty))
        } else {
            emit("\(output): \(grouped(count)) parameters; start from them with: hftml train … --initial \(output)")
        }
    }
}
