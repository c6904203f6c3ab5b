package import Basics
package import Workflows

/// Plots of one or several revisions: Vega-Lite specifications by file, as `dvc plots show --json` has them, and lines
/// of blocks for the terminal.
package struct PlotsDocument: Document {
    private let plots: [CompareValues.Plot]

    package init(_ plots: [CompareValues.Plot]) { self.plots = plots }

    package var body: JSONValue { .map(plots.map { ($0.file, .list([$0.vegaLite])) }) }

    package func text(_ style: TextStyle) -> String {
        plots.isEmpty ? "No plots." : plots.flatMap { lines($0, style) }.joined(separator: "\n")
    }

    private func lines(_ plot: CompareValues.Plot, _ style: TextStyle) -> [String] {
        var revisions: [String] = []
        for row in plot.rows {
            if let revision = row[key: "rev"]?.stringValue, !revisions.contains(revision) { revisions.append(revision) }
        }
        let title = style.wrapped("\(plot.title): \(plot.y) over \(plot.x ?? "step")", indent: 2)
        return [title]
            + revisions.map { revision in
                let values = plot.rows.filter { $0[key: "rev"]?.stringValue == revision }.compactMap {
                    $0[key: plot.y]?.doubleValue
                }
                let name = String(revision.prefix(12)), range = "\(shown(values.min())) … \(shown(values.max()))"
                let room = min(60, max(8, (style.width ?? 200) - 18 - range.count))
                let padding = String(repeating: " ", count: 12 - name.count)
                return "  \(name)\(padding)  \(sparkline(values, width: room))  \(range)"
            }
    }
}
