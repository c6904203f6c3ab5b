import ArgumentParser
import Backtesting
import Basics
import Registry
import ReinforcementLearning
import Workflows

struct CompareCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compare two runs or model versions, with intervals, paired tests and one sentence of verdict.",
        discussion: """
            EXAMPLES
              hftml compare bars-cnn/1 bars-cnn/2
              hftml compare latest bars-lstm@champion --strategy strategy.yaml --markdown report.md
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A run, a model version, or a directory of training or evaluation.") var a: String
    @Argument(help: "What to compare with.") var b: String
    @Option(help: "Also compare daily returns after costs.", completion: .file()) var strategy: String?
    @Option(help: ArgumentHelp("Write a report for a merge request.", valueName: "file"), completion: .file()) var markdown: String?
    @Flag(help: "Exit 2 if they differ at 95 %.") var exitCode = false

    @Option(help: "Recorded order books, for policies that learned in them.", completion: .directory) var data: String?

    mutating func perform() throws {
        let project = try Project.find()
        if let policies = try ComparePolicies.run(a, b, data: data, threads: Project.defaultThreads, project: project) { return try show(policies) }
        let o = try CompareModels.run(a, b, strategy: strategy, project: project)
        let names = (Paths.name(o.a.reference), Paths.name(o.b.reference))
        if let markdown { try AtomicFile.write(document(o, names), to: markdown) }
        if common.json { emit(json(o).text(.pretty)) } else { emit(terminalText(o, names)) }
        if exitCode, o.isDifferent { throw refuse() }
    }

    /// Policies of a task: their returns on common chances.
    private func show(_ o: ComparePolicies.Outcome) throws {
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "a": .string(o.references.a), "b": .string(o.references.b), "episodes": .int(o.difference.returns.count),
                    "parameters": .list(o.parameters.map { .map(["key": .string($0.key), "a": .string($0.a), "b": .string($0.b)]) }),
                    "return": .map(["a": .double(o.a.mean), "b": .double(o.b.mean)]),
                    "difference": .map(["mean": .double(o.difference.mean), "lower": .double(o.difference.interval.lower), "upper": .double(o.difference.interval.upper)]),
                    "verdict": .string(o.verdict), "different": .bool(o.isDifferent),
                ]).text(.pretty))
        } else {
            if !o.parameters.isEmpty {
                var table = TextTable(["parameter", "A", "B"])
                for d in o.parameters { table.add([d.key, d.a ?? "–", d.b ?? "–"]) }
                emit(table.text + "\n")
            }
            var table = TextTable(["measure", "A", "B", "A less B (95 %)"], rightAligned: [1, 2])
            let interval = o.difference.interval
            table.add(["return", shown(o.a.mean), shown(o.b.mean), "\(shown(o.difference.mean)) [\(shown(interval.lower)) … \(shown(interval.upper))]"])
            for (index, name) in o.measureNames.enumerated() { table.add([name, shown(o.a.measures[index]), shown(o.b.measures[index]), ""]) }
            emit(table.text + "\n\nVerdict: \(o.verdict)")
        }
        if exitCode, o.isDifferent { throw refuse() }
    }

    private func interval(_ i: BlockBootstrap.Interval) -> String { "\(shown(i.estimate)) [\(shown(i.lower)) … \(shown(i.upper))]" }

    private func tests(_ o: CompareModels.Outcome) -> [String] {
        var lines: [String] = []
        if let dm = o.dieboldMariano {
            lines.append("Diebold–Mariano (HLN): \(shown(dm.statistic)), p = \(shown(dm.pValue))\(dm.usedBartlett ? ", with Bartlett's kernel because the rectangular variance was not positive" : "")")
        }
        if let m = o.mcNemar {
            lines.append("McNemar: only A right \(m.onlyARight), only B right \(m.onlyBRight), mid-p = \(shown(m.midP)) (samples overlap in time, so read it beside the intervals)")
        }
        if let d = o.dailyReturn { lines.append("mean daily return after costs, A less B: \(fixed(d.estimate * 10_000, 2)) bps [\(fixed(d.lower * 10_000, 2)) … \(fixed(d.upper * 10_000, 2))]") }
        return lines
    }

    private func terminalText(_ o: CompareModels.Outcome, _ names: (String, String)) -> String {
        var out = "A = \(o.a.reference) (run \(o.a.run.id.prefix(8)))   B = \(o.b.reference) (run \(o.b.run.id.prefix(8)))\n\n"
        if !o.parameterDifferences.isEmpty {
            var table = TextTable(["parameter", "A", "B"])
            for d in o.parameterDifferences { table.add([d.key, d.a ?? "–", d.b ?? "–"]) }
            out += table.text + "\n\n"
        }
        var table = TextTable(["measure", "A", "B", "A less B (95 %)", "better"])
        for row in o.measures {
            table.add([row.name, interval(row.a), interval(row.b), interval(row.difference), row.sign > 0 ? "A" : row.sign < 0 ? "B" : "open"])
        }
        out += table.text + "\n\n\(o.samples) common samples, blocks of \(fixed(o.block, 1)) times\n"
        return out + tests(o).map { $0 + "\n" }.joined() + "\nVerdict: \(o.verdict)"
    }

    private func document(_ o: CompareModels.Outcome, _ names: (String, String)) -> String {
        var out = "## \(names.0) against \(names.1)\n\n**\(o.verdict)**\n\n| measure | A: \(names.0) | B: \(names.1) | A less B (95 %) | better |\n|---|---|---|---|---|\n"
        for row in o.measures {
            out += "| \(row.name) | \(interval(row.a)) | \(interval(row.b)) | \(interval(row.difference)) | \(row.sign > 0 ? "A" : row.sign < 0 ? "B" : "open") |\n"
        }
        out += "\n" + tests(o).map { "- \($0)\n" }.joined()
        if !o.parameterDifferences.isEmpty {
            out += "\n| parameter | A | B |\n|---|---|---|\n" + o.parameterDifferences.map { "| \($0.key) | \($0.a ?? "–") | \($0.b ?? "–") |\n" }.joined()
        }
        return out
    }

    private func json(_ o: CompareModels.Outcome) -> JSONValue {
        func node(_ i: BlockBootstrap.Interval) -> JSONValue { .map(["estimate": .double(i.estimate), "lower": .double(i.lower), "upper": .double(i.upper)]) }
        return .map([
            "schemaVersion": .int(1), "a": .string(o.a.run.id), "b": .string(o.b.run.id), "samples": .int(o.samples), "block": .double(o.block),
            "parameters": .list(o.parameterDifferences.map { .map(["key": .string($0.key), "a": .string($0.a), "b": .string($0.b)]) }),
            "measures": .list(
                o.measures.map {
                    .map([
                        "name": .string($0.name), "a": node($0.a), "b": node($0.b), "difference": node($0.difference),
                        "better": .string($0.sign > 0 ? "a" : $0.sign < 0 ? "b" : "open"),
                    ])
                }),
            "dieboldMariano": o.dieboldMariano.map { .map(["statistic": .double($0.statistic), "p": .double($0.pValue)]) } ?? .null,
            "mcNemar": o.mcNemar.map { .map(["onlyA": .int($0.onlyARight), "onlyB": .int($0.onlyBRight), "exact": .double($0.exact), "midP": .double($0.midP)]) } ?? .null,
            "dailyReturn": o.dailyReturn.map(node) ?? .null, "verdict": .string(o.verdict), "different": .bool(o.isDifferent),
        ])
    }
}
