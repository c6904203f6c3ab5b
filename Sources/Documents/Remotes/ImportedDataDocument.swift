package import Basics
package import Workflows

/// Data that was imported, or read from its source again: where it stands and where it comes from.
package struct ImportedDataDocument: Document {
    private let data: [RecordedData]
    private let isUpdate: Bool
    private let directory: String

    /// - Parameters:
    ///   - isUpdate: whether imports were read again; then the document lists them all.
    ///   - directory: absolute; people read paths from there.
    package init(_ data: [RecordedData], isUpdate: Bool = false, directory: String) {
        self.data = data
        self.isUpdate = isUpdate
        self.directory = directory
    }

    package var body: JSONValue {
        let items = data.map { item in
            [
                ("pointer", JSONValue.string(item.pointer)), ("md5", .string(item.md5)), ("size", .int(item.bytes)),
                ("source", item.source ?? .null),
            ]
        }
        // A single one is also at the top, where it was before several could be named.
        let first = items.count == 1 ? items[0] : []
        return .map(first + (isUpdate ? [("updated", .list(items.map { .map($0) }))] : []))
    }

    package func text(_ style: TextStyle) -> String {
        let lines = data.map { item in
            let what = item.md5.isEmpty ? "not fetched" : "\(item.md5)  \(byteText(item.bytes))"
            return style.wrapped("\(Paths.relative(item.pointer, to: directory))  \(what)", indent: 2)
        }
        return lines.joined(separator: "\n")
    }
}
