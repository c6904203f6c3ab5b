package import Basics

/// Tags of a run, a model or a version.
package struct TagsDocument: Document {
    package let tags: [(key: String, value: String)]

    package init(_ tags: [(key: String, value: String)]) { self.tags = tags }

    package var body: JSONValue { .map([("tags", .map(tags.map { ($0.key, .string($0.value)) }))]) }

    package func text(_ style: TextStyle) -> String {
        tags.map { style.wrapped(Escaping.terminal("\($0.key) = \($0.value)"), indent: 2) }.joined(separator: "\n")
    }
}
