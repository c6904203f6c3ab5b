import ArgumentParser
import Basics
import Documents

struct ExplainCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what an error code means, why it happens, and what to do; without a code, list them all.",
        discussion: """
            EXAMPLES
              hftml explain data.missing-object
              hftml explain promote
            """)

    @Argument(
        help: "A code as errors print it with --json, or the part before its dot.",
        completion: .custom { _, _, _ in ErrorCatalogue.all.map(\.code) })
    var code: String?

    @OptionGroup var common: CommonOptions

    func perform(_ context: CommandContext) throws -> Explanation {
        guard let code else { return .codes(ErrorCodesDocument()) }
        if let entry = ErrorCatalogue.entry(code) { return .entry(ExplanationDocument(entry)) }
        let families = ErrorCatalogue.families.map(\.name)
        if families.contains(code) { return .codes(ErrorCodesDocument(family: code)) }
        let near = ErrorCatalogue.nearest(to: code) ?? NearestName.of(code, in: families)
        throw Failure(
            "explain.unknown", "found the unknown error code '\(code)'",
            hint: near.map { "did you mean '\($0)'?" } ?? "see all codes with: hftml explain", exitStatus: .usage)
    }

    /// One code in full, or several in short.
    enum Explanation: Document {
        case entry(ExplanationDocument), codes(ErrorCodesDocument)

        private var document: any Document {
            switch self {
            case .entry(let document): document
            case .codes(let document): document
            }
        }
        var body: JSONValue { document.body }
        func text(_ style: TextStyle) -> String { document.text(style) }
    }
}
