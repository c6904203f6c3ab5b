import Basics
import Pipelines

/// A native pipeline in; the `dvc.yaml` that says the same, out.
package enum ExportPipeline {
    package struct Outcome: Sendable, Equatable {
        package let path: String
        package let stages: Int
    }

    /// - Parameter output: beside the pipeline when nil, where it shares the lock.
    /// - Throws: ``Failure`` with code `pipeline.export` for a pipeline that is DVC's already.
    package static func run(_ path: String, to output: String? = nil) throws -> Outcome {
        let (text, place, stages) = try export(path, output)
        try AtomicFile.write(text, to: place)
        return Outcome(path: place, stages: stages)
    }

    /// Whether the file there says what the pipeline says; writes nothing.
    package static func isCurrent(_ path: String, at output: String? = nil) throws -> (path: String, isCurrent: Bool) {
        let (text, place, _) = try export(path, output)
        return (place, try Paths.exists(place) && FileChunks.text(place) == text)
    }

    private static func export(_ path: String, _ output: String?) throws -> (String, String, Int) {
        let pipeline = try ReproducePipeline.load(path)
        guard pipeline.isNative else {
            throw Failure("pipeline.export", "found '\(pipeline.path)', which is DVC's already", exitStatus: .usage)
        }
        return (pipeline.dvcText(), output ?? "\(pipeline.directory)/dvc.yaml", pipeline.stages.count)
    }
}
