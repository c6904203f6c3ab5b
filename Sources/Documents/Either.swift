package import Basics

/// One of two documents, where an option of a command decides which one is asked for.
package enum Either<First: Document, Second: Document>: Document {
    case first(First)
    case second(Second)

    private var chosen: any Document {
        switch self {
        case .first(let document): document
        case .second(let document): document
        }
    }

    package var body: JSONValue { chosen.body }
    package var json: JSONValue { chosen.json }
    package var isRefusal: Bool { chosen.isRefusal }
    package var isFailure: Bool { chosen.isFailure }
    package var isVerbatim: Bool { chosen.isVerbatim }
    package func text(_ style: TextStyle) -> String { chosen.text(style) }
}
