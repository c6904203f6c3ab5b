import Basics
import HyperparameterSearch

/// Parallel coordinates: a vertical for every parameter and one for the objective, a line for every trial.
extension StudyPage {
    var parallelPlot: HTML { Drawing.figure(Drawing.wide(parallel), legend: Self.goodToBad) }

    private func parallel(_ size: DrawingSize) -> String {
        let isFull = size == .full, top = isFull ? 46.0 : 74, height = isFull ? 340.0 : 400
        let bottom = height - (isFull ? 26 : 46), columns = free.count + 1, edge = isFull ? 70.0 : 44
        func x(_ column: Int) -> Double {
            edge + Double(column) * (size.width - 2 * edge) / Double(max(columns - 1, 1))
        }
        func y(_ unit: Double) -> Double { bottom - unit * (bottom - top) }
        let names = StudyText.shortNames(free.map { history.space.parameters[$0].name })
        // Names take turns on two levels, on a narrow screen on three.
        let levels = isFull ? 2 : 3
        func title(_ text: String, _ column: Int) -> String {
            let room =
                Int(saturating: (size.width - 2 * edge) / Double(max(columns - 1, 1)) * Double(levels) / size.letter)
                - 1
            let shown = DisplayWidth.columns(text) > room ? DisplayWidth.prefix(text, max(room - 1, 3)) + "…" : text
            let half = Double(DisplayWidth.columns(shown)) * size.letter / 2
            let at = min(max(x(column), half + 2), size.width - half - 2)
            return Drawing.text(
                shown, x: at, y: (isFull ? 14 : 18) + Double(column % levels) * (isFull ? 15 : 19), anchor: "middle",
                style: "name")
        }
        var body = ""
        for column in 0..<columns {
            body +=
                "<path class=\"axis\" d=\"M\(Drawing.number(x(column))),\(Drawing.number(top))"
                + "V\(Drawing.number(bottom))\"/>"
        }
        // The best on top.
        for entry in known.sorted(by: { $0.loss > $1.loss }) {
            var places = free.enumerated().compactMap { column, index -> (Double, Double)? in
                let value = entry.trial.point[index]
                return value.isNaN ? nil : (x(column), y(history.space.parameters[index].unit(value: value)))
            }
            places.append((x(columns - 1), y(badness(entry.loss))))
            body +=
                "<path class=\"trial\" stroke=\"\(Drawing.color(badness(entry.loss)))\" "
                + "d=\"\(Drawing.steps(places))\"><title>\(Escaping.html(tip(entry.trial)))</title></path>"
        }
        for (column, index) in free.enumerated() {
            let parameter = history.space.parameters[index]
            func end(_ unit: Double) -> String { StudyText.value(parameter.json(parameter.value(unit: unit))) }
            body += title(names[column], column)
            // Neighbours take turns on two levels where there is little room.
            let level = isFull || column % 2 == 0 ? 0.0 : 19
            body += Drawing.text(end(0), x: x(column), y: bottom + 17 + level, anchor: "middle")
            body += Drawing.text(end(1), x: x(column) + 4, y: top + 12 + level)
        }
        body += title(metrics[0], columns - 1)
        body += Drawing.text("best", x: x(columns - 1), y: bottom + 17, anchor: "middle")
        return Drawing.svg(
            size, height: height,
            alternative: "Parallel coordinates of \(known.count) trials over \(names.joined(separator: ", "))", body)
    }
}
