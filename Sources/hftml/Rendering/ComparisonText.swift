import Backtesting
import Basics
import Documents
import Registry
import Workflows

/// A comparison of two models as text: for the terminal, for a merge request, for machines.
struct ComparisonText {
    private let o: CompareModels.Outcome
    private let names: (a: String, b: String)

    init(_ outcome: CompareModels.Outcome) {
        o = outcome
        names = (Paths.name(outcome.a.reference), Paths.name(outcome.b.reference))
    }

    private func interval(_ i: BlockBootstrap.Interval) -> String {
        "\(shown(i.estimate)) [\(shown(i.lower)) … \(shown(i.upper))]"
    }
    private func better(_ row: CompareModels.MeasureRow) -> String { row.sign > 0 ? "A" : row.sign < 0 ? "B" : "open" }

    /// What the tests and back-tests say, a line each.
    private var facts: [String] {
        var lines: [String] = []
        if let dm = o.dieboldMariano {
            lines.append(
                "Diebold–Mariano (HLN): \(shown(dm.statistic)), p = \(shown(dm.pValue))\(dm.usedBartlett ? ", with Bartlett's kernel because the rectangular variance was not positive" : "")"
            )
        }
        if let size = o.detail.effectSize {
            lines.append("effect size: the loss of A less that of B is \(shown(size)) standard deviations a time")
        }
        if let m = o.mcNemar {
            lines.append(
                "McNemar: only A right \(m.onlyARight), only B right \(m.onlyBRight), mid-p = \(shown(m.midP)) (samples overlap in time, so read it beside the intervals)"
            )
        }
        if let s = o.detail.seeds {
            let sides = [s.a, s.b].map { "\(shown($0.mean)) ± \(shown($0.deviation)) over \($0.values.count)" }
            lines.append(
                "seeds: \(o.detail.metric) \(sides.joined(separator: ", "))\(s.pValue.map { ", Welch p = \(shown($0))" } ?? "")"
            )
        }
        if let c = o.detail.calibration {
            lines.append("calibration error: A \(shown(c.a.expectedError)), B \(shown(c.b.expectedError))")
        }
        if let d = o.dailyReturn {
            lines.append(
                "mean daily return after costs, A less B: \(fixed(d.estimate * 10_000, 2)) bps [\(fixed(d.lower * 10_000, 2)) … \(fixed(d.upper * 10_000, 2))]"
            )
        }
        for (name, result) in [("A", o.detail.equity?.a), ("B", o.detail.equity?.b)] {
            guard let result else { continue }
            lines.append(
                "\(name) after costs: return \(fixed(result.totalReturn * 100, 2)) %, drawdown \(fixed(result.maximumDrawdown * 100, 2)) %, \(result.trades) trades"
            )
        }
        lines += [("instrument", o.detail.instruments), ("day", o.detail.days)].compactMap { name, groups in
            guard groups.count > 1 else { return nil }
            let isHigherBetter = o.measures.first { $0.name == o.detail.metric }?.isHigherBetter ?? false
            let wins = groups.count { isHigherBetter ? $0.a > $0.b : $0.a < $0.b }
            return "by \(name): A is better in \(o.detail.metric) in \(wins) of \(groups.count)"
        }
        return lines
    }

    var terminal: String {
        var out =
            "A = \(o.a.reference) (run \(o.a.run.id.prefix(8)))   B = \(o.b.reference) (run \(o.b.run.id.prefix(8)))\n\n"
        let differences =
            o.parameterDifferences.map { ($0.key, $0.a ?? "–", $0.b ?? "–") }
            + o.detail.origins.map { ($0.what, $0.a, $0.b) }
        if !differences.isEmpty {
            var table = TextTable(["differs", "A", "B"])
            for d in differences { table.add([d.0, d.1, d.2]) }
            out += table.text + "\n\n"
        }
        var table = TextTable(["measure", "A", "B", "A less B (95 %)", "better"])
        for row in o.measures {
            table.add([row.name, interval(row.a), interval(row.b), interval(row.difference), better(row)])
        }
        out += table.text + "\n\n\(o.samples) common samples, blocks of \(fixed(o.block, 1)) times\n"
        out += facts.map { $0 + "\n" }.joined()
        if o.detail.instruments.count > 1 {
            var table = TextTable(
                ["instrument", "samples", "A \(o.detail.metric)", "B \(o.detail.metric)"], rightAligned: [1, 2, 3])
            for g in o.detail.instruments.prefix(12) { table.add([g.name, String(g.samples), shown(g.a), shown(g.b)]) }
            out +=
                "\n" + table.text
                + (o.detail.instruments.count > 12
                    ? "\nand \(o.detail.instruments.count - 12) more, see --json or --html" : "") + "\n"
        }
        for curve in o.detail.curves {
            out +=
                "\n\(curve.name)  A \(sparkline(curve.a.map(\.value), width: 30))  B \(sparkline(curve.b.map(\.value), width: 30))"
        }
        if let e = o.detail.equity {
            out += "\nequity  A \(sparkline(e.a.equity, width: 30))  B \(sparkline(e.b.equity, width: 30))"
        }
        if o.detail.cumulativeLoss.count > 1 {
            out += "\nloss of A less B, summed over time  \(sparkline(o.detail.cumulativeLoss.map(\.value)))"
        }
        return out + "\n\nVerdict: \(o.verdict)"
    }

