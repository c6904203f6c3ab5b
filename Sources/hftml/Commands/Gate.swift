import ArgumentParser
import Basics
import Registry
import Workflows

struct GateCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Judge a version by a policy, rule by rule; exit 2 when it is refused.",
        discussion: """
            EXAMPLES
              hftml gate bars-cnn/1 --policy demo --features f.safetensors --strategy strategy.yaml
              hftml gate bars-cnn@challenger --policy demo --features f.safetensors --strategy s.yaml --report markdown
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Option(help: "A policy file, or the name of one in Registry/gates.", completion: .file()) var policy: String
    @Option(help: "The features the version was trained on.", completion: .file()) var features: String
    @Option(help: "YAML with rule, costs and limits.", completion: .file()) var strategy: String
    @Option(help: "The incumbent; the model's champion by default.") var against: String?
    @Option(help: "Threads; they do not change the result.") var threads = Session.defaultThreads
    @Option(help: "Format of the document written to --output or stdout.") var report: ReportFormat?
    @Option(name: .shortAndLong, help: "Where the document goes; stdout by default.", completion: .file()) var output:
        String?
    @Option(help: ArgumentHelp("Save the verdict as JSON.", valueName: "file"), completion: .file()) var save: String?
    @Option(help: ArgumentHelp("Also write JUnit XML here.", valueName: "file"), completion: .file()) var junit: String?

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        let outcome = try GateModel.run(
            reference, policy: policy, strategy: strategy, features: features, against: against, threads: threads,
            session: session)
        if let save {
            var node = outcome.report.json
            node[key: "decision"] = .string(outcome.decision.digest)
            try AtomicFile.write(node.text(.pretty) + "\n", to: save)
        }
        try ReportOutput.write(outcome.report, report: report, output: output, junit: junit, common: common)
        if !outcome.report.isPassed { throw refuse() }
    }
}
