import Basics
import Pipelines

/// What a stage of a `pipeline.yaml` may say, for help texts.
package enum PipelineKeys {
    /// Keys of every stage.
    package static let common = NativePipelineFile.commonKeys

    /// The typed stages with their keys; optional ones end with `?`.
    package static let types = StageTypes.kinds.entries.map { entry in
        (name: entry.name, keys: entry.value.keys.map { $0.isRequired ? $0.name : "\($0.name)?" })
    }
}
