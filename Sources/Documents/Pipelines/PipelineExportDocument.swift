package import Basics
package import Workflows

/// Where the `dvc.yaml` of a pipeline was written, or whether the one there is current.
package enum PipelineExportDocument: Document {
    case written(ExportPipeline.Outcome)
    case compared(path: String, isCurrent: Bool)

    package var isRefusal: Bool {
        if case .compared(_, let isCurrent) = self { !isCurrent } else { false }
    }

    package var body: JSONValue {
        switch self {
        case .written(let outcome): .map(["path": .string(outcome.path), "stages": .int(outcome.stages)])
        case .compared(_, let isCurrent): .map(["current": .bool(isCurrent)])
        }
    }

    package func text(_ style: TextStyle) -> String {
        switch self {
        case .written(let outcome): "\(outcome.path)  \(outcome.stages) stages"
        case .compared(let path, true): "\(path) is current"
        case .compared(let path, false): "\(path) is not what the pipeline says"
        }
    }
}
