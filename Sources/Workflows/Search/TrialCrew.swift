import Basics
import Foundation
import HyperparameterSearch
import NeuralNetworks
import Registry
import Tensors

/// Keeps the workers of one search busy, and records what they report.
final class TrialCrew {
    private typealias Slot = (slot: any TrialSlot, trial: Trial?, run: String)

    private let request: SearchHyperparameters.Request
    private let recipe: SearchRecipe
    private let study: Study
    private let storage: RegistryStudyStorage
    private let name: String
    private let features: LineageNode
    private let registry: RegistryDatabase
    private let session: Session
    private let directory: String
    /// What workers read raw bars from; nil where money is an estimate.
    private let bars: String?
    private var slots: [Slot?]
    private var opened = 0
    private var job: SlurmJob?
    private var seen = Clock.monotonic()
    private var failuresInARow = 0
    /// The same with those whose strategy never traded.
    private var fruitlessInARow = 0
    private var lastProblem: String?
    /// No point was left when last asked; so it stays until a trial is lost.
    private var isExhausted = false

    /// Trials that fail one after another before anything has succeeded: then something is wrong with all of them.
    private static let mostFailures = 8
    /// The same where trials of the study have succeeded: a part of its space may fail.
    private static let mostFailuresBesideSuccess = 64
    /// Trials that neither succeed nor, for the most part, go wrong, since their strategy never trades: nothing of so
    /// many can be ranked, and a search that counts successes would never end.
    private static let mostFruitless = 64
    /// The same where trials of the study have succeeded.
    private static let mostFruitlessBesideSuccess = 256

    init(
        _ request: SearchHyperparameters.Request, recipe: SearchRecipe, study: Study, storage: RegistryStudyStorage,
        name: String, features: LineageNode, registry: RegistryDatabase, bars: DeskBars?,
        session: Session
    ) throws {
        (self.request, self.recipe, self.study, self.storage, self.name) = (request, recipe, study, storage, name)
        (self.features, self.registry, self.session) = (features, registry, session)
        slots = [Slot?](repeating: nil, count: request.jobs)
        directory = Paths.join(
            Paths.parent(session.registryPath),
            "studies/\(Digest.sha256(name).prefix(16))/"
                + "\(ProcessIdentity.current.replacingOccurrences(of: ":", with: "-"))"
        )
        try Paths.makeDirectory(directory)
        if let bars {
            let path = Paths.absolute(Paths.join(directory, TrialBars.file))
            try TrialBars.write(bars.tables, to: path)
            self.bars = path
        } else {
            self.bars = nil
        }
        if request.executor == .slurm { try SearcherSign.give(in: directory) }
    }

    /// Whether workers wait for an answer to their reports; one that nobody asked for would be taken for a request.
    private var prunes: Bool { !(study.pruner is NoPruner) }
    private var threads: Int { request.threads ?? max(1, Session.defaultThreads / request.jobs) }

    /// - Returns: false if it was stopped.
    func run(limit: Int, shouldStop: () -> Bool, report: (SearchHyperparameters.Event) -> Void) throws -> Bool {
        while true {
            if shouldStop() { return false }
            for index in slots.indices where slots[index]?.trial == nil {
                guard try !fill(index, limit: limit, report: report) else { continue }
                // Nothing left for it: on a cluster another worker may be waiting for the cores that it holds.
                slots[index]?.slot.stop()
                slots[index] = nil
            }
            guard slots.contains(where: { $0?.trial != nil }) else {
                try requireSuccess()
                return true
            }
            for index in slots.indices { try listen(index, report: report) }
            try stayAlive()
            wait()
        }
    }

