import Basics
import Features
import ModelBundles
import Registry

extension EvaluateModel {
    /// A model that was trained, with what measuring it needs: as the summary in its directory says, or the registry.
    struct TrainedModel {
        let run: String
        let weights: String
        /// What the naive forecaster says: one score, or a share for every class.
        private(set) var baseline: [Double]
        let split: SplitSpec
        let model: ModelFile
        /// What it and its ancestors learned from; nil in summaries that do not say.
        let span: LearnedSpan?
        /// Where it tests itself; nil in summaries that do not say.
        private(set) var testSpan: TestSpan?

        /// By the summary that training leaves in a model directory. A summary is a file that anybody may have written:
        /// where the registry has the run on record, the record counts.
        ///
        /// - Throws: ``Failure`` with code `evaluate.weights` for weights that the run did not make, `evaluate.format`.
        init(_ directory: String, session: Session) throws {
            try self.init(summaryOf: directory)
            let registry = try session.registry()
            guard try NamedRun.run(run, registry: registry)?.id == run else { return }
            let made = try registry.artefacts(run: run).filter { $0.name == .model }
            guard made.isEmpty || made.contains(where: { $0.digest == weights }) else {
                throw Failure(
                    "evaluate.weights",
                    "found other weights in '\(Paths.join(directory, "model.safetensors"))' than run "
                        + "\(run.prefix(8)) made by its record",
                    hint: "name what is on record: \(run.prefix(8))")
            }
            guard let begun = try registry.start(of: run)?.start else { return }
            if let known = TrainedModel.baseline(begun), known.count == baseline.count { baseline = known }
            if let known = TestSpan(begun[key: "testSpan"]) { testSpan = known }
        }

        private init(summaryOf directory: String) throws {
            let file = Paths.join(directory, "run.json")
            let node = try JSONParser.parse(try FileChunks.bytes(file), file: file)
            guard let run = node[key: "run"]?.stringValue, let weights = node[key: "weights"]?.stringValue,
                let baseline = TrainedModel.baseline(node), let split = node[key: "split"]
            else {
                throw Failure(
                    "evaluate.format", "found no training summary in '\(file)'", hint: "train first: hftml train")
            }
            let path = Paths.join(directory, "model.safetensors")
            guard try Digest.sha256(file: path) == weights else {
                throw Failure(
                    "evaluate.weights", "found other weights in '\(path)' than run \(run.prefix(8)) made",
                    hint: "train again, or restore the directory")
            }
            (self.run, self.weights, self.baseline) = (run, weights, baseline)
            self.split = try SplitSpec(split, path: "split")
            span = node[key: "span"].flatMap(LearnedSpan.init)
            testSpan = TestSpan(node[key: "testSpan"])
            model = try ModelFile.read(path)
            guard baseline.count == model.spec.output.width else {
                throw Failure(
                    "evaluate.format",
                    "found \(baseline.count) baseline values in '\(file)' for \(model.spec.output.width) outputs",
                    hint: "train again")
            }
        }

        /// As the registry has a finished run on record.
        private init(_ record: RunRecord, weights: String, baseline: [Double], session: Session) throws {
            (run, self.weights, self.baseline) = (record.id, weights, baseline)
            let recipe = try JSONParser.parse(record.config, file: "run \(record.id.prefix(8))")
            split = try recipe[key: "split"].map { try SplitSpec($0, path: "split") } ?? SplitSpec()
            model = try ModelFile.read(try session.artefacts.verified(weights))
            (span, testSpan) = (nil, nil)
        }

        /// What a directory that training wrote, a run or a version stands for.
        ///
        /// - Throws: ``Failure`` with code `evaluate.unfinished` for a run that did not come to its end,
        ///   `evaluate.format` for one that does not say what a naive forecaster would.
        static func find(_ reference: String, session: Session) throws -> TrainedModel {
            let directory = session.path(reference)
            if Paths.exists(Paths.join(directory, "run.json")) {
                return try TrainedModel(directory, session: session)
            }
            try RepeatTraining.requireOne(directory)
            let registry = try session.registry()
            let named =
                try NamedRun.version(reference, session: session).map { try registry.run($0.run) }
                ?? NamedRun.run(reference, registry: registry)
            guard let run = try named ?? NamedRun.writing(to: directory, registry: registry, session: session) else {
                throw Failure(
                    "evaluate.format", "found no model directory, run or model version '\(reference)'",
                    hint: "see: hftml runs list, hftml models list", exitStatus: .usage)
            }
            guard run.status == .finished,
                let weights = try registry.artefacts(run: run.id).first(where: { $0.name == .model })
            else {
                throw Failure(
                    "evaluate.unfinished",
                    "found run \(run.id.prefix(8)) \(run.status.rawValue), which has made no model yet",
                    hint: "let it go on: hftml resume \(run.id.prefix(8))")
            }
            let start = try registry.start(of: run.id)?.start
            if let baseline = TrainedModel.baseline(start) {
                return try TrainedModel(run, weights: weights.digest, baseline: baseline, session: session)
            }
            // Runs of before it was recorded say it in their directory alone.
            if let output = start?[key: "output"]?.stringValue {
                let known = output.hasPrefix("/") ? output : Paths.join(session.root, output)
                if try RegisterModel.runID(known) == run.id, Paths.exists(Paths.join(known, "run.json")) {
                    return try TrainedModel(known, session: session)
                }
            }
            throw Failure(
                "evaluate.format",
                "found nothing on record that says what a naive forecaster of run \(run.id.prefix(8)) says",
                hint: "name the directory that training wrote")
        }

        private static func baseline(_ node: JSONValue?) -> [Double]? {
            let list = node?[key: "baseline"]?.listValue ?? node?[key: "baselineScore"].map { [$0] }
            let values = list?.compactMap(\.doubleValue) ?? []
            return values.isEmpty || values.count != list?.count ? nil : values
        }
    }
}
