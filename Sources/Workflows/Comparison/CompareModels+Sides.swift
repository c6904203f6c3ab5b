import Backtesting
import Basics
import Registry

/// What is compared: the evaluation that was named, with the predictions that it made.
extension CompareModels {
    /// A version or a run stands for its test; a directory of evaluation for its own predictions; an evaluation may be
    /// named by the first digits of its id.
    static func side(_ reference: String, registry: RegistryDatabase, session: Session) throws -> Side {
        var evaluation: EvaluationRecord?, directory: String?
        let path = session.path(reference), run: RunRecord
        try RepeatTraining.requireOne(path)
        if Paths.exists(Paths.join(path, "metrics.json")), let id = try RegisterModel.runID(path) {
            (run, directory) = (try registry.run(id), path)
            evaluation = try recorded(path, registry: registry)
        } else if let version = try NamedRun.version(reference, session: session) {
            run = try registry.run(version.run)
        } else if let id = try RegisterModel.runID(path) {
            run = try registry.run(id)
        } else if let named = try registry.evaluation(reference) {
            (run, evaluation) = (try registry.run(named.run), named)
        } else {
            do { run = try registry.run(reference) } catch {
                guard let trained = try CompareModels.run(atRevision: reference, registry: registry, session: session)
                else { throw error }
                run = trained
            }
        }
        if directory == nil, evaluation == nil { evaluation = try registry.test(of: run.id) }
        return Side(
            reference: reference, run: run, parameters: try registry.parameters(run: run.id),
            metrics: try registry.latestMetrics(run: run.id), evaluation: evaluation, directory: directory)
    }

    /// The evaluation that a directory says it is of.
    private static func recorded(_ directory: String, registry: RegistryDatabase) throws -> EvaluationRecord? {
        let file = Paths.join(directory, "metrics.json")
        let node = try JSONParser.parse(try FileChunks.bytes(file), file: file)
        return try node[key: "evaluation"]?[key: "id"]?.stringValue.flatMap { try registry.evaluation($0) }
    }

    static func predictions(_ side: Side, registry: RegistryDatabase, session: Session) throws -> PredictionFile {
        if let directory = side.directory {
            let file = Paths.join(directory, "predictions.safetensors")
            guard Paths.exists(file) else { throw missing(side, "in the directory '\(side.reference)'") }
            if let record = side.evaluation, let known = record.predictions, try Digest.sha256(file: file) != known {
                throw Failure(
                    "compare.changed", "found other predictions in '\(file)' than its evaluation made",
                    hint: "evaluate again, or compare what is on record: hftml compare \(record.id.prefix(8)) …")
            }
            return try PredictionFile.read(file)
        }
        let artefact = try registry.artefacts(run: side.run.id).first { $0.name == .predictions }?.digest
        guard let digest = side.evaluation?.predictions ?? artefact else {
            let others = try registry.evaluations(run: side.run.id).filter { $0.predictions != nil }
            throw missing(
                side,
                "of '\(side.reference)' on its test span"
                    + (others.isEmpty ? "" : "; it has the evaluation \(others[0].id.prefix(8)), which can be named"))
        }
        return try PredictionFile.read(try session.artefacts.verified(digest))
    }

    private static func missing(_ side: Side, _ place: String) -> Failure {
        Failure("compare.no-predictions", "found no recorded predictions \(place)", hint: "run: hftml evaluate")
    }

    /// Why what a side measured is no evidence; empty where all that it learned from is known, and is something else.
    static func objections(_ sides: [Side]) -> [String] {
        sides.compactMap { side in
            TraceSpan.objection(
                to: side.reference, seen: side.evaluation?.seen, of: side.evaluation?.samples)
        }
    }
}
