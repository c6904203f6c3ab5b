package import Basics
package import Workflows

/// Parameters or metrics at two revisions: the keys of `dvc params diff --json` and `dvc metrics diff --json` beside
/// `schemaVersion`.
package struct ValueChangesDocument: Document {
    package enum Kind: Sendable { case parameters, metrics }

    private let changes: [CompareValues.Change]
    private let kind: Kind
    private let isMarkdown: Bool
    private let refusesChanges: Bool
    private let hasSources: Bool
    package let isFailure: Bool

    /// - Parameters:
    ///   - isMarkdown: whether the text is a Markdown table.
    ///   - refusesChanges: whether the answer is no where something differs.
    ///   - hasSources: whether there is a file that such values are looked for in.
    ///   - isFailure: whether a file was left out that cannot be read.
    package init(
        _ changes: [CompareValues.Change], _ kind: Kind, isMarkdown: Bool, refusesChanges: Bool,
        hasSources: Bool = true,
        isFailure: Bool = false
    ) {
        self.changes = changes
        self.kind = kind
        self.isMarkdown = isMarkdown
        self.refusesChanges = refusesChanges
        self.hasSources = hasSources
        self.isFailure = isFailure
    }

    package var isRefusal: Bool { refusesChanges && !changes.isEmpty }

    package var body: JSONValue {
        var files: [(String, [(String, JSONValue)])] = []
        for change in changes {
            var pairs: [(String, JSONValue)] = [("old", change.old ?? .null), ("new", change.new ?? .null)]
            if let difference = change.difference { pairs.append(("diff", difference)) }
            if let index = files.firstIndex(where: { $0.0 == change.file }) {
                files[index].1.append((change.path, .map(pairs)))
            } else {
                files.append((change.file, [(change.path, .map(pairs))]))
            }
        }
        return .map(files.map { ($0.0, .map($0.1)) })
    }

    package func text(_ style: TextStyle) -> String {
        if changes.isEmpty, !hasSources {
            return switch kind {
            case .metrics: "No metrics: looked at every dvc.yaml and pipeline.yaml, and found none that names a metric."
            case .parameters: "No parameters: looked for params.yaml and at every pipeline, and found none."
            }
        }
        if changes.isEmpty { return "No changes." }
        func text(_ value: JSONValue?) -> String { value.map { $0.stringValue ?? $0.text(.compact) } ?? "–" }
        let hasDifference = kind == .metrics
        let rows = changes.map { change in
            [change.file, change.path, text(change.old), text(change.new)]
                + (hasDifference ? [text(change.difference)] : [])
        }
        let header = ["path", "key", "old", "new"] + (hasDifference ? ["change"] : [])
        if isMarkdown { return markdown(header, rows) }
        var table = TextTable(header, rightAligned: [2, 3, 4])
        for row in rows { table.add(hasDifference ? row.prefix(2) + row.dropFirst(2).map(CellText.cut) : row) }
        return table.text(style)
    }

    private func markdown(_ header: [String], _ rows: [[String]]) -> String {
        let head = "| " + header.joined(separator: " | ") + " |"
        let rule = "|" + header.map { _ in "---" }.joined(separator: "|") + "|"
        let body = rows.map { row in "| " + row.map { Escaping.markdown($0) }.joined(separator: " | ") + " |" }
        return ([head, rule] + body).joined(separator: "\n")
    }
}
