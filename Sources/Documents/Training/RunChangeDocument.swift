package import Basics
package import Registry

/// A run that was hidden or brought back.
package enum RunChangeDocument: Document {
    case deleted(RunRecord)
    case restored(RunRecord)

    package var body: JSONValue {
        switch self {
        case .deleted(let run): .map([("deleted", .string(run.id))])
        case .restored(let run): .map([("restored", .string(run.id))])
        }
    }

    package func text(_ style: TextStyle) -> String {
        switch self {
        case .deleted(let run): "deleted \(run.id.prefix(8)) \(Escaping.terminal(run.name))"
        case .restored(let run): "restored \(run.id.prefix(8)) \(Escaping.terminal(run.name))"
        }
    }
}
