import Basics
import Features
import Tensors
import Registry

/// Runs that train nothing: they are made of what other runs left.
extension Session {
    /// Starts a run with the recipe, the seed and the data of another.
    func startRun(
        like source: RunRecord, kind: RunKind, name: String, parameters: [(String, String)], registry: RegistryDatabase
    ) throws -> String {
        let code = try code(), id = RunRecord.newID()
        try registry.start(
            RunRecord(
                id: id, experiment: source.experiment, name: name, kind: kind, startedAt: registry.now(),
                seed: source.seed, threads: 1, config: source.config, dataDigest: source.dataDigest,
                gitCommit: code.commit, gitDirty: code.changedFiles, toolVersion: ToolVersion.current,
                machine: Session.machine, cpu: "\(ProductKernels.panels.name)", user: try actor()),
            parameters: parameters)
        return id
    }
}

extension RegistryDatabase.RunStart {
    /// What a run begins from that trained nothing, as far as measuring it needs it.
    init(derivedFrom span: LearnedSpan, _ testSpan: TestSpan?, baseline: [Double]) {
        self.init(
            span: span.json,
            start: .map(["testSpan": testSpan?.json ?? .null, "baseline": .doubles(baseline)]))
    }
}

extension RegistryDatabase {
    /// Does what a begun run is for; an error ends the run as failed instead of leaving it under way for ever.
    func ending<Made>(_ run: String, _ work: () throws -> Made) throws -> Made {
        do { return try work() } catch {
            // The first error says what is wrong; a registry that cannot be written to is often the same one.
            try? finish(run: run, status: .failed)
            throw error
        }
    }
}
