package import Basics
package import Workflows

/// What `add --dry-run` would put under version control.
package struct PlannedDataDocument: Document {
    private let data: [AddData.Planned]

    package init(_ data: [AddData.Planned]) { self.data = data }

    package var body: JSONValue {
        let items = data.map { item in
            JSONValue.map([
                "path": .string(item.path), "md5": .string(item.md5), "size": .int(item.bytes),
                "files": .int(item.files ?? 1),
            ])
        }
        return .map([("dryRun", .bool(true)), ("added", .list(items))])
    }

    package func text(_ style: TextStyle) -> String {
        data.map {
            style.wrapped("would add \($0.path)  \($0.md5)  \(sizeText($0.bytes, files: $0.files))", indent: 2)
        }.joined(separator: "\n")
    }
}
