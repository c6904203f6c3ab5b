extension ErrorCatalogue {
    /// Pipelines, quality checks, features, splits, reproduction.
    static let pipelines: [Entry] = [
        Entry(
            "check.failed", 409, "The data did not pass its quality check, so no features are built from it.",
            cause: "At least one expectation failed; the report lists which, and where.",
            next: """
                Read the report, correct the data or the suite, and check again: hftml check SUITE DATA --save FILE
                """),
        Entry(
            "check.format", 422, "The file is not a quality report.",
            cause: "Another file was named, or the report was written in a format for people.",
            next: "Make one: hftml check SUITE DATA --save FILE"),
        Entry(
            "check.other-data", 409, "The quality report is about other data than what is there now.",
            cause: "The data changed after it was checked.",
            next: "Check it again: hftml check SUITE DATA --save FILE"),
        Entry(
            "features.bars", 400, "Features of coarser bars and the bars of the market do not fit.",
            cause: """
                `bars: {every: …}` is no multiple of the market's interval, bars do not lie on the session's grid, or \
                a strategy is asked of bars that last differently long.
                """,
            next: "Choose a multiple that lies on the grid, such as bars: {every: 15m} of 5m bars"),
        Entry(
            "features.empty", 422, "No row has all features defined.",
            cause: "The data is shorter than the warm-up, or the trading hours leave every row out.",
            next: "Use more data, shorter windows, or check the hours in the market spec."),
        Entry(
            "features.format", 422, "The file is not a feature table.",
            cause: "Another safetensors file was named, or a newer hftml wrote it.",
            next: "Build it: hftml features SPEC DATA -o FILE"),
        Entry(
            "features.input", 400, "Features of order books were fed with bars, or the other way round.",
            cause: "`input` in the feature spec does not fit the data.",
            next: "Set `input: bars` or `input: book` in the feature spec."),
        Entry(
            "features.internal", 500, "A source of features gave no result.",
            cause: "A mistake in hftml: one of its threads ended early.",
            next: "Run it again with --threads 1, and report it."),
        Entry(
            "features.join", 422, "Two feature tables cannot be joined, or features of two sources are used live.",
            cause: """
                A table of an older version, which does not say when rows were known; no row with a partner; several \
                instruments where one is needed; or a joined table's model that is to be exported.
                """,
            next: "Do what the hint says: make tables of the same days again, or export a model of one source."),
        Entry(
            "features.language", 422, "Features were recorded with operators that are defined otherwise now.",
            cause: "`rsi` and `ema` changed: a model that learned the old numbers would be given others.",
            next: "Make the table again with hftml features, and train again."),
        Entry(
            "features.levels", 422, "The order book has fewer levels than the features use.",
            cause: "`levels` in the feature spec is above what was recorded.",
            next: "Lower `levels`, or use a recording with more levels."),
        Entry(
            "features.no-trades", 422, "Features of trades were asked of an order book that does not say what traded.",
            cause: "The recording has levels or quotes alone; every trade would count as none.",
            next: "Leave out trade_sign and trade_size, or use a recording of orders such as LOBSTER or ITCH."),
        Entry(
            "features.partial", 409, "Only a part of the files that are recorded of a directory is in the workspace.",
            cause: "They were pulled by partition, or deleted; a table of the part would pass for one of the whole.",
            next: "Fetch the others (hftml pull DATA), record that they are gone (hftml add DATA), or add --partial."),
        Entry(
            "features.interval", 422, "The bars stand at another distance than the market's interval.",
            cause: "The market file is of other bars, or none was named and five-minute bars were assumed.",
            next:
                "Write the interval of the message into market.yaml, and name it: hftml features … --market market.yaml"
        ),
        Entry(
            "features.session", 422, "The stamps of bars contradict the sessions of their market.",
            cause: "The market file names another calendar, zone or stamp side than the bars have.",
            next: "Write calendar, zone and files: {stamp: close} as the bars have them into market.yaml."),
        Entry(
            "features.changed", 409, "The raw data changed while features were made of it.",
            cause: "Something wrote into the directory meanwhile.",
            next: "Run the command again: hftml features SPEC DATA -o FILE"),
        Entry(
            "features.no-samples", 422, "A part of the split has no complete window.",
            cause: "The window is longer than the part, or the split leaves nothing for training, validation or test.",
            next: "Use a shorter window, more data, or another split."),
        Entry(
            "features.order", 422,
            "Rows of a feature table are out of order: not an instrument's together, not by time, or twice.",
            cause: """
                The table was sorted or joined by another program, or made before files of one instrument were joined; \
                windows would cross from one time or instrument to another.
                """,
            next: "Make it again: hftml features SPEC DATA -o FILE"),
        Entry(
            "features.undefined", 422,
            "A feature table holds a value or label that is no finite number, or a return of -100 % or less.",
            cause: "The table was changed by another program; hftml features writes finite values only.",
            next: "Make it again: hftml features SPEC DATA -o FILE"),
        Entry(
            "features.unknown", 400, "A feature that shall not be scaled is not in the table.",
            cause: "A typing mistake in `unscaled`, or the feature was renamed.",
            next: "Use a name of the feature table; the message suggests the nearest."),
        Entry(
            "pipeline.export", 400, "The pipeline is a dvc.yaml already, so there is nothing to export.",
            cause: "The command writes dvc.yaml from a pipeline.yaml.",
            next: "Name a directory with a pipeline.yaml: hftml pipeline export-dvc Pipelines/demo"),
        Entry(
            "pipeline.foreign", 400, "A stage reads or writes an address, such as `s3://…`, in place of a path.",
            cause: "DVC follows addresses in stages; hftml reads and writes files of this machine only.",
            next: "Import the data first, and read that: hftml import-url ADDRESS"),
        Entry(
            "pipeline.missing", 404, "There is no pipeline at that path, and no stage or output of that name.",
            cause: "A typing mistake, or a directory without pipeline.yaml and dvc.yaml.",
            next: "Name the file or its directory (hftml repro Pipelines/demo), or a stage with its file: "
                + "hftml repro FILE:STAGE"),
        Entry(
            "pipeline.missing-input", 404, "A stage reads a file that does not exist and that no stage makes.",
            cause: "The data was not fetched, or the path in `deps` is wrong.",
            next: "Fetch the data (hftml pull), or correct the path, and check: hftml pipeline lint PIPELINE"),
        Entry(
            "pipeline.no-stage", 404, "The pipeline has no stage of that name.",
            cause: "A typing mistake, or a stage of another pipeline.",
            next: "See the stages: hftml dag PIPELINE"),
        Entry(
            "pipeline.parameter", 404, "The parameter file has no such parameter.",
            cause: "A typing mistake after --set; only parameters that exist can be replaced.",
            next: "See them: hftml params show, or add it to params.yaml first"),
        Entry(
            "pipeline.resources", 400, "A stage asks for more of a resource than there is.",
            cause: "`uses` in the stage is above what this machine is said to have.",
            next: "State what there is: hftml repro PIPELINE --resource gpu=2"),
        Entry(
            "pipeline.set-unseen", 400, "A value after --set would be recorded, and the command would not see it.",
            cause: "A stage of a dvc.yaml reads its parameters from params.yaml, which --set does not change.",
            next: "Change params.yaml, or give the value to the command as `${name}`, and run: hftml repro"),
        Entry(
            "pipeline.stage-failed", 500, "A stage ended with an error, so the pipeline stopped there.",
            cause: """
                The command of the stage failed; its last lines are in the message or in the stage's log. Or it did \
                not start: what it reads is not all here, or changed.
                """,
            next: "Correct the cause and run again; finished stages are not repeated: hftml repro PIPELINE"),
        Entry(
            "pipeline.template", 400, "A `${…}` in the pipeline cannot be filled in.",
            cause: "An unknown parameter, a missing brace, or a map or list where a text is needed.",
            next: "Define the parameter in params.yaml, or correct its name; check with: hftml pipeline lint PIPELINE"),
        Entry(
            "reproduce.kind", 400, "Only supervised trainings can be reproduced by this command.",
            cause: "The version comes from an agent, an ensemble or an import.",
            next: "Train it again from its recipe with the same seed: hftml train CONFIG -o DIRECTORY"),
        Entry(
            "reproduce.no-commit", 409, "The run was made outside Git, so its code cannot be checked out.",
            cause: "There was no repository, or no commit, when it was trained.",
            next: "Name the features yourself: hftml reproduce NAME/VERSION --features FILE"),
        Entry(
            "reproduce.no-features", 500, "The pipeline of that commit ran, but the feature table is not there.",
            cause: "Its stage writes the table to another path now than the run recorded.",
            next: "Name the features yourself: hftml reproduce NAME/VERSION --features FILE"),
        Entry(
            "reproduce.no-pipeline", 404, "No pipeline of that commit makes the features of the run.",
            cause: "They were built by hand with `hftml features`.",
            next: "Build them again, and name them: hftml reproduce NAME/VERSION --features FILE"),
        Entry(
            "reproduce.no-run", 404, "The version has no run, so nothing says how it was made.",
            cause: "It was imported without its history.",
            next: "Register a version from a run: hftml models register NAME RUN"),
        Entry(
            "reproduce.other-features", 409, "The features that were rebuilt are not those of the run.",
            cause: "The data or the code differs from what was recorded, for example through uncommitted changes.",
            next: "Restore the data of that commit (hftml checkout), and try again."),
        Entry(
            "reproduce.outside", 409, "The run used features outside the project, which no commit holds.",
            cause: "The feature table was named by a path that leads out of the workspace.",
            next: "Name it yourself: hftml reproduce NAME/VERSION --features FILE"),
        Entry(
            "reproduce.pipeline", 500, "A step of rebuilding the features failed on the code of that commit.",
            cause: "The old code needs data or programs that are missing here.",
            next: "Rebuild the features by hand: hftml reproduce NAME/VERSION --features FILE"),
        Entry(
            "reproduce.program", 500, "The program cannot find its own file, which it starts to rebuild features.",
            cause: "It was moved or replaced while it ran, or /proc is not mounted.",
            next: "Start it again by its full path."),
        Entry(
            "split.groups", 400, "The number of test groups does not fit the number of groups.",
            cause: "At least one group is needed for testing, and at least one for training.",
            next: "Choose, for example: hftml cross-validate CONFIG --groups 6 --test-groups 2 …"),
        Entry(
            "split.many", 400, "The combinations of groups are too many to train.",
            cause: "The number of models grows with the binomial coefficient of groups and test groups.",
            next: "Use fewer: --groups 6 --test-groups 2 trains 15 models."),
        Entry(
            "split.order", 400, "Validation does not begin before the test span.",
            cause: "The two times in the split are in the wrong order, or equal.",
            next: "Put `validationFrom` before `testFrom`; the test span comes last."),
        Entry(
            "split.time", 400, "A boundary of the split is not a time.",
            cause: "It is written in another form, or with a zone.",
            next: "Write local exchange time: validationFrom: 2012-06-21T12:30:00"),
    ]
}
