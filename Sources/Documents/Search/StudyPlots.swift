import Basics
import HyperparameterSearch

/// The plots of a study for a terminal; ``StudyPage`` has the same for a browser.
struct StudyPlots {
    private let history: TrialHistory
    private let metrics: [String]
    private let known: [(trial: Trial, loss: Double)]
    private let free: [Int]
    private let importance: [(name: String, share: Double)]

    init(_ history: TrialHistory, metrics: [String]) {
        (self.history, self.metrics) = (history, metrics)
        known = history.losses
        free = history.space.parameters.indices.filter { !history.space.parameters[$0].isConstant }
        importance = history.directions.count == 1 ? ParameterImportance.functionalANOVA(history) : []
    }

    func text(_ style: TextStyle) -> String {
        guard known.count > 1 else { return "fewer than two complete trials: nothing to plot" }
        var parts = [history.directions.count == 1 ? historyPlot(style) : frontPlot(style), parallelPlot(style)]
        parts += free.compactMap { slicePlot($0, style) }
        if let contour = contourPlot(style) { parts.append(contour) }
        return parts.joined(separator: "\n\n")
    }

    private var sign: Double { history.directions[0].sign }
    private var names: [String] { StudyText.shortNames(history.space.parameters.map(\.name)) }

    private func ends(_ parameter: SearchParameter) -> (String, String) {
        func text(_ unit: Double) -> String { StudyText.value(parameter.json(parameter.value(unit: unit))) }
        return (text(0), text(1))
    }

    private func title(_ words: String, _ style: TextStyle) -> String { style.wrapped(words, indent: 2) + "\n" }

    /// The best so far as a line that steps down, the trials as dots; the worst tenth lies on the edge.
    private func historyPlot(_ style: TextStyle) -> String {
        guard let scale = LossScale(known.map(\.loss)) else { return "" }
        let best = history.bestSoFar
        var line: [(x: Double, y: Double)] = []
        for step in best {
            if let last = line.last { line.append((Double(step.number), last.y)) }
            line.append((Double(step.number), min(step.value * sign, scale.worst) * sign))
        }
        if let last = line.last { line.append((Double(history.trials.count - 1), last.y)) }
        let dots = known.map { (x: Double($0.trial.number), y: min($0.loss, scale.worst) * sign) }
        return title("history: \(metrics[0]) by trial, and the best so far", style)
            + TextPlot.text(line, dots: dots, style)
    }

    private func frontPlot(_ style: TextStyle) -> String {
        let front = history.paretoFront.sorted { $0.values[0] < $1.values[0] }
        return title("Pareto front: \(metrics[1]) by \(metrics[0]); all trials as dots, the front as a line", style)
            + TextPlot.text(
                front.map { ($0.values[0], $0.values[1]) }, dots: history.measured.map { ($0.values[0], $0.values[1]) },
                style)
    }

    /// A row for each of the best trials: where it lies between the ends of every parameter.
    private func parallelPlot(_ style: TextStyle) -> String {
        let leaders =
            history.directions.count > 1
            ? Array(history.paretoFront.prefix(12)) : known.sorted { $0.loss < $1.loss }.prefix(12).map(\.trial)
        var table = TextTable(
            ["trial", metrics[0]] + free.map { names[$0] }, rightAligned: [0, 1], kept: Set(2..<(2 + free.count)))
        for trial in leaders {
            table.add([String(trial.number), fixed(trial.values[0], 5)] + free.map { rail(trial, $0) })
        }
        let spans = free.map { index in
            let (low, high) = ends(history.space.parameters[index])
            return "\(low) – \(high)"
        }
        table.add(["", ""] + spans)
        return title("parallel coordinates: the best trials between the ends of every parameter", style)
            + table.text(style)
    }

    /// `···●·······`: where a value lies; nothing where a condition left it out.
    private func rail(_ trial: Trial, _ index: Int) -> String {
        let value = trial.point[index], width = 11
        guard !value.isNaN else { return "" }
        let share = min(max(history.space.parameters[index].unit(value: value), 0), 1)
        let place = min(Int(saturating: share * Double(width)), width - 1)
        return String(repeating: "·", count: place) + "●" + String(repeating: "·", count: width - 1 - place)
    }

    private func slicePlot(_ index: Int, _ style: TextStyle) -> String? {
        let parameter = history.space.parameters[index], points = known.filter { !$0.trial.point[index].isNaN }
        guard points.count > 1, let scale = LossScale(points.map(\.loss)) else { return nil }
        let dots = points.map { (x: parameter.unit(value: $0.trial.point[index]), y: min($0.loss, scale.worst) * sign) }
        return title("slice: \(metrics[0]) by \(parameter.name)", style)
            + TextPlot.text([], dots: dots, style, atMost: 48, height: 6, range: 0...1, ends: ends(parameter))
    }

    private static let shades = ["█", "▓", "▒", "░", "·"]

    /// The two parameters that matter most: the darker the better, blank where no trial is near.
    private func contourPlot(_ style: TextStyle) -> String? {
        let axes = importance.prefix(2).compactMap { history.space.index(of: $0.name) }
        guard axes.count == 2, let scale = LossScale(known.map(\.loss)) else { return nil }
        let (a, b) = (history.space.parameters[axes[0]], history.space.parameters[axes[1]])
        let points = known.filter { !$0.trial.point[axes[0]].isNaN && !$0.trial.point[axes[1]].isNaN }.map {
            (
                x: a.unit(value: $0.trial.point[axes[0]]), y: b.unit(value: $0.trial.point[axes[1]]),
                badness: scale.badness($0.loss)
            )
        }
        let (low, high) = (TextPlot.name(ends(b).0, 16), TextPlot.name(ends(b).1, 16))
        let margin = max(DisplayWidth.columns(low), DisplayWidth.columns(high))
        let width = TextPlot.width(style, labels: margin, atMost: 48)
        let field = BadnessField(points, columns: width, rows: 14)
        let rows = field.values.indices.reversed().map { j -> String in
            let label = j == field.values.count - 1 ? high : j == 0 ? low : ""
            let cells = field.values[j].indices.map { i in
                field.weights[j][i] < 0.2
                    ? " "
                    : Self.shades[
                        min(Int(saturating: field.values[j][i] * Double(Self.shades.count)), Self.shades.count - 1)]
            }
            let padding = String(repeating: " ", count: margin - DisplayWidth.columns(label))
            return padding + label + " ┤" + cells.joined()
        }
        let axis = TextPlot.axis(ends(a), width: width, margin: margin)
        return title("contour: \(b.name) by \(a.name); the darker the better", style)
            + (rows + [axis]).joined(separator: "\n")
    }
}
