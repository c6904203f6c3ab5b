import ArgumentParser
import Basics
import Documents
import Workflows

struct SearchCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Search hyper-parameters; resumable, and shared by any number of processes.",
        discussion: """
            EXAMPLES
              hftml search Pipelines/bars-lstm --trials 60 -j 2 --sampler tpe --pruner asha
              hftml search search.yaml --trials 200 -j 16 --executor slurm --refit best --html search.html
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The search configuration, or a directory with a search.yaml.", completion: .file()) var config:
        String
    @Option(
        help:
            "Trials that the study shall have in the end, those of earlier searches included; failed ones do not count."
    ) var trials = 50
    @Option(name: .shortAndLong, help: "Trials that run at once, each in a process of its own.") var jobs = 1
    @Option(help: ArgumentHelp("One of \(SearchChoices.samplers.joined(separator: ", ")).", valueName: "name"))
    var sampler: String?
    @Option(help: ArgumentHelp("One of \(SearchChoices.pruners.joined(separator: ", ")).", valueName: "name"))
    var pruner: String?
    @Option(help: "Name of the study, in place of the configuration's.") var study: String?
    @Option(help: "Seed of the sampler.") var seed: Int?
    @Option(help: "Threads of one trial; the cores shared out by default.") var threads: Int?
    @Option(
        help:
            "Where trials run: local, or slurm (a job array; the directory of the registry must be seen by its nodes).")
    var executor = SearchHyperparameters.Request.Executor.local
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Replace an option of the search configuration.", valueName: "key=value")) var assignments:
        [String] = []
    @Option(help: ArgumentHelp("Start from the trials of another study.", valueName: "study")) var warmStart: String?
    @Option(
        help: ArgumentHelp("Train the best point once more and keep the model here.", valueName: "dir"),
        completion: .directory) var refit: String?
    @Option(help: ArgumentHelp("Write a page with plots.", valueName: "file"), completion: .file()) var html: String?

    mutating func validate() throws {
        if trials < 1 || trials > 10_000_000 { throw ValidationError("--trials takes 1 or more") }
        if jobs < 1 || jobs > 4096 { throw ValidationError("-j takes 1 to 4096") }
        if let threads, threads < 1 || threads > 1024 { throw ValidationError("--threads takes 1 to 1024") }
        if let seed, seed < 0 { throw ValidationError("--seed takes 0 or more") }
    }

    mutating func perform(_ context: CommandContext) throws -> SearchDocument {
        var request = SearchHyperparameters.Request(path: context.path(config))
        request.overrides = try Assignment.list(assignments)
        (request.trials, request.jobs, request.sampler) = (trials, jobs, sampler)
        (request.study, request.seed, request.pruner) = (study, seed, pruner)
        (request.executor, request.threads, request.warmStart) = (executor, threads, warmStart)
        request.program = ProcessIdentity.program ?? "hftml"
        let terminal = context.terminal, wanted = trials, page = html.map(context.path), refits = refit != nil
        let outcome = try SearchAndRefit.run(
            request, refit: refit.map(context.path), session: try context.session(),
            shouldStop: { Interruption.isPending },
            report: { terminal.show($0, wanted: wanted) },
            searched: { outcome in
                terminal.clearLine()
                if let page { try AtomicFile.write(SearchDocument(outcome).page.html, to: page) }
                if !outcome.isFinished {
                    terminal.say("stopped; the same command resumes it")
                } else if refits {
                    terminal.say("training the best point once more")
                }
            })
        return SearchDocument(outcome.search, model: outcome.model)
    }
}

extension SearchHyperparameters.Request.Executor: ExpressibleByArgument {}

extension Terminal {
    /// The events of a search: a bar on a terminal, a line a trial elsewhere.
    fileprivate func show(_ event: SearchHyperparameters.Event, wanted: Int) {
        switch event {
        case .opened(let study, let known): say(SearchProgressText.opened(study, known: known, wanted: wanted))
        case .judged(let common): say("  " + SearchProgressText.judged(common))
        case .estimated(let reason): say("  " + SearchProgressText.estimated(reason))
        case .began(let trial): if let line = SearchProgressText.began(trial) { say("  " + line) }
        case .lost(let number, let reason): say("  trial \(number) was lost: \(reason)")
        case .ended(let trial, let best, let done):
            let line = SearchProgressText.ended(trial, best: best)
            if !isInteractive { say("  " + line) }
            showProgress("", Double(done) / Double(wanted), "\(done)/\(wanted)  \(line)")
        }
    }
}
