import ArgumentParser
import Basics
import Documents
import Foundation
import HyperparameterSearch
import Workflows

struct SearchCommand: LegacyCommand {
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
    @Option(help: ArgumentHelp("One of \(Samplers.names.joined(separator: ", ")).", valueName: "name")) var sampler:
        String?
    @Option(help: ArgumentHelp("One of \(Pruners.names.joined(separator: ", ")).", valueName: "name")) var pruner:
        String?
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

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        Interruption.watch()
        let terminal = common.terminal
        var request = SearchHyperparameters.Request(path: config)
        request.overrides = try Self.assignments(assignments)
        (request.trials, request.jobs, request.sampler, request.study, request.seed) = (
            trials, jobs, sampler, study, seed
        )
        (request.pruner, request.executor, request.threads, request.warmStart) = (pruner, executor, threads, warmStart)
        request.program = ProcessIdentity.program ?? "hftml"
        let wanted = trials
        let outcome = try SearchHyperparameters.run(request, session: session, shouldStop: { Interruption.isPending }) {
            event in
            switch event {
            case .opened(let study, let known):
                terminal.say("study \(study): \(known == 0 ? "new" : "\(known) trials known"), \(wanted) wanted")
            case .began(let trial):
                if let lost = trial.retryOf { terminal.say("  trial \(trial.number) tries trial \(lost) again") }
            case .lost(let number, let reason): terminal.say("  trial \(number) was lost: \(reason)")
            case .ended(let trial, let best, let done):
                let value =
                    trial.values.isEmpty
                    ? trial.state.rawValue : trial.values.map { fixed($0, 5) }.joined(separator: " ")
                let line =
                    "trial \(trial.number): \(value)"
                    + (best.map { "  best \(fixed($0.values[0], 5)) (trial \($0.number))" } ?? "")
                if !terminal.isInteractive { terminal.say("  " + line) }
                terminal.showProgress("\(Terminal.bar(Double(done) / Double(wanted))) \(done)/\(wanted)  \(line)")
            }
        }
        terminal.clearLine()
        if let html {
            try AtomicFile.write(
                StudyDocument(
                    outcome.study, outcome.history, metrics: outcome.recipe.objectives.map(\.metric),
                    evidence: outcome.evidence
                ).page.html, to: html)
        }
        guard outcome.isFinished else {
            terminal.say("stopped; the same command goes on where it stopped")
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
        var model: (run: String, weights: String)?
        if let refit {
            terminal.say("training the best point once more")
            model = try SearchHyperparameters.refit(
                outcome, output: refit, threads: threads ?? Session.defaultThreads, session: session)
        }
        let text = StudyDocument(
            outcome.study, outcome.history, metrics: outcome.recipe.objectives.map(\.metric), evidence: outcome.evidence
        )
        if common.json {
            var node = text.json
            node[key: "seconds"] = .double(outcome.seconds)
            if let model { node[key: "refit"] = .map(["run": .string(model.run), "weights": .string(model.weights)]) }
            return emit(node.text(.pretty))
        }
        emit(text.text(terminal.productStyle))
        if let model { emit(model.run) }
    }
}

extension SearchHyperparameters.Request.Executor: ExpressibleByArgument {}

/// The process that trains trials; started by `search`, never by people.
struct SearchAgentCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "search-agent", abstract: "Train trials for a search.", shouldDisplay: false)

    @OptionGroup var common: CommonOptions
    @Option(help: "Directory that requests and events pass through; standard input and output otherwise.") var requests:
        String?

    mutating func perform(_ context: CommandContext) throws {
        if let requests { try SearchAgent.serve(directory: requests) } else { try SearchAgent.serveStandardStreams() }
    }
}

struct StudiesCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "studies", abstract: "List and show hyper-parameter searches.",
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct List: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "All studies.",
            discussion: """
                EXAMPLES
                  hftml studies list
                  hftml studies list --json
                """)

        @OptionGroup var common: CommonOptions

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let studies = try StudyReport.list(session: session)
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "studies": .list(
                            studies.map {
                                .map(
                                    [("name", .string($0.name)), ("experiment", .string($0.experiment))]
                                        + $0.counts.map { ($0.key.rawValue, .int($0.value)) }.sorted { $0.0 < $1.0 })
                            }),
                    ]).text(.pretty))
            }
            var table = TextTable(
                ["study", "experiment"] + Trial.State.allCases.map(\.rawValue), rightAligned: [2, 3, 4, 5])
            for study in studies {
                table.add([study.name, study.experiment] + Trial.State.allCases.map { String(study.counts[$0] ?? 0) })
            }
            emit(table.text)
        }
    }

    struct Show: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "One study: its best trials, what mattered, and how far the winner can be believed.",
            discussion: """
                EXAMPLES
                  hftml studies show bars-lstm --plots
                  hftml studies show bars-lstm --html study.html
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The study.") var study: String
        @Flag(
            help: "Also history, parallel coordinates, slices and contour, or the Pareto front, here in the terminal.")
        var plots = false
        @Option(help: ArgumentHelp("Write a page with plots.", valueName: "file"), completion: .file()) var html:
            String?

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let report = try StudyReport.load(study, session: session)
            if let html {
                try AtomicFile.write(
                    StudyDocument(study, report.history, metrics: report.metrics, evidence: report.evidence).page.html,
                    to: html)
            }
            let text = StudyDocument(study, report.history, metrics: report.metrics, evidence: report.evidence)
            emit(common.json ? text.json.text(.pretty) : text.text(common.terminal.productStyle))
        }
    }
}
