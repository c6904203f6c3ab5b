import Backtesting
import Basics
import Registry
import Workflows

/// A comparison of two models as text: for the terminal and for a merge request.
struct ComparisonText {
    private let o: CompareModels.Outcome
    private let names: (a: String, b: String)

    init(_ outcome: CompareModels.Outcome) {
        o = outcome
        names = (Paths.name(outcome.a.reference), Paths.name(outcome.b.reference))
    }

    /// The measure that the verdict rests on, then the others.
    private var ordered: [CompareModels.MeasureRow] {
        o.measures.filter { $0.name == o.detail.metric } + o.measures.filter { $0.name != o.detail.metric }
    }

    private func interval(_ i: BlockBootstrap.Interval) -> String {
        "\(shown(i.estimate)) [\(shown(i.lower)) … \(shown(i.upper))]"
    }
    private func better(_ row: CompareModels.MeasureRow) -> String { row.sign > 0 ? "A" : row.sign < 0 ? "B" : "open" }

    /// What the tests and back-tests say, a line each.
    private var facts: [String] {
        var lines = o.objections.map { "warning: no evidence: \(Escaping.terminal($0))" }
        if let text = o.leftOut.text { lines.append(text) }
        if let dm = o.dieboldMariano {
            let kernel =
                dm.usedBartlett
                ? ", with Bartlett's kernel because the rectangular variance was not positive" : ""
            lines.append("Diebold–Mariano (HLN): \(shown(dm.statistic)), p = \(shownP(dm.pValue))\(kernel)")
        }
        if let size = o.detail.effectSize {
            lines.append("effect size: the loss of A less that of B is \(shown(size)) standard deviations a time")
        }
        if let m = o.mcNemar {
            lines.append(
                "McNemar: only A right \(m.onlyARight), only B right \(m.onlyBRight), mid-p = \(shownP(m.midP)) "
                    + "(samples overlap in time, so read it beside the intervals)")
        }
        if let s = o.detail.seeds {
            let sides = [s.a, s.b].map { "\(shown($0.mean)) ± \(shown($0.deviation)) over \($0.values.count)" }
            let test = s.pValue.map { ", Welch p = \(shownP($0))" } ?? ""
            lines.append("seeds: \(o.detail.metric) \(sides.joined(separator: ", "))\(test)")
        }
        if let c = o.detail.calibration {
            lines.append("calibration error: A \(shown(c.a.expectedError)), B \(shown(c.b.expectedError))")
        }
        if let d = o.dailyReturn {
            let bps = [d.estimate, d.lower, d.upper].map { fixed($0 * 10_000, 2) }
            lines.append("mean daily return after costs, A less B: \(bps[0]) bps [\(bps[1]) … \(bps[2])]")
        }
        for (name, result) in [("A", o.detail.equity?.a), ("B", o.detail.equity?.b)] {
            guard let result else { continue }
            lines.append(
                "\(name) after costs: return \(MoneyText.percent(result.totalReturn)), "
                    + "drawdown \(MoneyText.percent(result.maximumDrawdown)), \(result.trades) trades")
        }
        if let reason = o.detail.estimateReason { lines.append(MoneyText.estimate(Escaping.terminal(reason))) }
        lines += [("instrument", o.detail.instruments), ("day", o.detail.days)].compactMap { name, groups in
            guard groups.count > 1 else { return nil }
            let isHigherBetter = o.measures.first { $0.name == o.detail.metric }?.isHigherBetter ?? false
            let wins = groups.count { isHigherBetter ? $0.a > $0.b : $0.a < $0.b }
            return "by \(name): A is better in \(o.detail.metric) in \(wins) of \(groups.count)"
        }
        return lines
    }

    /// Differences of layers that are shown one by one; more are counted.
    private static let mostLayerRows = 4

    /// What decided the two runs, where it differs: what, A, B. All of it is in `--json`.
    static func differences(_ o: CompareModels.Outcome) -> [[String]] {
        let layers = o.parameterDifferences.filter { $0.key.hasPrefix("layers.") }
        let isMany = layers.count > mostLayerRows
        var rows = o.parameterDifferences.filter { !isMany || !$0.key.hasPrefix("layers.") }.map {
            [$0.key, $0.a ?? "–", $0.b ?? "–"]
        }
        if isMany {
            func kinds(_ values: [String?]) -> String {
                let known = zip(layers, values).compactMap { $0.key.hasSuffix(".layer") ? $1 : nil }
                return "\(values.count { $0 != nil }) values"
                    + (known.isEmpty ? "" : ": \(known.joined(separator: ", "))")
            }
            rows.append(["layers (\(layers.count) differ)", kinds(layers.map(\.a)), kinds(layers.map(\.b))])
        }
        rows += o.detail.origins.map { [$0.what, $0.a, $0.b] }
        return rows.map { $0.map(shortened) }
    }

