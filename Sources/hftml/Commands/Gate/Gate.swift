import ArgumentParser
import Documents
import Workflows

struct GateCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Measure a version against a policy, rule by rule; exit 2 when it is refused.",
        discussion: """
            EXAMPLES
              hftml gate bars-cnn/1 --for paper --key paper-gate --features f.safetensors --strategy strategy.yaml
              hftml gate bars-cnn@challenger --policy demo --features f.safetensors --strategy s.yaml --report markdown

            Several reports in one run, for a merge request: --report markdown=gate.md --report junit=gate.xml
            --report gitlab-codequality=gate.codequality.json

            What the rules of a policy may ask: hftml gates rules
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Option(name: .customLong("for"), help: "The environment whose policy, limits and incumbent count.")
    var environment: String?
    @Option(help: "A key with the role gate there, by name or file; it signs the verdict, which promotion rests on.")
    var key: String?
    @Option(
        help: "Another policy, for a rehearsal: a file, or a name in Registry/gates. The environment's by default.",
        completion: .file()) var policy: String?
    @Option(help: "The features the version was trained on.", completion: .file()) var features: String
    @Option(help: "YAML with rule, costs and limits.", completion: .file()) var strategy: String
    @Option(help: "The incumbent; what runs in the environment, or without one the model's champion.") var against:
        String?
    @Option(help: "Threads; they do not change the result.") var threads = Session.defaultThreads
    @OptionGroup var reporting: ReportOptions
    @Option(help: ArgumentHelp("Save the verdict as JSON.", valueName: "file"), completion: .file()) var save: String?

    func perform(_ context: CommandContext) throws -> CheckReportOutput {
        let outcome = try GateModel.run(
            reference, policy: policy, strategy: context.path(strategy), features: context.path(features),
            against: against, threads: threads, environment: environment, key: key, session: try context.session())
        if let save { try context.save(GateVerdictDocument(outcome), to: save) }
        return try CheckReportOutput(
            outcome.report, reporting, at: outcome.policyPath,
            signature: (outcome.signature.text, outcome.signature.json), context)
    }
}
