import Basics
import Features
import NeuralNetworks
import Registry
import Tensors

/// Weights that training begins with in place of the seed's: a file, or what a run or a model version made.
///
/// They bring along what they have seen: a measure on samples that an ancestor learned from is no evidence.
struct InitialWeights {
    /// Where they lie.
    let path: String
    let digest: String
    /// The run that made them, where one is on record.
    let run: String?
    let span: LearnedSpan
    private let file: SafetensorsFile

    /// - Parameter reference: a file, a directory that training wrote, a model version, or a run.
    /// - Throws: ``Failure`` with code `train.no-initial` for anything else.
    init(_ reference: String, session: Session) throws {
        let typed = session.path(reference), inside = Paths.join(typed, "model.safetensors")
        try RepeatTraining.requireOne(typed)
        if Paths.isDirectory(typed), Paths.exists(inside) {
            try self.init(file: inside, session: session)
        } else if Paths.exists(typed) {
            try self.init(file: typed, session: session)
        } else if let version = try NamedRun.version(reference, session: session) {
            try self.init(file: try session.artefacts.verified(version.weights), session: session)
        } else {
            let registry = try session.registry()
            guard let run = try NamedRun.run(reference, registry: registry),
                let model = try registry.artefacts(run: run.id).first(where: { $0.name == .model })
            else {
                throw Failure(
                    "train.no-initial", "found no file, run or model version '\(reference)' to start from",
                    hint: "see: hftml runs list, hftml models list")
            }
            try self.init(file: try session.artefacts.verified(model.digest), session: session)
        }
    }

    /// Weights that a run began with, from the store.
    init(digest: String, session: Session) throws {
        try self.init(file: try session.artefacts.verified(digest), session: session)
    }

    private init(file path: String, session: Session) throws {
        self.path = path
        file = try SafetensorsFile.read(path)
        digest = try Digest.sha256(file: path)
        (run, span) = try TraceSpan.of(weights: digest, at: path, session: session)
    }

    /// Puts the weights in place of the seed's.
    ///
    /// - Returns: what they have seen; nothing where they are those of a seed, which is worked out again.
    func start(_ trainer: Trainer) throws -> LearnedSpan {
        try trainer.start(from: file)
        if run == nil, let seed = file.metadata["seed"].flatMap({ UInt64($0) }),
            trainer.network.initialParameters(seed: seed).array == trainer.parameters.array
        {
            return LearnedSpan()
        }
        return span
    }

    /// Which test evidence the weights make void, in sentences.
    ///
    /// - Parameter span: of the run and all it begins with.
    static func void(_ span: LearnedSpan, _ dataset: WindowedDataset) -> [String] {
        var out: [String] = []
        if let overlap = span.overlap(dataset.table, ends: dataset.test) {
            out.append(
                "the test of this run will be no evidence: \(overlap.samples) of its \(overlap.of) samples were "
                    + "learned from, by \(overlap.learners.joined(separator: ", "))")
        }
        for ancestor in span.unknown {
            out.append("the test of this run will be no evidence: nobody knows what was seen by \(ancestor)")
        }
        return out
    }

    /// Records the weights with a run: kept for resuming and reproducing, and an edge of lineage.
    func link(to run: LineageNode, id: String, registry: RegistryDatabase, session: Session) throws {
        let stored = try session.artefacts.add(path)
        guard stored.digest == digest else {
            throw Failure(
                "train.no-initial", "found '\(path)' changed while it was read", hint: "run the command again")
        }
        try registry.addArtefact(run: id, name: .initial, digest: digest, size: stored.size)
        let node = LineageNode.weights(digest, path: session.shown(path))
        if let source = self.run, let record = try NamedRun.run(source, registry: registry) {
            try registry.link([.run(record.id, name: record.name)], to: node)
        }
        try registry.link([node], to: run)
    }
}
