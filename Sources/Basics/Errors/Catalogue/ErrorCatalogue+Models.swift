extension ErrorCatalogue {
    /// Models, weights and what is measured of them.
    static let models: [Entry] = [
        Entry(
            "backtest.other-book", 422, "No prediction falls on an event of the recorded order book.",
            cause: "The book is of another day or instrument than the features.",
            next: "Name the recording that the features were computed from: --book DIRECTORY"),
        Entry(
            "compare.changed", 409, "The predictions in the directory are not those that its evaluation made.",
            cause: "The file was replaced or cut after the evaluation.",
            next: "Evaluate again: hftml evaluate MODEL --on FEATURES --strategy STRATEGY -o DIRECTORY"),
        Entry(
            "compare.metric", 400, "The two sides have no such measure in common.",
            cause: "A typing mistake, or a measure that one kind of model does not have.",
            next: "Use one of those that the message lists: hftml compare A B --metric ic"),
        Entry(
            "compare.no-overlap", 409, "No test sample was predicted by both models.",
            cause: "They were evaluated on other spans, instruments or splits.",
            next: "Evaluate both on the same features: hftml evaluate MODEL --on features.safetensors -o DIRECTORY"),
        Entry(
            "compare.no-predictions", 404, "No predictions of this model are recorded.",
            cause: "It was trained, but not evaluated.",
            next: "Evaluate it: hftml evaluate MODEL --on features.safetensors -o DIRECTORY"),
        Entry(
            "compare.other-label", 409, "The two sides predict different targets, so their errors cannot be compared.",
            cause: "Their labels look ahead to other moments, or ask something else.",
            next: "Compare models of one label, or what each earns: hftml backtest MODEL --on FEATURES …"),
        Entry(
            "compare.other-task", 409, "The two policies learned different tasks, so their returns cannot be compared.",
            cause: "Their environments differ.",
            next: "Compare policies that learned in the same environment."),
        Entry(
            "compare.policies", 400, "Options for models that predict were given with two policies.",
            cause: "Policies are compared by their returns alone.",
            next: "Leave the other options out: hftml compare POLICY POLICY --data BOOKS"),
        Entry(
            "evaluate.format", 422, "The directory has no valid training summary.",
            cause: "Another directory was named, or train.json was edited.",
            next: "Name the directory that training wrote: hftml train CONFIG -o DIRECTORY"),
        Entry(
            "evaluate.unfinished", 409, "The run has made no model that could be measured.",
            cause: "It was interrupted or killed, or it still trains.",
            next: "Let it go on: hftml resume RUN"),
        Entry(
            "gate.changed", 409, "The strategy or the features changed while a gate read them.",
            cause: "Something wrote to the files meanwhile, so nobody knows what the verdict is about.",
            next: "Run the gate again: hftml gate NAME/VERSION --policy POLICY --features FILE --strategy FILE"),
        Entry(
            "models.series", 400, "A series of seeds was named where one model is expected.",
            cause: "The directory is one of train --repeats, which holds a model a seed.",
            next: "Name one of its directories, such as DIRECTORY/seed-1; evaluate and ensembles take them all."),
        Entry(
            "evaluate.other-features", 409,
            "The feature table was built with another spec than the model was trained with.",
            cause: "Another table was named, or the feature spec changed.",
            next: "Build the features with the model's spec: hftml features SPEC DATA -o FILE"),
        Entry(
            "register.unusable", 409, "The model cannot be read, or its answer is no finite number.",
            cause: "Its training diverged, its features held values that are no numbers, or its file was changed.",
            next: "Train it again: hftml train CONFIG --features FILE -o DIRECTORY"),
        Entry(
            "strategy.hold", 400, "Positions would be held for another time than the label looks ahead.",
            cause: "`holdBars` differs from the horizon of the label, so the returns are not those of the positions.",
            next: "Set holdBars to the label's horizon, or build features with that horizon and train on them."),
        Entry(
            "evaluate.other-label", 409, "The feature table is labelled otherwise than the model was trained.",
            cause: "The table was built with another kind of label, horizon or cost.",
            next: "Build the features with the model's label: hftml features SPEC DATA -o FILE"),
        Entry(
            "evaluate.other-market", 409, "The feature table is of another market than the model was trained on.",
            cause: "Zone, interval or calendar of the market file differ.",
            next: "Build the features with the model's market: hftml features SPEC DATA --market MARKET -o FILE"),
        Entry(
            "predict.empty", 422, "No row of the table can be scored.",
            cause: "The span that was asked for holds no complete window, or the table ends before it.",
            next: "Ask for an earlier time, or for all rows: hftml predict MODEL --on FILE --all -o FILE.csv"),
        Entry(
            "predict.file", 400, "Predictions are not written in the format that the file name asks for.",
            cause: "The name does not end in .csv.",
            next: "Name a .csv file: hftml predict MODEL --on FILE -o predictions.csv"),
        Entry(
            "predict.no-split", 400, "Nothing tells which span the model was not trained on.",
            cause: "The model was named as a file, or its run has no configuration.",
            next: "Name the directory, run or version, or ask for a time: --from TIME"),
        Entry(
            "evaluate.no-bars", 409, "An instrument that was predicted has no raw bars, so the desk cannot trade it.",
            cause: "The features were built from other bars than those that lie under their name now.",
            next: "Build the features again: hftml features SPEC DATA -o features.safetensors"),
        Entry(
            "evaluate.options", 400, "The options do not fit what is evaluated, or --from is no time.",
            cause: "A policy is measured on its own task, without --from; a model needs features, a strategy and a "
                + "directory.",
            next: "Name them: hftml evaluate model --on features.safetensors --strategy strategy.yaml -o evaluation"),
        Entry(
            "evaluate.weights", 409, "The weights in the directory are not those that the run made.",
            cause: "The file was replaced after training, or run.json names weights that its run did not make.",
            next: "Restore the directory, or train again: hftml train CONFIG -o DIRECTORY"),
        Entry(
            "export.exists", 409, "There is a file at the path of the export already.",
            cause: "An earlier export; it is not overwritten.",
            next: "Choose another name: hftml models export NAME/VERSION FILE --key KEY"),
        Entry(
            "export.layer", 400, "A layer has no form in the other tool.",
            cause: "The architecture uses an operation, or an option of one, that the tool does not have.",
            next: "Export the weights instead: hftml export MODEL --format safetensors -o FILE"),
        Entry(
            "export.no-model", 404, "The run has no model.",
            cause: "It was stopped before its end, or it is a run of another kind.",
            next: "Train it to the end: hftml train CONFIG -o DIRECTORY --resume RUN"),
        Entry(
            "export.policy", 400, "A policy that is a table of values has no network to export.",
            cause: "It was learned by tabular Q-learning.",
            next: "Read the tensor 'values' of its file, or learn with dqn or ppo."),
        Entry(
            "export.size", 400, "Weights are larger than an archive of PyTorch in its 32-bit form holds.",
            cause: "The form that is written ends at 4 GB.",
            next: "Export safetensors: hftml export MODEL --format torch -o state.safetensors"),
        Entry(
            "model.features", 400, "The number of features in a row is missing or out of range.",
            cause: "The architecture alone does not say how wide its input is.",
            next: "Say it: hftml model summary NAME --features 40"),
        Entry(
            "model.format", 422, "The file is not a model of hftml.",
            cause: "Another safetensors file was named, or a newer hftml wrote it.",
            next: """
                Train one (hftml train), or take weights in: hftml import-weights FILE --format torch --for NAME -o \
                FILE
                """),
        Entry(
            "model.outputs", 400, "The network ends in another number of outputs than the label needs.",
            cause: "The last layer does not fit the output kind.",
            next: "End the layers with a dense layer of the number of units that the message names."),
        Entry(
            "predictions.format", 422, "The file holds no predictions.",
            cause: "Another file was named, or a newer hftml wrote it.",
            next: "Make them: hftml evaluate MODEL --on features.safetensors -o DIRECTORY"),
        Entry(
            "runs.no-metric", 404, "None of the runs has a metric of that name.",
            cause: "A typing mistake, or a run that never logged it.",
            next: "See the metrics of a run: hftml runs show RUN"),
        Entry(
            "runs.no-samples", 404, "No run was measured on samples of that identity.",
            cause: "A typing mistake, or the digits of something else.",
            next: "See the identities: hftml runs show latest"),
        Entry(
            "runs.samples", 409, "The metric was measured on different samples, so its values make no one order.",
            cause: "The runs were trained or tested on other data, labels, splits or windows, or by other strategies.",
            next: "Choose one set: hftml runs list --samples DIGITS"),
        Entry(
            "weights.archive", 422, "An archive of weights is damaged, or its entries are compressed.",
            cause:
                "The file was cut, or packed anew by a tool that compresses; PyTorch and Keras store entries.",
            next: "Copy or save the file again."),
        Entry(
            "weights.match", 422, "The two networks can be matched in too many ways.",
            cause: "They hold sums within sums whose terms look alike.",
            next: "Write the sources of add, multiply and average in the order of the other model."),
        Entry(
            "weights.extra", 422, "The file holds a tensor that the architecture does not have.",
            cause: "The weights belong to another architecture or to a larger model.",
            next: "Name the right architecture with --for, or map the modules with --map."),
        Entry(
            "weights.format", 422, "The file is not in safetensors format, or it is damaged.",
            cause: "It was cut, or it is a pickle, an HDF5 or an ONNX file.",
            next: "Say what it is: hftml import-weights FILE --format keras-h5 --for NAME -o FILE"),
        Entry(
            "weights.hdf5", 422, "The HDF5 library could not read or write the file.",
            cause: "The file is damaged or not HDF5, or the disk is full.",
            next: "Check the file with: h5dump -H FILE"),
        Entry(
            "weights.keras", 422, "A Keras model has a layer, or an option of one, that has no equal here.",
            cause: "The message names layer and key; the model would answer otherwise than in Keras.",
            next: "Change the layer in Keras, or save a Sequential or functional model of one input and one output."),
        Entry(
            "weights.keras-differs", 422,
            "A Keras model computes something else than the architecture that its weights are for.",
            cause:
                "Paddings, strides, activations, epsilon or biases differ; the message names the first.",
            next: "Write the architecture as Keras has it, and look at ours with: hftml model summary MODEL"),
        Entry(
            "weights.keras-order", 422,
            "A Keras file of weights alone does not say which layer of two equal ones is which.",
            cause: "The network has branches, and the file has no graph and other names.",
            next: "Save the whole model with model.save('model.keras'), or give windows and answers with --check."),
        Entry(
            "weights.layers", 422,
            "The file has another number of layers, or of arrays in a layer, than the architecture.",
            cause: "The weights belong to another architecture.",
            next: "Name the right one: hftml model named"),
        Entry(
            "weights.missing", 404, "A tensor that the architecture needs is not in the file.",
            cause: "The weights belong to another architecture, or the modules have other names there.",
            next: """
                Map the names in a YAML file: hftml import-weights FILE --format torch --for NAME --map map.yaml -o \
                FILE
                """),
        Entry(
            "weights.no-file", 404, "There is no file of weights at that path.",
            cause: "A typing mistake, or another working directory.",
            next: "Check the path."),
        Entry(
            "weights.no-library", 500, "The HDF5 library is not installed.",
            cause: "It is loaded when Keras files are read or written; this machine has none.",
            next: "Install it: apt-get install libhdf5-103-1"),
        Entry(
            "weights.pickle", 422,
            "The pickle of a PyTorch file is damaged, or holds more than tensors and containers.",
            cause: "The file was cut, or it was not written by torch.save of a state dict.",
            next: "Save the weights alone in Python: torch.save(model.state_dict(), 'weights.pth')"),
        Entry(
            "weights.pickle-code", 422, "A PyTorch file would run code when Python loads it.",
            cause: "It holds a whole module or another object, or somebody put a call into it; nothing was run.",
            next:
                "If you trust it, load it in Python and save: torch.save(model.state_dict(), 'weights.pth')"
        ),
        Entry(
            "weights.several", 409, "A file holds the wanted weights more than once.",
            cause: "A checkpoint keeps, for example, averaged weights beside the trained ones.",
            next: "Say which with --prefix, as the message lists them."),
        Entry(
            "weights.shape", 422, "A tensor has another shape than the architecture needs.",
            cause: "The weights belong to another architecture, window or number of features.",
            next: "Say the right sizes: --features and --window."),
        Entry(
            "weights.torch-legacy", 422, "A PyTorch file is in an older form, or is TorchScript, and is not read.",
            cause: "PyTorch before 1.6 wrote a stream of pickles in place of an archive; TorchScript holds code.",
            next: "Load it in Python and save it again: torch.save(model.state_dict(), 'weights.pth')"),
        Entry(
            "weights.type", 422, "A tensor has a number type that no weights have here.",
            cause: "Floats of 16, 32 and 64 bits are read; whole numbers and floats of 8 bits are not.",
            next: "Convert it to float32 before it is saved."),
    ]
}
