import ArgumentParser
import Basics
import Documents
import Registry
import Workflows

extension RunsCommand {
    struct Plot: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Metric histories of runs: in the terminal, or as one HTML page.",
            discussion: """
                EXAMPLES
                  hftml runs plot latest
                  hftml runs plot 3f2a 91cc --metric val.loss --html runs.html
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Runs: id prefixes, names, or latest.") var runs: [String]
        @Option(help: "Only this metric; may be given several times. Without it, all that have a history.") var metric:
            [String] = []
        @Option(help: ArgumentHelp("Write one page with pictures.", valueName: "file"), completion: .file()) var html:
            String?

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry(), records = try runs.map { try registry.run($0) }
            let known = try Set(records.flatMap { Array(try registry.latestMetrics(run: $0.id).keys) })
            for name in metric where !known.contains(name) {
                throw Failure(
                    "runs.no-metric", "found no metric '\(name)'",
                    hint: NearestName.of(name, in: known.sorted()).map { "did you mean '\($0)'?" }
                        ?? "see: hftml runs show \(runs[0])",
                    exitStatus: .usage)
            }
            var series: [(metric: String, lines: [(run: RunRecord, points: [(step: Int, value: Double)])])] = []
            for name in metric.isEmpty ? known.sorted() : metric {
                let lines = try records.map { ($0, try registry.history(run: $0.id, metric: name)) }
                if !metric.isEmpty || lines.contains(where: { $0.1.count > 1 }) { series.append((name, lines)) }
            }
            if let html { try AtomicFile.write(page(series, records), to: html) }
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "metrics": .list(
                            series.map { item in
                                .map([
                                    "metric": .string(item.metric),
                                    "runs": .list(
                                        item.lines.map { line in
                                            .map([
                                                "run": .string(line.run.id),
                                                "points": .list(
                                                    line.points.map { .list([.int($0.step), .double($0.value)]) }),
                                            ])
                                        }),
                                ])
                            }),
                    ]).text(.pretty))
            }
            for item in series {
                for line in item.lines where !line.points.isEmpty {
                    emit(
                        "\(item.metric)  \(line.run.name) \(line.run.id.prefix(8))\n\(TextPlot.text(line.points.map { (Double($0.step), $0.value) }))\n"
                    )
                }
            }
            if let html { common.terminal.say("wrote \(html)") }
        }

        private func page(
            _ series: [(metric: String, lines: [(run: RunRecord, points: [(step: Int, value: Double)])])],
            _ records: [RunRecord]
        ) -> String {
            let sections = series.map { item in
                let lines = item.lines.map { line in
                    LinePlot.Series(
                        "\(line.run.name) \(line.run.id.prefix(8))", line.points.map { (Double($0.step), $0.value) })
                }
                return Page.Section(item.metric, LinePlot(lines, x: "step", y: item.metric, scale: .count).wide)
            }
            let title = records.count == 1 ? "Run \(records[0].name)" : "\(records.count) runs"
            return Page(title: title, sections: sections).html
        }
    }
}
