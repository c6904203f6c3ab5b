import ArgumentParser
import Documents
import Workflows

extension ExchangeWeights.Format: ExpressibleByArgument {}

struct ExportCommand: HftmlCommand {
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

    mutating func perform(_ context: CommandContext) throws -> ExportedModelDocument {
        let exported = try ExchangeWeights.export(
            model, format: format, to: context.path(output), session: try context.session())
        return ExportedModelDocument(file: output, format: format, exported)
    }
}
