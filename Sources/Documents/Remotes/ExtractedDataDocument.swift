package import Basics
import Workflows

/// Where `get` wrote data of a revision.
package struct ExtractedDataDocument: Document {
    private let path: String
    private let md5: String

    /// - Parameter path: as typed.
    package init(path: String, md5: String) {
        self.path = path
        self.md5 = md5
    }

    package var body: JSONValue { .map(["path": .string(path), "md5": .string(md5)]) }
    package func text(_ style: TextStyle) -> String { style.wrapped("\(path)  \(md5)", indent: 2) }
}
