import Basics
import ArgumentParser
import Documents
import Workflows

struct FeaturesCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Compute features and labels from bars.",
        discussion: """
            EXAMPLES
              hftml features features.yaml Data/demo-market -o features.safetensors
              hftml features features.yaml bars/ --market market.yaml --as-of 2014-06-06 -o then.safetensors
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "YAML with features and label.", completion: .file()) var spec: String
    @Argument(help: "A file or directory of bars.", completion: .file()) var data: String
    @Option(help: "YAML with zone, interval and calendar.", completion: .file()) var market: String?
    @Option(
        help: ArgumentHelp("A quality report that must have passed on exactly this data.", valueName: "file"),
        completion: .file())
    var quality: String?
    @Flag(help: "Use the part of a recorded directory that is here; else it must be here as a whole.")
    var partial = false
    @Option(
        help: ArgumentHelp(
            "Only bars and corporate actions that were known by the end of a day where the market is.",
            valueName: "day"))
    var asOf: String?
    @Option(help: "Threads.") var threads = Session.defaultThreads
    @Option(name: .shortAndLong, help: "The feature table.", completion: .file()) var output: String

    mutating func perform(_ context: CommandContext) throws -> FeatureTableDocument {
        let terminal = context.terminal
        let made = try BuildFeatures.run(
            spec: context.path(spec), data: context.path(data), market: market.map(context.path),
            quality: quality.map(context.path), output: context.path(output), threads: threads,
            isPartial: partial, asOf: try asOf.map(day), session: try context.session()
        ) { terminal.showProgress("features", $0, "\(Int(saturating: $0 * 100)) %") }
        terminal.clearLine()
        for warning in made.warnings { context.say("warning: \(warning)") }
        for line in GroupedNotes.lines(made.issues) { context.say("  \(line)") }
        return FeatureTableDocument(made)
    }

    private func day(_ text: String) throws -> CivilDate {
        guard let day = CivilDate(text), day.isValid else {
            throw Failure(
                "usage.arguments", "found --as-of '\(text)', expected a day", hint: "write it as: --as-of 2014-06-06",
                exitStatus: .usage)
        }
        return day
    }
}
