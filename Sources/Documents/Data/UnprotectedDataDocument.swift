package import Basics

/// The paths that may be edited after `unprotect`.
package struct UnprotectedDataDocument: Document {
    private let paths: [String]

    package init(_ paths: [String]) { self.paths = paths }

    package var body: JSONValue { .map(["unprotected": .strings(paths)]) }
    package func text(_ style: TextStyle) -> String { "" }
}