    /// Gives a free slot the next trial; false when there is none.
    private func fill(_ index: Int, limit: Int, report: (SearchHyperparameters.Event) -> Void) throws -> Bool {
        guard !isExhausted else { return false }
        let trial: Trial?
        do {
            trial = try study.ask(limit: limit)
        } catch SearchError.exhausted {
            isExhausted = true
            try releaseUnproposed()
            return false
        }
        guard let trial else { return false }
        do {
            let slot = try slots[index]?.slot ?? open(index)
            let run = try begin(trial)
            try slot.start(
                TrialRequest(
                    number: trial.number, config: Paths.absolute(recipe.config),
                    assignments: recipe.overrides(trial.point), features: recipe.features.map(Paths.absolute),
                    data: recipe.data.map(Paths.absolute), strategy: recipe.strategy.map(Paths.absolute),
                    bars: bars,
                    metrics: recipe.objectives.map(\.metric), folds: recipe.folds, threads: threads,
                    isPruned: prunes))
            slots[index] = (slot, trial, run)
            report(.began(trial))
        } catch {
            try storage.release(trial.number)
            throw error
        }
        return true
    }

    /// A trial that was claimed although the space has no point left for it. Those of other processes, which have
    /// claimed and not proposed yet, are theirs.
    private func releaseUnproposed() throws {
        for trial in try storage.trials() where trial.state == .running && trial.point.isEmpty {
            try storage.discard(trial.number)
        }
    }

    private func open(_ index: Int) throws -> any TrialSlot {
        switch request.executor {
        case .local:
            return try LocalTrialSlot(
                program: request.program, log: Paths.join(directory, "worker-\(index).log"),
                environment: session.caller.environment)
        case .slurm:
            // The first array has a task for every slot; a lost one is replaced by an array of one, in a place of its
            // own.
            if opened < request.jobs {
                if job == nil {
                    job = try SlurmJob(
                        program: request.program, directory: directory, tasks: 0..<request.jobs, threads: threads,
                        environment: session.caller.environment)
                }
                guard let job else { break }
                opened += 1
                return try SlurmTrialSlot(directory: Paths.join(directory, "slot-\(index)"), job: job, task: index)
            }
            let task = opened
            opened += 1
            let job = try SlurmJob(
                program: request.program, directory: directory, tasks: task..<task + 1, threads: threads,
                environment: session.caller.environment)
            return try SlurmTrialSlot(directory: Paths.join(directory, "slot-\(task)"), job: job, task: task)
        }
        throw Failure("search.slot", "found no place to run a trial")
    }

    /// Records the run of a trial: a trial is a run like any other, so it counts where trials are counted.
    private func begin(_ trial: Trial) throws -> String {
        let assignments = recipe.space.assignments(trial.point), label = "\(name) trial \(trial.number)"
        // Not parsed here: a point that makes no valid configuration is a failed trial, not the end of the search.
        var node = recipe.base.node
        for (key, value) in recipe.overrides(trial.point) { try node.set(path: key, to: value) }
        let id = try session.startRun(
            kind: .trial, name: label, experiment: recipe.experiment,
            seed: node[path: "training.seed"]?.intValue ?? recipe.base.seed, threads: threads,
            config: node, data: features.id, parameters: assignments, registry: registry)
        try registry.link(
            [features, .study(name)],
            to: TrainModel.runNode(id, name: label))
        try storage.link(trial.number, run: id)
        return id
    }

    private func listen(_ index: Int, report: (SearchHyperparameters.Event) -> Void) throws {
        guard let (slot, current, run) = slots[index], let trial = current else { return }
        // Ask first: what it said before it ended is still to be read.
        let loss = slot.lossReason
        for event in try slot.events() {
            switch event {
            case .report(let number, let step, let value) where number == trial.number:
                let isPruned = try study.report(trial, step: step, value: value)
                if prunes { try slot.answer(number: number, isPruned: isPruned) }
            case .result(let number, let result) where number == trial.number:
                try record(trial, result, run: run)
                slots[index] = (slot, nil, "")
                let history = try study.history()
                report(
                    .ended(
                        history.trials[number], best: history.best,
                        done: history.trials.count { $0.state == .complete || $0.state == .pruned }))
                return
            default: break
            }
        }
        guard let loss else { return }
        try storage.release(trial.number)
        isExhausted = false
        try registry.finish(run: run, status: .failed)
        slot.stop()
        slots[index] = nil
        report(.lost(number: trial.number, reason: loss))
    }

