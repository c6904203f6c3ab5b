import ArgumentParser
import Backtesting
import Basics
import Documents
import Workflows

struct CrossValidateCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "cross-validate",
        abstract:
            "Train on every choice of stretches of time, and trade the whole histories that the others join into.",
        discussion: """
            EXAMPLES
              hftml cross-validate bars-cnn.yaml --features features.safetensors --strategy strategy.yaml
              hftml cross-validate bars-cnn.yaml --features features.safetensors --strategy strategy.yaml --groups 10 --json

            Six groups with two for testing are 15 models and 5 histories. Labels that reach over a border and an embargo after it are left out of training.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A training configuration.", completion: .file()) var config: String
    @Option(help: "The feature table.", completion: .file()) var features: String
    @Option(help: "YAML with rule, costs and limits.", completion: .file()) var strategy: String
    @Option(
        name: .customLong("set"), help: ArgumentHelp("Replace an option of the configuration.", valueName: "key=value"))
    var assignments: [String] = []
    @Option(help: "Stretches of time.") var groups = 6
    @Option(help: "How many of them are tested at a time.") var testGroups = 2
    @Option(help: "Times dropped after a tested stretch; the window by default.") var embargo: Int?
    @Option(help: "Threads; they do not change the result.") var threads = Session.defaultThreads

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        var request = CrossValidateModel.Request(config: config, features: features, strategy: strategy)
        request.overrides = try Self.assignments(assignments)
        (request.groups, request.testGroups, request.embargo, request.threads) = (groups, testGroups, embargo, threads)
        let terminal = common.terminal
        let outcome = try CrossValidateModel.run(request, session: session) { done, all in
            terminal.showProgress("\(Terminal.bar(Double(done) / Double(all))) model \(done + 1) of \(all)")
        }
        terminal.clearLine()
        if common.json { return emit(json(outcome).text(.pretty)) }
        var table = TextTable(
            ["history", "days", "trades", "return", "drawdown", "Sharpe/yr", "ic"], rightAligned: [0, 1, 2, 3, 4, 5, 6])
        for (index, path) in outcome.paths.enumerated() {
            table.add([
                String(index + 1), String(path.result.days.count), String(path.result.trades),
                "\(fixed(path.result.totalReturn * 100, 2)) %", "\(fixed(path.result.maximumDrawdown * 100, 2)) %",
                path.sharpe.map { fixed($0 * 252.0.squareRoot(), 2) } ?? "–", shown(path.information),
            ])
        }
        emit(table.text)
        let year = 252.0.squareRoot()
        emit(
            "\n\(outcome.models) models: the Sharpe ratio a year is \(fixed(outcome.medianSharpe * year, 2)) in the middle of \(outcome.paths.count) histories, \(fixed((outcome.sharpes.first ?? 0) * year, 2)) in the worst; \(fixed(outcome.shareEarning * 100, 0)) % earn something, the deepest fall is \(fixed(outcome.deepestFall * 100, 2)) %"
        )
        emit(outcome.run)
    }

    private func json(_ outcome: CrossValidateModel.Outcome) -> JSONValue {
        .map([
            "schemaVersion": .int(1), "run": .string(outcome.run), "models": .int(outcome.models),
            "paths": .list(
                outcome.paths.map {
                    JSONValue.map([
                        "days": .int($0.result.days.count), "trades": .int($0.result.trades),
                        "return": .double($0.result.totalReturn), "drawdown": .double($0.result.maximumDrawdown),
                        "sharpeDaily": .double($0.sharpe), "ic": .double($0.information),
                    ])
                }), "medianSharpeDaily": .double(outcome.medianSharpe), "shareEarning": .double(outcome.shareEarning),
            "deepestFall": .double(outcome.deepestFall),
        ])
    }
}