    /// A text whose digests have their first eight digits.
    private static func shortened(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            word.count >= 32 && word.allSatisfy(\.isHexDigit) ? word.prefix(8) : word
        }.joined(separator: " ")
    }

    func terminal(_ style: TextStyle) -> String {
        let sides = [("A", o.a), ("B", o.b)].map {
            "\($0) = \(Escaping.terminal($1.reference)) (run \($1.run.id.prefix(8)))"
        }
        var parts = [style.paragraph(sides, separator: "   ")]
        let differences = Self.differences(o)
        if !differences.isEmpty {
            // What differs must not be what is cut.
            var table = TextTable(["differs", "A", "B"], wrapped: [1, 2])
            for row in differences { table.add(row) }
            parts.append(table.text(style))
        }
        var table = TextTable(["measure", "A", "B", "A less B (95 %)", "p", "better"])
        for row in ordered {
            table.add([
                row.name, interval(row.a), interval(row.b), interval(row.difference), shownP(row.pValue), better(row),
            ])
        }
        parts.append(table.text(style))
        let origin =
            "\(o.samples) common samples, blocks of \(fixed(o.block, 1)) times; the verdict rests on "
            + "\(o.detail.metric), the others' p are after Holm"
        let words = ([origin] + facts).map { style.wrapped($0, indent: 2) }
        parts.append(words.joined(separator: "\n"))
        if o.detail.instruments.count > 1 { parts.append(instruments(style)) }
        let lines = sparklines(style)
        if !lines.isEmpty { parts.append(lines.joined(separator: "\n")) }
        parts.append(style.wrapped("Verdict: \(Escaping.terminal(o.verdict))"))
        return parts.joined(separator: "\n\n")
    }

    private func instruments(_ style: TextStyle) -> String {
        let groups = o.detail.instruments, metric = o.detail.metric
        var table = TextTable(["instrument", "samples", "A \(metric)", "B \(metric)"], rightAligned: [1, 2, 3])
        for g in groups.prefix(12) { table.add([g.name, String(g.samples), shown(g.a), shown(g.b)]) }
        return table.text(style) + (groups.count > 12 ? "\nand \(groups.count - 12) more, see --json or --html" : "")
    }

    private func sparklines(_ style: TextStyle) -> [String] {
        func room(_ words: Int, _ most: Int) -> Int { max(8, min(most, (style.width ?? .max) - words)) }
        func pair(_ name: String, _ a: [Double], _ b: [Double]) -> String {
            let name = TextStyle.fitted(name, style.width.map { max($0 - 24, 2) })
            let width = room(8 + DisplayWidth.columns(name), 60) / 2
            return "\(name)  A \(sparkline(a, width: width))  B \(sparkline(b, width: width))"
        }
        var lines = o.detail.curves.map { pair($0.name, $0.a.map(\.value), $0.b.map(\.value)) }
        if let e = o.detail.equity { lines.append(pair("equity", e.a.equity, e.b.equity)) }
        if o.detail.cumulativeLoss.count > 1 {
            let name = "loss of A less B, summed over time  "
            lines.append(name + sparkline(o.detail.cumulativeLoss.map(\.value), width: room(name.count, 40)))
        }
        return lines
    }

    /// For a merge request. Whatever stands in names and values, it makes no other cell, link or tag.
    var markdown: String {
        func row(_ cells: [String]) -> String { "| \(cells.map(Escaping.markdown).joined(separator: " | ")) |\n" }
        func rule(_ columns: Int) -> String { "|" + String(repeating: "---|", count: columns) + "\n" }
        var out = "## \(Escaping.markdown(names.a)) against \(Escaping.markdown(names.b))\n\n"
        out += "**\(Escaping.markdown(o.verdict))**\n\n"
        out += row(["measure", "A: \(names.a)", "B: \(names.b)", "A less B (95 %)", "p", "better"]) + rule(6)
        for measure in ordered {
            let intervals = [measure.a, measure.b, measure.difference].map(interval)
            out += row([measure.name] + intervals + [shownP(measure.pValue), better(measure)])
        }
        out += "\n" + facts.map { "- \(Escaping.markdown($0))\n" }.joined()
        let differences = Self.differences(o)
        if !differences.isEmpty {
            out += "\n" + row(["differs", "A", "B"]) + rule(3) + differences.map(row).joined()
        }
        if o.detail.instruments.count > 1 {
            let title = Escaping.html("\(o.detail.metric) by instrument")
            out += "\n<details><summary>\(title)</summary>\n\n" + row(["instrument", "samples", "A", "B"]) + rule(4)
            for g in o.detail.instruments { out += row([g.name, String(g.samples), shown(g.a), shown(g.b)]) }
            out += "\n</details>\n"
        }
        return out
    }
}
