import ArgumentParser
import Backtesting
import Basics
import Documents
import Registry
import ReinforcementLearning
import Workflows

struct CompareCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare two runs or model versions, with intervals, paired tests and one sentence of verdict.",
        discussion: """
            EXAMPLES
              hftml compare bars-cnn/1 bars-cnn/2
              hftml compare latest bars-lstm@champion --strategy strategy.yaml --markdown report.md --html report.html
            """)

    @OptionGroup var common: CommonOptions
    @Argument(
        help: "A run, a model version, a directory of training or evaluation, or a Git revision that was trained at.")
    var a: String
    @Argument(help: "What to compare with.") var b: String
    @Argument(help: "More to compare the first with.") var others: [String] = []
    @Option(help: "The measure of breakdowns and seeds; the loss by default.") var metric: String?
    @Option(help: "Also compare daily returns after costs.", completion: .file()) var strategy: String?
    @Option(help: ArgumentHelp("Write a report for a merge request.", valueName: "file"), completion: .file())
    var markdown: String?
    @Option(help: ArgumentHelp("Write one page with pictures.", valueName: "file"), completion: .file()) var html:
        String?
    @Flag(help: "Exit 2 if they differ at 95 %.") var exitCode = false

    @Option(help: "Recorded order books, for policies that learned in them.", completion: .directory) var data: String?

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        if let policies = try ComparePolicies.run(a, b, data: data, threads: Session.defaultThreads, session: session) {
            guard others.isEmpty, metric == nil, html == nil, markdown == nil, strategy == nil else {
                throw Failure(
                    "compare.policies", "found options for models that predict, expected two policies alone",
                    hint: "policies take --data and --exit-code", exitStatus: .usage)
            }
            return try show(policies)
        }
        let outcomes = try ([b] + others).map {
            try CompareModels.run(a, $0, metric: metric, strategy: strategy, session: session)
        }
        let texts = outcomes.map(ComparisonDocument.init)
        if let markdown { try AtomicFile.write(texts.map(\.markdown).joined(separator: "\n"), to: markdown) }
        if let html {
            for (index, outcome) in outcomes.enumerated() {
                try AtomicFile.write(
                    ComparisonDocument(outcome).page.html, to: index == 0 ? html : Self.numbered(html, index + 1))
            }
        }
        let adjusted = Self.adjusted(outcomes)
        switch (common.json, outcomes.count > 1) {
        case (true, false): emit(texts[0].json.text(.pretty))
        case (true, true):
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "comparisons": .list(texts.map(\.json)),
                    "holmAdjustedP": .list(adjusted.map { .double($0) }),
                ]).text(.pretty))
        case (false, let isSeveral):
            emit(texts.map { $0.text(common.terminal.productStyle) }.joined(separator: "\n\n\n"))
            if isSeveral {
                let values = zip(outcomes, adjusted).map { "\($0.b.reference) \($1.map { shown($0) } ?? "–")" }
                emit(
                    "\n\(outcomes.count) comparisons at once; Diebold–Mariano p after Holm: \(values.joined(separator: ", "))"
                )
            }
        }
        if exitCode, outcomes.contains(where: \.isDifferent) { throw refuse() }
    }

    /// Several comparisons are several chances to find a difference.
    private static func adjusted(_ outcomes: [CompareModels.Outcome]) -> [Double?] {
        let known = outcomes.indices.filter { outcomes[$0].dieboldMariano != nil }
        let values = MultipleTesting.adjusted(known.compactMap { outcomes[$0].dieboldMariano?.pValue }, .holm)
        var out = [Double?](repeating: nil, count: outcomes.count)
        for (position, index) in known.enumerated() { out[index] = values[position] }
        return out
    }

    /// `report.html` becomes `report-2.html`.
    private static func numbered(_ path: String, _ number: Int) -> String {
        guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return "\(path)-\(number)" }
        return "\(path[..<dot])-\(number)\(path[dot...])"
    }

    /// Policies of a task: their returns on common chances.
    private func show(_ o: ComparePolicies.Outcome) throws {
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "a": .string(o.references.a), "b": .string(o.references.b),
                    "episodes": .int(o.difference.returns.count),
                    "parameters": .list(
                        o.parameters.map { .map(["key": .string($0.key), "a": .string($0.a), "b": .string($0.b)]) }),
                    "return": .map(["a": .double(o.a.mean), "b": .double(o.b.mean)]),
                    "difference": .map([
                        "mean": .double(o.difference.mean), "lower": .double(o.difference.interval.lower),
                        "upper": .double(o.difference.interval.upper),
                    ]),
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
            table.add([
                "return", shown(o.a.mean), shown(o.b.mean),
                "\(shown(o.difference.mean)) [\(shown(interval.lower)) … \(shown(interval.upper))]",
            ])
            for (index, name) in o.measureNames.enumerated() {
                table.add([name, shown(o.a.measures[index]), shown(o.b.measures[index]), ""])
            }
            emit(table.text + "\n\nVerdict: \(o.verdict)")
        }
        if exitCode, o.isDifferent { throw refuse() }
    }
}
