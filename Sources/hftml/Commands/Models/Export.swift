import ArgumentParser
import Documents
import Workflows

extension ExchangeWeights.Format: ExpressibleByArgument {}
extension ExchangeWeights.Flatten: ExpressibleByArgument {}

struct ExportCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a model or a policy as other tools read it.",
        discussion: """
            EXAMPLES
              hftml export bars-lstm/1 --format onnx -o bars-lstm.onnx
              hftml export model --format torch -o state.pth
              hftml export model --format keras -o model.keras

            torch writes a state dict (.safetensors, or .pth as torch.save does) and model.py, a module that takes it.
            keras-h5 writes a whole model, or under a name in .weights.h5 the weights alone. Every format writes
            NAME.check.safetensors beside: windows x and our answers y, which the other tool must give too.

            The network takes scaled windows; its scaler is in the metadata (hftml.spec). Weights behind a flattened
            convolution are in the order of nn.Flatten, [C][T]; --flatten channels-last is for a module that
            transposes first.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, run, directory or file of a model or policy.") var model: String
    @Option(help: "onnx, safetensors, torch, keras or keras-h5.") var format: ExchangeWeights.Format
    @Option(help: "Order behind convolutions in torch: channels-first (without it) or channels-last.")
    var flatten: ExchangeWeights.Flatten?
    @Option(name: .shortAndLong, help: "The file to write.", completion: .file()) var output: String

    mutating func perform(_ context: CommandContext) throws -> ExportedModelDocument {
        let exported = try ExportWeights.export(
            model, format: format, flatten: flatten, to: context.path(output), session: try context.session())
        return ExportedModelDocument(file: output, format: format, exported)
    }
}