    private func record(_ trial: Trial, _ result: TrialResult, run: String) throws {
        var metrics = result.metrics.map { MetricValue($0.name, step: $0.step, $0.value) }
        metrics += result.returns.enumerated().map {
            MetricValue(SelectionEvidence.returnsMetric, step: $0.offset, $0.element)
        }
        metrics += zip(recipe.objectives, result.objectives).map { MetricValue("trial.\($0.metric)", $1) }
        try registry.log(metrics, run: run)
        switch result.outcome {
        case .complete:
            try storage.finish(trial.number, state: .complete, values: result.objectives, reason: nil)
            try registry.finish(run: run, status: .finished)
            (failuresInARow, fruitlessInARow) = (0, 0)
        case .pruned:
            try storage.finish(trial.number, state: .pruned, values: [], reason: nil)
            try registry.finish(run: run, status: .pruned)
            (failuresInARow, fruitlessInARow) = (0, 0)
        case .failed, .interrupted:
            try storage.finish(trial.number, state: .failed, values: [], reason: result.message)
            try registry.finish(run: run, status: .failed)
            // Not to trade is a result, though not one to be ranked.
            try countFailure(result.message, isUntraded: result.message == TrialResult.neverTraded)
        }
    }

    /// A space whose every point failed has no result.
    private func requireSuccess() throws {
        guard isExhausted, failuresInARow > 0 else { return }
        let states = try study.history().trials.map(\.state)
        guard !states.contains(.complete), !states.contains(.pruned) else { return }
        throw failing(failuresInARow, lastProblem)
    }

    private func countFailure(_ message: String?, isUntraded: Bool) throws {
        failuresInARow = isUntraded ? 0 : failuresInARow + 1
        fruitlessInARow += 1
        lastProblem = message
        guard failuresInARow >= Self.mostFailures || fruitlessInARow >= Self.mostFruitless else { return }
        let hasSucceeded = try study.history().trials.contains { $0.state == .complete || $0.state == .pruned }
        if failuresInARow >= (hasSucceeded ? Self.mostFailuresBesideSuccess : Self.mostFailures) {
            throw failing(failuresInARow, message)
        }
        if fruitlessInARow >= (hasSucceeded ? Self.mostFruitlessBesideSuccess : Self.mostFruitless) {
            throw failing(fruitlessInARow, message)
        }
    }

    private func failing(_ count: Int, _ message: String?) -> Failure {
        let place =
            "hftml registry query \"SELECT number, reason FROM trials WHERE study = '\(name)' AND "
            + "state = 'failed'\""
        return Failure(
            "search.failing",
            "found \(count) trials failed one after another; the last said: \(message ?? "nothing")",
            hint: message == TrialResult.neverTraded
                ? "let the rule of '\(recipe.strategy.map(Paths.name) ?? "the strategy")' enter sooner, or choose an "
                    + "objective that needs no trades; see the trials with: \(place)" : "see them with: \(place)")
    }

    /// Tells searches on other machines every ten seconds that this one is alive.
    private func stayAlive() throws {
        guard Clock.monotonic() - seen > 10_000_000_000 else { return }
        seen = Clock.monotonic()
        try storage.see(slots.compactMap { $0?.trial?.number })
        if request.executor == .slurm { try SearcherSign.give(in: directory) }
    }

    /// Until a worker says something, or a moment has passed.
    private func wait() {
        var descriptors = slots.compactMap {
            ($0?.slot as? LocalTrialSlot).map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        }
        if descriptors.isEmpty { usleep(100_000) } else { _ = poll(&descriptors, nfds_t(descriptors.count), 200) }
    }

    /// Ends all workers, and gives their trials back to whoever searches next.
    func close() {
        for case let (slot, trial, run)? in slots {
            slot.stop()
            if let trial {
                try? storage.release(trial.number)
                try? registry.finish(run: run, status: .interrupted)
            }
        }
        slots = []
        if let bars { try? Paths.remove(bars) }
        // What workers complained about is worth keeping; empty logs are not.
        let files = (try? Paths.entries(directory)) ?? []
        if request.executor == .slurm || files.allSatisfy({ Paths.size(Paths.join(directory, $0)) == 0 }) {
            try? Paths.remove(directory)
        }
    }
}
