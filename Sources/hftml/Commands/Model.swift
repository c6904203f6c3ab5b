import ArgumentParser
import Basics
import Documents
import NeuralNetworks
import Workflows

struct ModelCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "What a model is made of.",
        subcommands: [Summary.self, Named.self, Initial.self, Ensemble.self])

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct Summary: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every layer with its shape, parameters and multiply-adds.",
            discussion: """
                EXAMPLES
                  hftml model summary deeplob-torch --features 40
                  hftml model summary Pipelines/lob-deeplob/deeplob.yaml --features 40
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "A training configuration, a model's directory, or a named model.", completion: .file())
        var model: String
        @Option(help: "Features in a row, where the model does not say.") var features: Int?
        @Option(help: "Rows in a window, in place of the model's.") var window: Int?

        mutating func perform(_ context: CommandContext) throws {
            let network = try DescribeModel.network(model, features: features, window: window)
            let rows = network.summary
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "input": .string(network.input.description),
                        "parameters": .int(network.parameterCount),
                        "trained": .int(DescribeModel.trainedCount(network)),
                        "multiplyAdds": .int(network.multiplyAdds),
                        "layers": .list(
                            rows.map {
                                .map([
                                    "name": .string($0.name), "layer": .string($0.kind), "from": .strings($0.sources),
                                    "output": .string($0.output.description),
                                    "parameters": .int($0.parameters), "multiplyAdds": .int($0.multiplyAdds),
                                ])
                            }),
                    ]).text(.pretty))
            }
            var table = TextTable(
                ["name", "layer", "output", "parameters", "multiply-adds", "reads"], rightAligned: [2, 3, 4])
            table.add(["input", "", network.input.description, "", "", ""])
            for row in rows {
                table.add([
                    row.name, row.kind, row.output.description, row.parameters == 0 ? "" : grouped(row.parameters),
                    row.multiplyAdds == 0 ? "" : grouped(row.multiplyAdds), row.sources.joined(separator: ", "),
                ])
            }
            table.add(["total", "", "", grouped(network.parameterCount), grouped(network.multiplyAdds), ""])
            emit(table.text)
            let trained = DescribeModel.trainedCount(network)
            if trained != network.parameterCount {
                emit("\(grouped(trained)) trained, \(grouped(network.parameterCount - trained)) running statistics")
            }
        }
    }

    struct Named: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "The architectures that have names.",
            discussion: """
                EXAMPLES
                  hftml model named
                  hftml model named --json
                """)

        @OptionGroup var common: CommonOptions

        mutating func perform(_ context: CommandContext) throws {
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "models": .list(
                            NamedModels.all.map {
                                .map([
                                    "name": .string($0.name), "summary": .string($0.summary), "window": .int($0.window),
                                ])
                            }),
                    ]).text(.pretty))
            }
            var table = TextTable(["name", "window", "what it is"], rightAligned: [1])
            for model in NamedModels.all { table.add([model.name, String(model.window), model.summary]) }
            emit(table.text)
        }
    }

    struct Initial: LegacyCommand {
        static let configuration = CommandConfiguration(
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
        @Option(help: "safetensors, torch, keras-h5 or onnx.") var format: ExchangeWeights.Format
        @Option(name: .shortAndLong, help: "The file to write.", completion: .file()) var output: String

        mutating func validate() throws { if seed < 0 { throw ValidationError("--seed takes 0 or more") } }

        mutating func perform(_ context: CommandContext) throws {
            let count = try ExchangeWeights.exportInitial(
                model, features: features, window: window, seed: UInt64(seed), format: format, to: output)
            if common.json {
                emit(
                    JSONValue.map(["schemaVersion": .int(1), "file": .string(output), "parameters": .int(count)]).text(
                        .pretty))
            } else {
                emit("\(output): \(grouped(count)) parameters of seed \(seed)")
            }
        }
    }

    struct Ensemble: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "One model that answers with the mean of several; prints the run id.",
            discussion: """
                EXAMPLES
                  hftml model ensemble models -o ensemble          all seeds of train --repeats
                  hftml model ensemble model-a model-b -o ensemble
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Directories that training wrote.", completion: .directory) var models: [String]
        @Option(help: "Name of the new model.") var name: String?
        @Option(name: .shortAndLong, help: "Directory for the ensemble.", completion: .directory) var output: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let made = try EnsembleModels.run(models, name: name, output: output, session: session)
            common.terminal.say("\(made.members) members, weights \(made.weights.prefix(16))…")
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "run": .string(made.run), "members": .int(made.members),
                        "weights": .string(made.weights),
                    ]).text(.pretty))
            } else {
                emit(made.run)
            }
        }
    }
}
