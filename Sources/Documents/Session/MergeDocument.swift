package import Basics

/// What the merge of a pointer or lock file left to say.
package struct MergeDocument: Document {
    private let path: String
    private let notes: [String]

    package init(path: String, notes: [String]) {
        self.path = path
        self.notes = notes
    }

    package var body: JSONValue { .map(["path": .string(path), "notes": .strings(notes)]) }
    package func text(_ style: TextStyle) -> String { "" }
}
