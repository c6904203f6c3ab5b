package import Basics
package import Workflows

/// The metrics of a revision: the keys of `dvc metrics show --json` beside `schemaVersion`.
package struct MetricsDocument: Document {
    private let files: [CompareValues.File]
    private let problems: [CompareValues.Problem]
    private let revision: String?

    /// - Parameters:
    ///   - problems: files that are missing or broken.
    ///   - revision: nil for the workspace.
    package init(_ files: [CompareValues.File], problems: [CompareValues.Problem] = [], revision: String?) {
        self.files = files
        self.problems = problems
        self.revision = revision
    }

    package var isFailure: Bool { !problems.isEmpty }

    package var body: JSONValue {
        let data = files.map { file in
            var node = JSONValue.map([(String, JSONValue)]())
            // A path that does not fit below another one of its file has no place in the tree.
            for leaf in file.values { try? node.set(path: leaf.path, to: leaf.value) }
            return (file.file, JSONValue.map([("data", node)]))
        }
        return .map([(revision ?? "", .map([("data", .map(data))]))])
    }

    package func text(_ style: TextStyle) -> String {
        if files.isEmpty {
            return style.wrapped(
                "No metrics: no dvc.yaml or pipeline.yaml names one; write there, at the top level: "
                    + "metrics: [out/evaluation/metrics.json]")
        }
        var table = TextTable(["path", "metric", "value"], rightAligned: [2])
        for file in files {
            for leaf in file.values {
                table.add([file.file, leaf.path, leaf.value.doubleValue.map { shown($0) } ?? CellText.of(leaf.value)])
            }
        }
        return table.text(style)
    }
}
