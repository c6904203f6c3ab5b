import ArgumentParser
import Basics

/// What the arguments ask for: one command of the tree, and the arguments of its own.
///
/// Global options may stand before, between and after the names of a command; those before it are put at the front of
/// its own arguments, where values of other options and `--` cannot touch them. Finding the command by its names
/// keeps start-up fast: the parser builds that one command only, and not the whole tree of about 120.
struct Invocation {
    /// The command that the names lead to; the program itself where there are none.
    private(set) var command: any ParsableCommand.Type
    /// The names that lead to it, as in `models list`.
    private(set) var names: [String] = []
    /// Global options that stood before it, then everything after it as typed.
    private(set) var arguments: [String] = []

    private static let helpFlags: Set<String> = ["-h", "--help"]

    /// Finds the command.
    ///
    /// - Throws: ``Failure`` with code `usage.unknown-command` or `usage.no-command`.
    init(_ typed: [String], of root: any ParsableCommand.Type) throws {
        command = root
        try find(typed)
    }

    private mutating func find(_ typed: [String]) throws {
        var globals: [String] = [], rest = typed[...]
        while let word = rest.first {
            let length = GlobalOptions.length(rest)
            if length > 0 {
                globals += rest.prefix(length)
                rest = rest.dropFirst(length)
                continue
            }
            if names.isEmpty, word == "help" {
                try Invocation.checkTopic(rest.dropFirst(), of: command)
                break
            }
            if word.hasPrefix("-") || isLeaf || isPath(word) { break }
            try descend(word)
            rest = rest.dropFirst()
        }
        if isLeaf {
            arguments = globals + rest
        } else if names.isEmpty {
            if rest.isEmpty, !globals.isEmpty { throw missing() }
            arguments = Array(rest)
        } else {
            try chooseDefault(globals, rest)
        }
    }

    /// Help on a command that does not exist is a mistake, not a request for help on everything.
    private static func checkTopic(_ words: ArraySlice<String>, of root: any ParsableCommand.Type) throws {
        var topic = try Invocation([], of: root)
        for word in words where !word.hasPrefix("-") { try topic.descend(word) }
    }

    /// Whether a word that follows a noun is no verb but what its default command is given: a path, which has a dot, a
    /// slash or a file. A mistyped verb has none of them.
    private func isPath(_ word: String) -> Bool {
        guard command.configuration.defaultSubcommand is any TakesPaths.Type,
            !command.configuration.subcommands.contains(where: { $0._commandName == word })
        else { return false }
        return word.contains { $0 == "." || $0 == "/" } || Paths.exists(word)
    }

    private var isLeaf: Bool { command.configuration.subcommands.isEmpty }

    private mutating func descend(_ word: String) throws {
        let candidates = command.configuration.subcommands
        guard
            let next = candidates.first(where: { $0._commandName == word || $0.configuration.aliases.contains(word) })
        else { throw unknown(word, among: candidates) }
        command = next
        names.append(next._commandName)
    }

    /// A noun without a verb: its help where that is asked for, else its default command, else what there is.
    ///
    /// A default command is chosen only where no word follows the noun, so that it never swallows a mistyped verb.
    private mutating func chooseDefault(_ globals: [String], _ rest: ArraySlice<String>) throws {
        if rest.contains(where: Invocation.helpFlags.contains) {
            arguments = Array(rest)
        } else if let usual = command.configuration.defaultSubcommand {
            names.append(usual._commandName)
            command = usual
            arguments = globals + rest
        } else if globals.isEmpty {
            arguments = Array(rest)
        } else {
            throw missing()
        }
    }

    private func title(_ more: String...) -> String { (["hftml"] + names + more).joined(separator: " ") }

    private func unknown(_ word: String, among candidates: [any ParsableCommand.Type]) -> Failure {
        let visible = candidates.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
        let nearest = NearestName.of(word, in: visible)
        return Failure(
            "usage.unknown-command",
            "found the unknown command '\(word)'" + (names.isEmpty ? "" : " after '\(title())'"),
            hint: nearest.map { "did you mean '\(title($0))'?" } ?? "see what there is with: \(title("--help"))",
            exitStatus: .usage)
    }

    private func missing() -> Failure {
        Failure(
            "usage.no-command", "found only options after '\(title())', expected a command",
            hint: "see what there is with: \(title("--help"))", exitStatus: .usage)
    }
}

/// A default command that begins with paths, so that its own name may be left out: `hftml import bars.csv`.
protocol TakesPaths: ParsableCommand {}
