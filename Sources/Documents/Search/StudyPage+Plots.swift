import Basics
import HyperparameterSearch

extension StudyPage {
    private static func note(_ text: String) -> HTML { HTML.paragraph(text) }

    /// The least and the greatest value to show: the worst tenth lies on the edge.
    private func span(_ scale: LossScale) -> (Double, Double) {
        let sign = history.directions[0].sign, ends = [scale.best * sign, scale.worst * sign]
        return (ends.min() ?? 0, ends.max() ?? 0)
    }

    var historyPlot: HTML {
        guard let scale else { return Self.note("no complete trial") }
        let legend = Drawing.legend(
            [("better", "f0"), ("worse", "f1"), ("pruned, at its last report", "fo")], isDots: true)
        return Drawing.figure(
            Drawing.wide { size in history(size, scale) }, legend: legend,
            caption: "The line is the best so far; the worst tenth of the trials lies on the edge.")
    }

    private func history(_ size: DrawingSize, _ scale: LossScale) -> String {
        let sign = history.directions[0].sign, last = history.trials.count - 1, (low, high) = span(scale)
        let x = Axis.counts(0, Double(max(last, 1)), count: Frame.ticks(size, letters: 5))
        let frame = Frame(size, height: 320, x: x, y: .numbers(low, high))
        var body = ""
        for trial in history.trials where trial.state == .pruned {
            guard let report = trial.reports.last else { continue }
            let tip = "\(tip(trial))\npruned at step \(report.step)"
            body += frame.dot(Double(trial.number), report.value, "class=\"pruned\"", radius: 3, tip: tip)
        }
        for entry in known {
            body += frame.dot(Double(entry.trial.number), entry.loss * sign, color(entry.loss), tip: tip(entry.trial))
        }
        // A step: the best stays what it was until a trial beats it.
        let best = history.bestSoFar
        var line = best.enumerated().flatMap { at, step -> [(Double, Double)] in
            let now = (Double(step.number), step.value)
            return at == 0 ? [now] : [(now.0, best[at - 1].value), now]
        }
        if let end = line.last { line.append((Double(last), end.1)) }
        body += frame.line(line, "l0")
        let words = best.last.map { ". The best so far falls to \(brief($0.value)) in trial \($0.number)" } ?? ""
        return frame.svg(
            body, xLabel: "trial", yLabel: metrics[0],
            alternative: "\(metrics[0]) of \(known.count) complete trials by number\(words)")
    }

    var frontPlot: HTML {
        let points = history.measured
        guard points.count > 1 else { return Self.note("fewer than two complete trials") }
        let front = Set(history.paretoFront.map(\.number))
        let xs = points.map { $0.values[0] }, ys = points.map { $0.values[1] }
        let frame = Frame(
            .half, height: 420, x: .numbers(xs.min() ?? 0, xs.max() ?? 1), y: .numbers(ys.min() ?? 0, ys.max() ?? 1))
        let dots = points.map {
            frame.dot($0.values[0], $0.values[1], "class=\"f\(front.contains($0.number) ? 0 : 1)\"", tip: tip($0))
        }
        let picture = frame.svg(
            dots.joined(), xLabel: metrics[0], yLabel: metrics[1],
            alternative: "\(metrics[1]) by \(metrics[0]) of \(points.count) trials, \(front.count) on the front")
        return Drawing.figure(
            HTML(made: picture), legend: Drawing.legend([("on the front", "f0"), ("beaten", "f1")], isDots: true))
    }

    var importancePlot: HTML {
        let words = importance.map { "\($0.name) \(Int(saturating: ($0.share * 100).rounded())) %" }.joined(
            separator: ", ")
        return Drawing.figure(
            Drawing.wide { size in
                let isFull = size == .full, height = isFull ? 24.0 : 48, left = isFull ? 260.0 : 0
                let room = size.width - left - 90
                let bars = importance.enumerated().map { index, entry -> String in
                    let top = Double(index) * height, y = top + (isFull ? 5 : 26)
                    let width = max(entry.share, 0.002) * room
                    let name =
                        isFull
                        ? Drawing.text(entry.name, x: left - 10, y: y + 11.5, anchor: "end", style: "name")
                        : Drawing.text(entry.name, x: 0, y: top + 19, style: "name")
                    let share = "\(Int(saturating: (entry.share * 100).rounded())) %"
                    return name
                        + "<rect x=\"\(Drawing.number(left))\" y=\"\(Drawing.number(y))\" rx=\"2\" "
                        + "width=\"\(Drawing.number(width))\" height=\"14\" class=\"f0\"/>"
                        + Drawing.text(share, x: left + width + 7, y: y + 12)
                }
                return Drawing.svg(
                    size, height: Double(importance.count) * height + 6,
                    alternative: "Share of the variance by parameter: \(words)", bars.joined())
            })
    }

