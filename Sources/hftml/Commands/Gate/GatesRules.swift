import ArgumentParser
import Documents
import Workflows

struct GatesRulesCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "All kinds of rules that a policy may name, with what each asks and its options.",
        discussion: """
            EXAMPLES
              hftml gates rules
              hftml gates rules deflated-sharpe --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(
        help: "Only this rule.",
        completion: .custom { _, _, _ in (try? ListRules.run())?.rules.map(\.name) ?? [] })
    var rule: String?

    func perform(_ context: CommandContext) throws -> RuleKindsDocument { RuleKindsDocument(try ListRules.run(rule)) }
}
