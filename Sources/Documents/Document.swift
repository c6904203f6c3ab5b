package import Basics

/// What a command, a request or a page gives back: one value that can be shown as JSON and as text.
///
/// A document is made from the result of a workflow and does no work of its own: no files, no registry, no clock.
/// `body` holds the keys that scripts rely on; ``json`` puts `schemaVersion` in front of them, here and nowhere else.
package protocol Document: Sendable {
    /// The version of the keys in ``body``; it grows when one changes its meaning or goes away.
    static var schemaVersion: Int { get }
    /// The keys of the JSON document, in order.
    var body: JSONValue { get }
    /// The whole document: `schemaVersion` first, then the keys of ``body``.
    var json: JSONValue { get }
    /// What people read, without a newline at the end; empty for nothing.
    func text(_ style: TextStyle) -> String
    /// Whether the answer is no: exit status 2.
    var isRefusal: Bool { get }
    /// Whether some of the work was not done, and the document says what: exit status 1.
    var isFailure: Bool { get }
    /// The signal that ended the work before its time: exit status 128 and its number.
    var signal: Int32? { get }
    /// Whether ``text(_:)`` is what `--json` asks for as well: a stream of one JSON object a line, or a document in a
    /// standard's own form.
    var isVerbatim: Bool { get }
}

extension Document {
    package static var schemaVersion: Int { 1 }
    package var isRefusal: Bool { false }
    package var isFailure: Bool { false }
    package var signal: Int32? { nil }
    package var isVerbatim: Bool { false }

    package var json: JSONValue {
        .map([("schemaVersion", .int(Self.schemaVersion))] + (body.mapValue ?? []).map { ($0.key, $0.value) })
    }
}

/// The answer of a command that has nothing to add to what stderr said; `{"schemaVersion": 1}` as JSON.
package struct EmptyDocument: Document {
    package init() {}
    package var body: JSONValue { .map([(String, JSONValue)]()) }
    package func text(_ style: TextStyle) -> String { "" }
}

/// An error as `--json` prints it.
package struct ErrorDocument: Document {
    package let error: any UserFacingError

    package init(_ error: any UserFacingError) { self.error = error }

    package var body: JSONValue {
        .map([
            "error": .map([
                "code": .string(error.code), "message": .string(error.message), "hint": .string(error.hint),
            ])
        ])
    }

    package func text(_ style: TextStyle) -> String {
        func safe(_ text: String) -> String { Escaping.terminal(text, keepsLines: true) }
        let hint = error.hint.map { "\n" + style.paint("  hint:", .dim) + " \(safe($0))" } ?? ""
        // Only what a code says beyond the message is worth a line; wrong usage is explained by its help.
        let isExplained = error.exitStatus != .usage && ErrorCatalogue.entry(error.code) != nil
        let more = isExplained ? "\n" + style.paint("  more:", .dim) + " hftml explain \(error.code)" : ""
        return style.paint("error:", .red) + " \(safe(error.message))\(hint)\(more)"
    }
}
