package import Basics

/// What was just said of a model or version, or done to it.
package enum ModelChangeDocument: Document {
    case described(String, as: String)
    case deleted(String)
    case restored(String)
    case aliasRemoved(String, model: String)

    package var body: JSONValue {
        switch self {
        case .described(let reference, let text):
            .map(["subject": .string(reference), "description": .string(text)])
        case .deleted(let reference): .map(["deleted": .string(reference)])
        case .restored(let reference): .map(["restored": .string(reference)])
        case .aliasRemoved(let alias, let model): .map(["deleted": .string("\(model)@\(alias)")])
        }
    }

    package func text(_ style: TextStyle) -> String {
        style.wrapped(sentence, indent: 2)
    }

    private var sentence: String {
        switch self {
        case .described(let reference, let text): "\(reference): \(Escaping.terminal(text))"
        case .deleted(let reference):
            "deleted \(reference); bring it back with: hftml models restore \(reference)"
        case .restored(let reference): "restored \(reference)"
        case .aliasRemoved(let alias, let model): "removed \(model)@\(alias)"
        }
    }
}
