import Basics
import ArgumentParser
import Documents
import Workflows

struct ModelInitialCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "initial",
        abstract: "Write the weights that a seed starts from, so that another tool can start from the same.",
        discussion: """
            EXAMPLES
              hftml model initial deeplob-torch --features 40 --seed 1 --format torch -o start.safetensors
              hftml model initial deeplob.yaml --features 40 --format onnx -o start.onnx
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A training configuration or a named model.", completion: .file()) var model: String
    @Option(help: "Features in a row.") var features: Int?
    @Option(help: "Rows in a window, in place of the model's.") var window: Int?
    @Option(help: "Seed of the training that starts so.") var seed = 1
    @Option(help: "safetensors, torch, keras, keras-h5 or onnx.") var format: ExchangeWeights.Format
    @Option(name: .shortAndLong, help: "The file to write.", completion: .file()) var output: String

    mutating func validate() throws { if seed < 0 { throw ValidationError("--seed takes 0 or more") } }

    mutating func perform(_ context: CommandContext) throws -> WeightsFileDocument {
        let exported = try ExportWeights.exportInitial(
            model, features: features, window: window, seed: UInt64(seed), format: format, to: context.path(output),
            caller: context.caller)
        return WeightsFileDocument(
            file: output, parameters: exported.parameters, beside: exported.beside, purpose: .seed(seed))
    }
}
