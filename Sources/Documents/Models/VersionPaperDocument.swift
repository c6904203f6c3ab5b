package import Basics
package import Workflows

/// A document about a version in a form of its own: a model card, a bill of materials, an attestation.
package struct VersionPaperDocument: Document {
    /// The text of the file, with its newline at the end.
    package let paper: String
    private let card: JSONValue
    package let isVerbatim: Bool

    /// - Parameter isVerbatim: the form was asked for by name; otherwise programs get the model card as JSON.
    package init(_ paper: DescribeVersion.Paper, isVerbatim: Bool) {
        (self.paper, card, self.isVerbatim) = (paper.text, paper.card, isVerbatim)
    }

    package var body: JSONValue {
        .map((card.mapValue ?? []).filter { $0.key != "schemaVersion" }.map { ($0.key, $0.value) })
    }
    package func text(_ style: TextStyle) -> String { paper.last == "\n" ? String(paper.dropLast()) : paper }
}

/// A file that was written.
package struct WrittenFileDocument: Document {
    private let key: String
    private let path: String

    /// - Parameter key: what the file is, as the JSON document names it.
    package init(_ key: String, _ path: String) { (self.key, self.path) = (key, path) }

    package var body: JSONValue { .map([(key, .string(path))]) }
    package func text(_ style: TextStyle) -> String { path }
}
