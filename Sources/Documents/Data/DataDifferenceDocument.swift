package import Basics
package import Workflows

/// Which data differs between two revisions: the keys of `dvc diff --json` beside `schemaVersion`.
package struct DataDifferenceDocument: Document {
    private let difference: DiffData.Outcome
    private let refusesChanges: Bool

    /// - Parameter refusesChanges: whether the answer is no where something differs.
    package init(_ difference: DiffData.Outcome, refusesChanges: Bool) {
        self.difference = difference
        self.refusesChanges = refusesChanges
    }

    package var body: JSONValue {
        func list(_ paths: [String]) -> JSONValue { .list(paths.map { .map(["path": .string($0)]) }) }
        let renamed = difference.renamed.map { item in
            JSONValue.map([("path", .map(["old": .string(item.from), "new": .string(item.to)]))])
        }
        return .map([
            ("added", list(difference.added)), ("deleted", list(difference.deleted)),
            ("modified", list(difference.modified)), ("renamed", .list(renamed)),
            ("not in cache", list(difference.notInCache)),
        ])
    }

    package var isRefusal: Bool { refusesChanges && !difference.isEmpty }

    package func text(_ style: TextStyle) -> String {
        if difference.isEmpty { return "No changes." }
        var lines: [String] = []
        for (title, paths) in [
            ("Added", difference.added), ("Deleted", difference.deleted), ("Modified", difference.modified),
        ] where !paths.isEmpty {
            lines.append("\(title):")
            lines += paths.map { "    \($0)" }
        }
        if !difference.renamed.isEmpty { lines.append("Renamed:") }
        lines += difference.renamed.map { "    \($0.from) → \($0.to)" }
        func files(_ paths: [String]) -> Int { paths.count { !$0.hasSuffix("/") } }
        lines.append(
            "files: \(files(difference.added)) added, \(files(difference.deleted)) deleted, "
                + "\(files(difference.modified)) modified, \(difference.renamed.count) renamed")
        return lines.map { style.wrapped($0, indent: 2) }.joined(separator: "\n")
    }
}
