/// The options of ``CommonOptions`` as they stand in front of a command: `hftml -C dir --json status`.
///
/// A test compares this list with the options that the parser reports for every command.
enum GlobalOptions {
    private static let flags: Set<String> = ["--json", "--quiet", "--verbose", "--yes", "--no-color"]
    private static let shortFlags: Set<Character> = ["q", "v"]
    private static let directory = "-C"

    /// How many arguments the global option at the front takes: 2 for `-C dir`, 1 for a flag, 0 where there is none.
    ///
    /// `-C` without a value takes 1; the parser of the command then says what is missing.
    static func length(_ arguments: ArraySlice<String>) -> Int {
        guard let first = arguments.first else { return 0 }
        if first == directory { return arguments.dropFirst().first.map { $0.hasPrefix("-") ? 1 : 2 } ?? 1 }
        if first.hasPrefix("\(directory)=") || flags.contains(first) { return 1 }
        let letters = first.dropFirst()
        let isBundle = first.hasPrefix("-") && !letters.isEmpty && letters.allSatisfy(shortFlags.contains)
        return isBundle ? 1 : 0
    }

    /// Whether a document was asked for, also by arguments that cannot be parsed.
    static func asksForJSON(_ arguments: [String]) -> Bool { arguments.prefix { $0 != "--" }.contains("--json") }
}