    /// Every value of a parameter that has few, else both ends and the middle.
    private func ticks(_ parameter: SearchParameter) -> [Axis.Tick] {
        let units =
            parameter.count.map { count in
                count <= 4 ? (0..<count).map { (Double($0) + 0.5) / Double(count) } : [0, 0.5, 1]
            } ?? [0, 0.5, 1]
        return units.map { Axis.Tick($0, StudyText.value(parameter.json(parameter.value(unit: $0)))) }
    }

    private func unitAxis(_ parameter: SearchParameter) -> Axis {
        Axis(low: -0.03, high: 1.03, ticks: ticks(parameter))
    }

    func slicePlot(_ index: Int) -> HTML {
        let parameter = history.space.parameters[index], sign = history.directions[0].sign
        let points = known.filter { !$0.trial.point[index].isNaN }
        guard let scale = LossScale(points.map(\.loss)) else { return .empty }
        let (low, high) = span(scale)
        let frame = Frame(.half, height: 250, x: unitAxis(parameter), y: .numbers(low, high))
        let dots = points.map {
            frame.dot(
                parameter.unit(value: $0.trial.point[index]), $0.loss * sign, color($0.loss), tip: tip($0.trial))
        }
        return HTML(
            made: "<figure>"
                + frame.svg(
                    dots.joined(), xLabel: parameter.name, yLabel: metrics[0],
                    alternative: "\(metrics[0]) by \(parameter.name) of \(points.count) trials") + "</figure>")
    }

    var contourPlot: HTML {
        let axes = importance.prefix(2).compactMap { history.space.index(of: $0.name) }
        guard axes.count == 2 else { return .empty }
        let points = known.filter { !$0.trial.point[axes[0]].isNaN && !$0.trial.point[axes[1]].isNaN }
        let (a, b) = (history.space.parameters[axes[0]], history.space.parameters[axes[1]])
        let places = points.map { entry in
            (
                x: a.unit(value: entry.trial.point[axes[0]]), y: b.unit(value: entry.trial.point[axes[1]]),
                badness: badness(entry.loss)
            )
        }
        let frame = Frame(.half, height: 440, x: unitAxis(a), y: unitAxis(b)), n = 24
        let field = BadnessField(places, columns: n, rows: n)
        // Neighbours overlap by a fraction of a pixel, which must not show: the group is translucent and not its parts.
        var body = "<g class=\"cells\" opacity=\".55\">"
        for i in 0..<n {
            for j in 0..<n {
                let left = frame.px(Double(i) / Double(n)), right = frame.px(Double(i + 1) / Double(n))
                let top = frame.py(Double(j + 1) / Double(n)), bottom = frame.py(Double(j) / Double(n))
                let place = "x=\"\(Drawing.number(left))\" y=\"\(Drawing.number(top))\""
                let (w, h) = (Drawing.number(right - left), Drawing.number(bottom - top))
                let fill = "fill=\"\(Drawing.color(field.values[j][i]))\""
                body += "<rect \(place) width=\"\(w)\" height=\"\(h)\" \(fill)/>"
            }
        }
        body += "</g>"
        for (place, entry) in zip(places, points) {
            body += frame.dot(place.x, place.y, color(entry.loss), tip: tip(entry.trial))
        }
        let picture = frame.svg(
            body, xLabel: a.name, yLabel: b.name,
            alternative: "\(metrics[0]) over \(a.name) and \(b.name), smoothed from \(points.count) trials")
        return Drawing.figure(HTML(made: picture), legend: Self.goodToBad)
    }
}