    var markdown: String {
        var out =
            "## \(names.a) against \(names.b)\n\n**\(o.verdict)**\n\n| measure | A: \(names.a) | B: \(names.b) | A less B (95 %) | better |\n|---|---|---|---|---|\n"
        for row in o.measures {
            out +=
                "| \(row.name) | \(interval(row.a)) | \(interval(row.b)) | \(interval(row.difference)) | \(better(row)) |\n"
        }
        out += "\n" + facts.map { "- \($0)\n" }.joined()
        let differences =
            o.parameterDifferences.map { ($0.key, $0.a ?? "–", $0.b ?? "–") }
            + o.detail.origins.map { ($0.what, $0.a, $0.b) }
        if !differences.isEmpty {
            out +=
                "\n| differs | A | B |\n|---|---|---|\n"
                + differences.map { "| \($0.0) | \($0.1) | \($0.2) |\n" }.joined()
        }
        if o.detail.instruments.count > 1 {
            out +=
                "\n<details><summary>\(o.detail.metric) by instrument</summary>\n\n| instrument | samples | A | B |\n|---|---|---|---|\n"
            for g in o.detail.instruments { out += "| \(g.name) | \(g.samples) | \(shown(g.a)) | \(shown(g.b)) |\n" }
            out += "\n</details>\n"
        }
        return out
    }

    var json: JSONValue {
        func node(_ i: BlockBootstrap.Interval) -> JSONValue {
            .map(["estimate": .double(i.estimate), "lower": .double(i.lower), "upper": .double(i.upper)])
        }
        func group(_ g: CompareModels.Group) -> JSONValue {
            .map(["name": .string(g.name), "samples": .int(g.samples), "a": .double(g.a), "b": .double(g.b)])
        }
        func curve(_ c: [(step: Int, value: Double)]) -> JSONValue {
            .list(c.map { .list([.int($0.step), .double($0.value)]) })
        }
        var out = JSONValue.map([
            "schemaVersion": .int(1), "a": .string(o.a.run.id), "b": .string(o.b.run.id), "samples": .int(o.samples),
            "block": .double(o.block),
            "parameters": .list(
                o.parameterDifferences.map { .map(["key": .string($0.key), "a": .string($0.a), "b": .string($0.b)]) }),
            "origins": .list(
                o.detail.origins.map { .map(["what": .string($0.what), "a": .string($0.a), "b": .string($0.b)]) }),
        ])
        out[key: "measures"] = .list(
            o.measures.map {
                .map([
                    "name": .string($0.name), "a": node($0.a), "b": node($0.b), "difference": node($0.difference),
                    "better": .string($0.sign > 0 ? "a" : $0.sign < 0 ? "b" : "open"),
                ])
            })
        out[key: "dieboldMariano"] =
            o.dieboldMariano.map { .map(["statistic": .double($0.statistic), "p": .double($0.pValue)]) } ?? .null
        out[key: "mcNemar"] =
            o.mcNemar.map {
                .map([
                    "onlyA": .int($0.onlyARight), "onlyB": .int($0.onlyBRight), "exact": .double($0.exact),
                    "midP": .double($0.midP),
                ])
            } ?? .null
        out[key: "metric"] = .string(o.detail.metric)
        out[key: "effectSize"] = .double(o.detail.effectSize)
        out[key: "seeds"] =
            o.detail.seeds.map {
                .map(["a": RepeatTraining.json($0.a), "b": RepeatTraining.json($0.b), "welchP": .double($0.pValue)])
            } ?? .null
        out[key: "calibrationError"] =
            o.detail.calibration.map { .map(["a": .double($0.a.expectedError), "b": .double($0.b.expectedError)]) }
            ?? .null
        out[key: "instruments"] = .list(o.detail.instruments.map(group))
        out[key: "days"] = .list(o.detail.days.map(group))
        out[key: "curves"] = .map(
            o.detail.curves.map { ($0.name, JSONValue.map(["a": curve($0.a), "b": curve($0.b)])) })
        out[key: "drawdown"] =
            o.detail.equity.map { .map(["a": .double($0.a.maximumDrawdown), "b": .double($0.b.maximumDrawdown)]) }
            ?? .null
        out[key: "dailyReturn"] = o.dailyReturn.map(node) ?? .null
        out[key: "verdict"] = .string(o.verdict)
        out[key: "different"] = .bool(o.isDifferent)
        return out
    }
}
