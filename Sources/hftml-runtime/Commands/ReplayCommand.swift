import ArgumentParser
import Basics
import Deployment
import Execution

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Trade recorded bars with the bundle in force, in a paper exchange.")
    @OptionGroup var options: RuntimeOptions
    @Argument(help: "Bar files or directories.", completion: .file()) var data: [String]
    @Option(
        help: ArgumentHelp(
            "Trade from this day or time of the exchange on; bars before it only warm the features up.",
            valueName: "2026-01-31")
    ) var from: String?
    @Option(
        help: ArgumentHelp(
            "Trade no bar that begins at this day or time of the exchange, or later.", valueName: "2026-02-28T12:30")
    ) var until: String?
    @Option(name: .shortAndLong, help: "Directory for journal and summary.", completion: .directory) var output: String?

    func run() throws {
        try options.guarding {
            let environment = try options.directory()
            let directory = output ?? environment.journal
            let outcome = try Replay(try BundleInstaller(environment)).run(
                data: data, journal: Paths.join(directory, "journal.csv"),
                span: (try moment(from, "from"), try moment(until, "until")))
            let summary = outcome.json(environment: environment.name)
            try AtomicFile.write(summary.text(.pretty) + "\n", to: Paths.join(directory, "summary.json"))
            if options.json { return try options.emit(summary) }
            for line in ReplayCommand.lines(outcome, environment) { try options.emit(line: line) }
        }
    }

    private func moment(_ text: String?, _ option: String) throws -> Replay.Moment? {
        guard let text else { return nil }
        guard let moment = Replay.Moment(text) else {
            throw Failure(
                "usage.from",
                "found '\(text)' after --\(option), expected a day such as 2026-01-31, a time such as "
                    + "2026-01-31T09:30, or UTC with a Z at the end", exitStatus: .usage)
        }
        return moment
    }

    /// The summary for people.
    private static func lines(_ outcome: Replay.Outcome, _ environment: DeploymentDirectory) -> [String] {
        let counts = outcome.summary.counts, latency = outcome.summary.latency
        func money(_ value: Double) -> Double { (value * 100).rounded() / 100 }
        let net = money(outcome.summary.grossProfit - outcome.summary.fees)
        let fees = environment.paperFeeBps > 0 ? "" : " (none are set: \"paperFeeBps\" in runtime.json)"
        let denied = counts.deniedReasons.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return outcome.receipts.map { $0.text(late: outcome.late) } + [
            "\(outcome.model ?? "?") in \(environment.name): \(counts.bars) bars, \(counts.predictions) predictions, "
                + "\(counts.submitted) orders, \(counts.denied) denied, \(counts.filled) fills"
        ] + (denied.isEmpty ? [] : ["denied: " + denied.joined(separator: ", ")]) + [
            "profit \(money(outcome.summary.grossProfit)) gross, \(net) after fees\(fees); "
                + "\(outcome.summary.openPositions) positions open",
            "bar to decision: p50 \(latency.p50) ns, p99 \(latency.p99) ns, p99.9 \(latency.p999) ns, "
                + "largest \(latency.maximum) ns",
            "journal: \(outcome.journalPath)",
        ] + (outcome.objection.map { ["no orders: \($0)"] } ?? []) + outcome.problems.map { "to mend: \($0)" }
    }
}
