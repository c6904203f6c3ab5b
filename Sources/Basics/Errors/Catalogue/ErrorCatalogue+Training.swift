extension ErrorCatalogue {
    /// Training, policies, ensembles and searches.
    static let training: [Entry] = [
        Entry(
            "ensemble.differ", 400, "The members of an ensemble do not see the same input.",
            cause: "They were trained on other features, windows, labels, scaling or splits.",
            next: "Train the members from one configuration: hftml train CONFIG -o DIRECTORY --repeats 5"),
        Entry(
            "ensemble.members", 400, "An ensemble needs at least two models.",
            cause: "One directory was named, and it holds one model.",
            next: "Name several, or one of a repeated training: hftml model ensemble DIRECTORY … -o DIRECTORY"),
        Entry(
            "policy.format", 422,
            """
            The file is not what an agent learned (its policy, policy.safetensors), or it is damaged. This is not \
            about a gate's policy, the rules in Registry/gates: a mistake there is config.invalid, one that is \
            missing gate.no-policy.
            """,
            cause: "Another safetensors file was named, or it was cut.",
            next: "Train one: hftml train AGENT-CONFIG -o DIRECTORY; for a gate's rules see: hftml gates rules"),
        Entry(
            "policy.write", 400, "An agent's policy that was not learned cannot be saved.",
            cause: "Built-in reference strategies have no weights.",
            next: "Name the strategy where it is used instead of a file."),
        Entry(
            "search.damaged", 500, "A trial in the registry does not fit the space of its study.",
            cause: "The registry was changed by another program.",
            next: "Check it: hftml registry verify"),
        Entry(
            "search.exhausted", 409, "Every point of the grid has been tried.",
            cause: "The study is complete.",
            next: "See the result (hftml studies show STUDY), or widen the space under a new name."),
        Entry(
            "search.failing", 500, "Many trials failed one after another, so the search stopped.",
            cause: "A mistake in the configuration, missing data, or too little memory.",
            next: """
                See their reasons: hftml registry query "SELECT number, reason FROM trials WHERE state = 'failed'"
                """),
        Entry(
            "search.infeasible", 400, "No point was found that satisfies the constraints.",
            cause: "The constraints contradict each other, or hold in a tiny part of the space.",
            next: "Loosen the constraints, or narrow the ranges to where they hold."),
        Entry(
            "search.no-best", 404, "The study has no complete trial, so there is no best point.",
            cause: "All trials failed or were pruned.",
            next: "See why: hftml studies show STUDY"),
        Entry(
            "search.no-features", 404, "The search has no feature table to train on.",
            cause: "`features` is missing in the configuration, or the table was not built.",
            next: "Build it: hftml features SPEC DATA -o FILE, and name it in the search's `features`"),
        Entry(
            "search.no-slurm", 500, "Slurm's programs could not be started.",
            cause: "The program sbatch or squeue is not installed on this machine.",
            next: "Search on this machine instead: hftml search CONFIG --executor local"),
        Entry(
            "search.no-study", 404, "The registry has no study of that name.",
            cause: "A typing mistake, or another registry.",
            next: "See what there is: hftml studies list"),
        Entry(
            "train.seed", 400, "The first seed leaves no room for the others.",
            cause: "It is near the largest whole number.",
            next: "Begin lower: hftml train CONFIG --features FILE --seed 1 --repeats 5 -o DIRECTORY"),
        Entry(
            "search.warm-start", 409,
            "The trials of the other study were measured otherwise than this search measures.",
            cause: "Its training configuration, features, strategy, objectives or folds differ.",
            next: "Leave it out: hftml search CONFIG, or search with what the other study was measured by."),
        Entry(
            "search.other-study", 409, "A study of this name exists with another space, objective, recipe or data.",
            cause: "The configuration changed since its first trial; trials of both would not be comparable.",
            next: "Give the search a name of its own: hftml search CONFIG --study NAME"),
        Entry(
            "search.bars", 409, "The bars that a search left for its workers cannot be read.",
            cause: "Another version of hftml wrote the file, or something damaged it.",
            next: "Begin the search again: hftml search CONFIG"),
        Entry(
            "search.request", 400, "A worker of a search got a message without a trial.",
            cause: "`search-worker` was started by hand; `hftml search` starts its workers itself.",
            next: "Start the search instead: hftml search CONFIG --trials 60"),
        Entry(
            "search.slot", 500, "There is no place where a trial could run.",
            cause: "The executor was given no slot.",
            next: "Give at least one job: hftml search CONFIG --jobs 1"),
        Entry(
            "search.slurm", 502, "Slurm refused or could not be understood; its words are in the message.",
            cause: "The partition, account or limits of the cluster.",
            next: "Check the cluster: sinfo"),
        Entry(
            "train.as-of", 409,
            "The feature table was made of other data than was known at the end of the day in question.",
            cause: """
                Files were corrected after that day, and the table has the corrections; or they were corrected by its \
                end, and the table has them as before.
                """,
            next: "Write what was known (hftml get DATA@as-of:DAY -o known), make the features from it, train on those."
        ),
        Entry(
            "train.constant", 422, "Every feature has one value in all training rows.",
            cause: "The expressions are constant, or the data does not move.",
            next: "Look at the features of the spec and at the data, then: hftml features SPEC DATA -o FILE"),
        Entry(
            "train.one-sample", 422, "There is one training window, from which nothing can be learned.",
            cause: "`trainingStride` is longer than the training span, or the data is short.",
            next: "Lower trainingStride, or use more data."),
        Entry(
            "train.one-target", 422, "All training or validation windows have the same target.",
            cause: "The label's threshold or cost is above every move, or below all, or the split is too short.",
            next: "Build features with another label, or use another split or more data."),
        Entry(
            "train.checkpoint", 422, "The checkpoint is damaged or of another version of hftml.",
            cause: "The process was killed while a file system without atomic rename wrote it, or hftml was updated.",
            next: "Start anew without --resume: hftml train CONFIG -o DIRECTORY"),
        Entry(
            "train.diverged", 422, "The loss became infinite or no number.",
            cause: "The learning rate is too high, or the features hold extreme values.",
            next: "Lower it or clip: hftml train CONFIG -o DIRECTORY --set training.clipNorm=1"),
        Entry(
            "train.finished", 409, "The run has finished, so there is nothing to resume.",
            cause: "The option --resume names a run that reached its end.",
            next: "Start a new run without --resume, or compare: hftml runs show RUN"),
        Entry(
            "train.kernels", 409, "The run was computed by kernels whose bits this machine does not compute.",
            cause: "Its training.kernels was another, or it began on another processor with OpenBLAS or without AVX2.",
            next: "Resume it with its own training.kernels, where it began, or start anew: hftml train CONFIG"),
        Entry(
            "train.no-features", 400, "Training needs a feature table, and none was named.",
            cause: "The option --features is missing.",
            next: "Name it: hftml train CONFIG --features features.safetensors -o DIRECTORY"),
        Entry(
            "train.no-initial", 404, "There are no weights of that name to start from.",
            cause: "A typing mistake, or a run that made no model; agents begin from their seed.",
            next: "Name a file, a run or a version; see what there is: hftml runs list"),
        Entry(
            "train.no-samples", 422, "There are no training samples, or none for validation.",
            cause: "The split or the window leaves nothing of the data.",
            next: "Check the split and the window length against the span of the data."),
        Entry(
            "train.no-start", 409, "The run does not say where its features and its output lie.",
            cause: "It was begun by a hftml that did not record them.",
            next: "Name both: hftml resume RUN --features FILE -o DIRECTORY"),
        Entry(
            "train.other-checkpoint", 409, "The checkpoint belongs to another network, agent, configuration or data.",
            cause: "The configuration was changed since the run began.",
            next: "Resume with the configuration that the run began with, or start anew without --resume."),
        Entry(
            "train.other-config", 409, "The configuration differs from the one that the run began with.",
            cause: "The file or a --set option changed since.",
            next: "Resume with the configuration on record: hftml resume RUN"),
        Entry(
            "train.other-data", 409, "The features differ from those that the run began with.",
            cause: "They were rebuilt from other data or with another spec.",
            next: "Rebuild the same features, or start anew without --resume."),
        Entry(
            "train.other-initial", 409, "The starting weights differ from those that the run began with.",
            cause: "The option --initial names other weights, or the run began from its seed.",
            next: "Leave --initial out; the run knows its weights: hftml resume RUN"),
        Entry(
            "train.other-kind", 409, "The run is no training of its own, so it cannot be resumed alone.",
            cause: "It is a trial of a search, a cross-validation or an import.",
            next: "Run the command that it belongs to again: hftml search CONFIG"),
        Entry(
            "train.running", 409, "Another process trains this run.",
            cause: "It was started elsewhere and has not ended.",
            next: "Wait for it, or end that process; then: hftml resume RUN"),
        Entry(
            "train.policy", 422, "The policy to start from has a network of another shape.",
            cause: "It was trained with other layers than the agent has now.",
            next: "Train it with the same `layers`, or leave it out."),
    ]
}
