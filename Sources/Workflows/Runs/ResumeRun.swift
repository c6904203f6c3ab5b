import Basics
import Registry

/// A run that was interrupted or killed in; what it needs to go on, as its record has it, out.
package enum ResumeRun {
    package struct Request: Sendable {
        /// An id prefix, a name, or `latest`.
        package var run: String
        /// Where the features, the books and the output are now, where they were moved.
        package var features: String?
        package var data: String?
        package var output: String?
        package var threads: Int?

        package init(_ run: String) { self.run = run }
    }

    /// - Returns: a training with the recorded configuration, data, starting weights and output; what it must fit is
    ///   checked when it begins.
    /// - Throws: ``Failure`` with code `train.finished`, `train.other-kind`, or `train.no-start` for a run that does
    ///   not say where its features and output lie.
    package static func run(_ request: Request, session: Session) throws -> TrainModel.Request {
        let registry = try session.registry(), run = try registry.run(request.run), id = run.id.prefix(8)
        guard run.status != .finished else {
            throw Failure("train.finished", "found run \(id) finished", hint: "see it: hftml runs show \(id)")
        }
        let start = try registry.start(of: run.id)?.start
        func path(_ given: String?, _ key: String) -> String? {
            given.map(session.path)
                ?? start?[key: key]?.stringValue.map { $0.hasPrefix("/") ? $0 : Paths.join(session.root, $0) }
        }
        guard let output = path(request.output, "output") else {
            throw Failure(
                "train.no-start", "found no record of where run \(id) wrote to; it was begun by an older hftml",
                hint: "name both: hftml resume \(id) --features FILE -o DIRECTORY")
        }
        let config = try JSONParser.parse(run.config, file: "run \(id)")
        var training = TrainModel.Request(
            config: "run \(id)", features: path(request.features, "features"), output: output)
        (training.recorded, training.data) = (config, path(request.data, "data"))
        (training.resume, training.name, training.experiment) = (run.id, run.name, run.experiment)
        training.threads = request.threads ?? run.threads ?? Session.defaultThreads
        // Of a damaged record: steps are counted from one.
        training.checkpointEverySteps = start?[key: "checkpointEvery"]?.intValue.flatMap { $0 > 0 ? $0 : nil }
        if let features = training.features, !Paths.exists(features) {
            throw Failure(
                "train.no-features",
                "found no feature table '\(session.shown(features))', which run \(id) was started on",
                hint: "build it again with: hftml features, or say where it is: hftml resume \(id) --features FILE")
        }
        return training
    }
}
