import Basics
import Features
import NeuralNetworks
import Registry
import Tensors

/// A run that begins or goes on: its id, the lock that keeps others off it, and what it and its ancestors learn from.
struct RunBeginning {
    let id: String
    let lock: RunLock
    let span: LearnedSpan

    /// What a run is made from.
    struct Inputs {
        var request: TrainModel.Request
        var name: String
        var experiment: String
        var seed: Int
        var config: JSONValue
        /// The feature table, the recorded books, or the task.
        var data: LineageNode
        /// What the training itself learns from, once its run is known.
        var span: (_ run: String) -> LearnedSpan
        var kernels: KernelsName?
        /// Where a model tests itself, and what a naive forecaster says: what measuring it needs.
        var testSpan: TestSpan?
        var baseline: [Double]?
    }

    /// Starts a new run, or goes on with the one to resume, and records at once what resuming and lineage need.
    ///
    /// - Parameters:
    ///   - start: takes the weights to begin with, where they are not the seed's, and tells what they have seen.
    ///   - goOn: takes the run that is resumed, before its checkpoint is read.
    init(
        _ inputs: Inputs, registry: RegistryDatabase, session: Session, start: (InitialWeights) throws -> LearnedSpan,
        goOn: (RunRecord) throws -> Void
    ) throws {
        let request = inputs.request
        let given = try request.initialWeights.map { try InitialWeights($0, session: session) }
        guard let reference = request.resume else {
            var parameters = inputs.config.leaves().map { ($0.path, $0.value) }
            if let given { parameters.append(("initial.weights", .string(given.digest))) }
            let seen = try given.map(start)
            let run = RunRecord.newID(), lock = try RunLock(run, session: session)
            id = try session.startRun(
                kind: .train, name: inputs.name, experiment: inputs.experiment, seed: inputs.seed,
                threads: request.threads, config: inputs.config, data: inputs.data.id, parameters: parameters,
                parent: request.parent, tags: request.tags, kernels: inputs.kernels, id: run, registry: registry)
            self.lock = lock
            span = inputs.span(id).union(seen ?? LearnedSpan())
            let beginning = self
            try registry.ending(id) {
                try beginning.record(inputs, initial: given, registry: registry, session: session)
            }
            return
        }
        let named = try registry.run(reference)
        lock = try RunLock(named.id, session: session)
        let run = try ResumableRun.check(
            named.id, config: inputs.config, data: inputs.data.id, initial: given?.digest, registry: registry)
        id = run.id
        let begun = try registry.start(of: run.id)
        // A run that was killed before its first checkpoint begins anew: from the same weights.
        let digest = begun?.start[key: "initial"]?.stringValue
        let initial = try digest.map { try InitialWeights(digest: $0, session: session) } ?? given
        let seen = try initial.map(start)
        try goOn(run)
        span =
            begun.flatMap { LearnedSpan($0.span) }
            ?? inputs.span(run.id).union(seen ?? LearnedSpan()).union(TraceSpan.unknown(run.id))
        try record(inputs, initial: initial, registry: registry, session: session)
        try registry.resume(run: run.id)
    }

    private func record(
        _ inputs: Inputs, initial: InitialWeights?, registry: RegistryDatabase, session: Session
    ) throws {
        let node = TrainModel.runNode(id, name: inputs.name), request = inputs.request
        try registry.setStart(
            RegistryDatabase.RunStart(
                span: span.json,
                start: .map([
                    "features": .string(request.features.map(session.shown)),
                    "data": .string(request.data.map(session.shown)), "output": .string(session.shown(request.output)),
                    "checkpointEvery": request.checkpointEverySteps.map { .int($0) } ?? .null,
                    "initial": .string(initial?.digest), "testSpan": inputs.testSpan?.json ?? .null,
                    "baseline": inputs.baseline.map { .doubles($0) } ?? .null,
                ])), run: id)
        try registry.link([inputs.data], to: node)
        try initial?.link(to: node, id: id, registry: registry, session: session)
    }

    /// A run that has ended for good needs no lock.
    func end(session: Session) { lock.remove(id, session: session) }
}
