import ArgumentParser
import Documents
import Workflows

struct CrossValidateCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "cross-validate",
        abstract: "Train on every choice of stretches of time, and trade the whole paths that the others join into.",
        discussion: """
            EXAMPLES
              hftml cross-validate bars-cnn.yaml --features features.safetensors --strategy strategy.yaml
              hftml cross-validate bars-cnn.yaml --features f.safetensors --strategy strategy.yaml --groups 10 --json

            Six groups with two for testing are 15 models and 5 paths. Labels that reach over a border and an embargo
            after it are left out of training.
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

    mutating func perform(_ context: CommandContext) throws -> CrossValidationDocument {
        var request = CrossValidateModel.Request(
            config: context.path(config), features: context.path(features), strategy: context.path(strategy))
        request.overrides = try Assignment.list(assignments)
        (request.groups, request.testGroups, request.embargo, request.threads) = (groups, testGroups, embargo, threads)
        let terminal = context.terminal
        defer { terminal.clearLine() }
        return CrossValidationDocument(
            try CrossValidateModel.run(request, session: try context.session()) { done, all in
                terminal.showProgress("", Double(done) / Double(all), "model \(done + 1) of \(all)")
            })
    }
}
