import ArgumentParser
import Documents
import Workflows

struct GateCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Measure a version against a policy, rule by rule; exit 2 when it is refused.",
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
    @OptionGroup var reporting: ReportOptions
    @Option(help: ArgumentHelp("Save the verdict as JSON.", valueName: "file"), completion: .file()) var save: String?

    func perform(_ context: CommandContext) throws -> CheckReportOutput {
        let outcome = try GateModel.run(
            reference, policy: policy, strategy: context.path(strategy), features: context.path(features),
            against: against, threads: threads, session: try context.session())
        if let save { try context.save(GateVerdictDocument(outcome), to: save) }
        return try CheckReportOutput(outcome.report, reporting, context)
    }
}
