import ArgumentParser
import Documents
import Workflows

struct ImportWeightsCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-weights", abstract: "Take weights from another tool.",
        discussion: """
            EXAMPLES
              hftml import-weights state.pth --format torch --for deeplob-torch --features 40 -o s.safetensors
              hftml import-weights model.keras --format keras --like model -o imported

            With --for, the file made is for train --initial. With --like, a model directory is made that evaluates at
            once. Names that differ are mapped with --map names.yaml.

            Shapes that fit do not prove that the meaning does. A check file does: windows x [N, T, F] and the answers
            y [N, K] of the other tool. It is looked for beside the weights as NAME.check.safetensors (or .pth), and
            weights whose answers differ from ours by more than 1e-5 are refused. To make one in Python:

              import numpy as np; from safetensors.numpy import save_file
              x = np.random.randn(8, T, F).astype("float32")
              y = model(torch.from_numpy(x)).detach().numpy()     # or model.predict(x) of Keras
              save_file({"x": x, "y": y}, "NAME.check.safetensors")
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The file with the weights.", completion: .file()) var file: String
    @Option(help: "safetensors, torch, keras or keras-h5.") var format: ExchangeWeights.Format
    @Option(
        name: .customLong("for"), help: ArgumentHelp("A named model or training configuration.", valueName: "model"))
    var model: String?
    @Option(help: "A trained model whose weights are to be replaced.", completion: .directory) var like: String?
    @Option(help: "Features in a row (--for).") var features: Int?
    @Option(help: "Rows in a window (--for).") var window: Int?
    @Option(
        help: ArgumentHelp("YAML: our module to theirs, such as layers.1: conv1.0 (torch).", valueName: "file"),
        completion: .file()) var map: String?
    @Option(help: "What stands before all names, such as state_dict (torch); found out where only one fits.")
    var prefix: String?
    @Option(help: "Order behind convolutions in torch: channels-first, as nn.Flatten, or channels-last.")
    var flatten: ExchangeWeights.Flatten?
    @Option(help: "Windows and answers of the other tool; looked for beside the file.", completion: .file())
    var check: String?
    @Option(name: .shortAndLong, help: "The file (--for) or directory (--like) to write.", completion: .file())
    var output: String

    mutating func validate() throws {
        if (model == nil) == (like == nil) { throw ValidationError("give one of --for and --like") }
    }

    mutating func perform(_ context: CommandContext) throws -> ImportedWeightsDocument {
        let request = ImportWeights.Request(
            path: context.path(file), format: format, map: map.map(context.path), prefix: prefix, flatten: flatten,
            check: check.map(context.path))
        guard let like else {
            let imported = try ImportWeights.importWeights(
                request, for: model ?? "", features: features, window: window, output: context.path(output),
                caller: context.caller)
            return ImportedWeightsDocument(file: output, imported)
        }
        let imported = try ImportWeights.replaceWeights(
            request, of: context.path(like), output: context.path(output), session: try context.session())
        // Standard output is the run's id alone.
        if !common.json { for line in ImportedWeightsDocument.remarks(imported) { context.say(line) } }
        return ImportedWeightsDocument(file: output, imported)
    }
}
