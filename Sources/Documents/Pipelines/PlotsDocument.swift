package import Basics
package import Workflows

/// Plots of one or several revisions: Vega-Lite specifications by file or id, as `dvc plots show --json` has them, and
/// lines of blocks for the terminal.
package struct PlotsDocument: Document {
    private let plots: [CompareValues.Plot]
    private let problems: [CompareValues.Problem]

    package init(_ plots: [CompareValues.Plot], problems: [CompareValues.Problem] = []) {
        self.plots = plots
        self.problems = problems
    }

    package var isFailure: Bool { !problems.isEmpty }

    package var body: JSONValue { .map(plots.map { ($0.file, .list([$0.vegaLite])) }) }

    /// One file that needs nothing else.
    package var page: Page { PlotsPage(plots, problems).page }

    package func text(_ style: TextStyle) -> String {
        plots.isEmpty ? none : plots.flatMap { lines($0, style) }.joined(separator: "\n")
    }

    private var none: String {
        problems.isEmpty
            ? "No plots: a pipeline.yaml or dvc.yaml names them, in a stage or beside the stages, such as\n"
                + "  plots: [{loss.csv: {x: epoch, y: loss}}]"
            : "No plots."
    }

    private func lines(_ plot: CompareValues.Plot, _ style: TextStyle) -> [String] {
        let title = style.wrapped("\(plot.title): \(plot.yLabel) over \(plot.xLabel)", indent: 2)
        return [title]
            + plot.lines.map { line in
                let values = line.points.compactMap { $0.y.doubleValue }
                let name = TextStyle.fitted(line.name, 24), range = "\(shown(values.min())) … \(shown(values.max()))"
                let wide = max(12, name.count), room = min(60, max(8, (style.width ?? 200) - wide - 6 - range.count))
                let padding = String(repeating: " ", count: wide - name.count)
                return "  \(name)\(padding)  \(sparkline(values, width: room))  \(range)"
            }
    }
}
