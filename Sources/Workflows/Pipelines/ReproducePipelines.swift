import Basics
import DataVersioning
package import Pipelines

/// Several pipelines in; what had to be rerun of each, done, out. Pipelines do not depend on each other here: one that
/// fails does not hold up the next.
package enum ReproducePipelines {
    package struct Request: Sendable {
        /// A pipeline as it was typed, and where that leads.
        package struct Target: Sendable {
            package let typed: String
            package let path: String

            package init(typed: String, path: String) {
                self.typed = typed
                self.path = path
            }
        }

        package var pipelines: [Target]
        /// Only this stage.
        package var stage: String?
        /// This stage and what follows from it.
        package var downstream: String?
        /// Whether stages run that are up to date.
        package var isForced = false
        /// Whether to say what would run, and run nothing.
        package var isDryRun = false
        /// Stages, or partitions of stages, that run at once: 1 to 4096.
        package var jobs = 1
        /// What stages share, as `gpu=2` or `memory=16GiB`.
        package var resources: [String] = []
        /// Whether outputs may come from runs that were recorded before.
        package var usesRunCache = true
        /// Whether what the cache lacks is fetched from the remote.
        package var isPulling = false
        /// Whether a single command may write to the terminal itself.
        package var inheritsTerminal = false
        /// Parameters that replace those of `params.yaml`, as `a.b=value`.
        package var assignments: [String] = []

        /// Of the caller: for the commands of stages, and for configuration files and remotes.
        package var environment: [String: String]

        package init(_ pipelines: [Target], environment: [String: String]) {
            self.pipelines = pipelines
            self.environment = environment
        }
    }

    /// A stage that a dry run would run or restore.
    package struct Planned: Sendable, Equatable {
        package let stage: String
        package let isRestored: Bool
        /// False where it depends on what a stage before it makes.
        package let isCertain: Bool
        package let reasons: [String]
    }

    /// What became of one pipeline.
    package struct Reproduced: Sendable {
        /// As typed.
        package let pipeline: String
        package let ran: [(stage: String, seconds: Double)]
        package let restored: [String]
        package let current: [String]
        package let planned: [Planned]
        package let seconds: Double
    }

    package struct Outcome: Sendable {
        package var pipelines: [Reproduced] = []
        /// Of the first pipeline with a stage that failed.
        package var failure: PipelineRunner.StageError?
    }

    /// - Parameter report: gets what happens, while it happens.
    /// - Throws: ``ConfigError`` for a pipeline that is not valid; ``Failure`` with code `usage.jobs`, `usage.set` or
    ///   `usage.resource`. A stage that fails is part of the outcome.
    package static func run(
        _ request: Request, report: @escaping (PipelineRunner.Event) -> Void
    ) throws -> Outcome {
        let options = try options(request), overrides = try Assignment.list(request.assignments)
        var outcome = Outcome()
        for target in request.pipelines {
            let started = Clock.monotonic(), plan = Guarded<[Planned]>([])
            do {
                let summary = try ReproducePipeline.run(
                    target.path, options: options, overrides: overrides, environment: request.environment
                ) { event in
                    if let planned = planned(event) { plan.update { $0.append(planned) } }
                    report(event)
                }
                outcome.pipelines.append(
                    Reproduced(
                        pipeline: target.typed, ran: summary.ran.map { ($0.name, $0.seconds) },
                        restored: summary.restored, current: summary.current, planned: plan.value,
                        seconds: Double(Clock.monotonic() - started) * 1e-9))
            } catch let error as PipelineRunner.StageError {
                outcome.failure = outcome.failure ?? error
            }
        }
        return outcome
    }

    private static func planned(_ event: PipelineRunner.Event) -> Planned? {
        switch event {
        case .wouldRun(let stage, let status):
            Planned(stage: stage.name, isRestored: false, isCertain: true, reasons: status.changes.map(\.text))
        case .mightRun(let stage, let after):
            Planned(
                stage: stage.name, isRestored: false, isCertain: false,
                reasons: ["a stage before it runs: \(after.joined(separator: ", "))"])
        case .wouldRestore(let stage, let status):
            Planned(stage: stage.name, isRestored: true, isCertain: true, reasons: status.changes.map(\.text))
        default: nil
        }
    }

    private static func options(_ request: Request) throws -> PipelineRunner.Options {
        var options = PipelineRunner.Options()
        (options.isDryRun, options.isForced) = (request.isDryRun, request.isForced)
        (options.onlyStage, options.downstreamOf) = (request.stage, request.downstream)
        (options.usesRunCache, options.isPulling) = (request.usesRunCache, request.isPulling)
        options.inheritsTerminal = request.inheritsTerminal
        guard (1...4096).contains(request.jobs) else {
            throw Failure("usage.jobs", "found -j \(request.jobs), expected 1 to 4096", exitStatus: .usage)
        }
        var capacities: [String: Int] = [:]
        for text in request.resources {
            guard let equals = text.firstIndex(of: "="),
                let amount = Resources.amount(String(text[text.index(after: equals)...]))
            else {
                throw Failure(
                    "usage.resource",
                    "found '\(text)' after --resource, expected NAME=AMOUNT such as gpu=2 or memory=16GiB",
                    exitStatus: .usage)
            }
            capacities[String(text[..<equals])] = amount
        }
        options.resources = Resources(jobs: request.jobs, capacities: capacities)
        return options
    }
}
