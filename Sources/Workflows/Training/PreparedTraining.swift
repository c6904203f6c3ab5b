import Basics
import Features
import ModelBundles
import NeuralNetworks
import Registry

/// A recipe bound to a feature table: windows, network and trainer, ready for the first step.
struct PreparedTraining {
    let recipe: TrainingRecipe
    let dataset: WindowedDataset
    let network: Network
    let trainer: Trainer
    /// What nothing can be learned of; see ``TrainingChecks``.
    let warnings: [String]

    /// - Parameters:
    ///   - reserved: share of the times, at the end, that this training never sees.
    ///   - positions: times to train and test on, in place of those that the split chooses.
    init(
        _ recipe: TrainingRecipe, table: FeatureTable, split: SplitSpec, reserved: Double = 0,
        positions: WindowedDataset.Positions? = nil, threads: Int
    ) throws {
        self.recipe = recipe
        dataset = try WindowedDataset(
            table, window: recipe.window, split: split, trainingStride: recipe.trainingStride,
            unscaled: recipe.unscaled, reserved: reserved,
            positions: positions)
        warnings = try TrainingChecks.require(dataset, stride: recipe.trainingStride)
        network = try Network(layers: recipe.layers, input: SampleShape(time: recipe.window, channels: table.width))
        var config = recipe.training
        if config.loss.needsClassCounts { config.loss = config.loss.resolved(classCounts: dataset.classCounts) }
        trainer = try Trainer(network: network, config: config, threads: threads)
    }

    var training: WindowSamples { WindowSamples(dataset, ends: dataset.training) }
    var validation: WindowSamples { WindowSamples(dataset, ends: dataset.validation) }

    /// The weights that are best so far, with all that a prediction needs.
    var model: ModelFile {
        let table = dataset.table
        return ModelFile(
            spec: ModelSpec(
                name: recipe.name, layers: recipe.layers, window: recipe.window, output: recipe.output,
                features: table.spec, market: table.market,
                label: dataset.label, scaler: dataset.scaler),
            network: network, parameters: trainer.parameters)
    }
}

extension PreparedTraining {
    /// The windows and how they were divided, as lineage names them: table, window length and split decide both.
    ///
    /// - Parameter features: the table, as lineage names it.
    func splitNode(_ recipe: TrainingRecipe, features: String) -> LineageNode {
        let split = recipe.split.json.text(.canonical), window = dataset.window
        let counts =
            "\(dataset.training.count) training, \(dataset.validation.count) validation, \(dataset.test.count) test"
        return LineageNode(
            .split, id: "split:\(Digest.sha256("\(features)\n\(window)\n\(split)"))",
            label: "windows of \(window), \(recipe.split.json[key: "kind"]?.stringValue ?? "split"): \(counts)")
    }
}
