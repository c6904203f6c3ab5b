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
        case .deleted(let run): sentence("deleted", run, style)
        case .restored(let run): sentence("restored", run, style)
        }
    }

    private func sentence(_ verb: String, _ run: RunRecord, _ style: TextStyle) -> String {
        style.wrapped("\(verb) \(run.id.prefix(8)) \(Escaping.terminal(run.name))", indent: 2)
    }
}
