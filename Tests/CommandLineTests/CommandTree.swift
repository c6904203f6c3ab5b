import Basics
import Foundation
import TestSupport

/// The commands of the program, from the parser's own description.
enum CommandTree {
    struct Command {
        /// As in `models list`.
        let name: String
        /// The lines under `EXAMPLES` of its help.
        let examples: [String]
    }

    /// All commands that do something, without those that only other commands start.
    static func leaves() throws -> [Command] {
        let result = try RunProgram.run(RunProgram.hftml, ["--experimental-dump-help"], in: NSTemporaryDirectory())
        guard let root = try JSONParser.parse(result.output)[key: "command"] else { return [] }
        return leaves(below: root, [])
    }

    private static func leaves(below node: JSONValue, _ names: [String]) -> [Command] {
        guard node[key: "shouldDisplay"]?.boolValue != false else { return [] }
        let children = (node[key: "subcommands"]?.listValue ?? []).filter {
            $0[key: "commandName"]?.stringValue != "help"
        }
        guard children.isEmpty else {
            return children.flatMap { leaves(below: $0, names + [$0[key: "commandName"]?.stringValue ?? ""]) }
        }
        let lines = (node[key: "discussion"]?.stringValue ?? "")
            .split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
        // They end where a line is empty: what follows is prose.
        let examples = lines.drop { $0 != "EXAMPLES" }.dropFirst().prefix { !$0.isEmpty }
        return [Command(name: names.joined(separator: " "), examples: Array(examples))]
    }

    /// The command that a line of arguments names, past the global options in front of it.
    static func command(of line: String, in commands: [Command]) -> Command? {
        var words = line.split(separator: " ").map(String.init)
        if words.first == "-C" { words = Array(words.dropFirst(2)) }
        return commands.filter { command in
            let names = command.name.split(separator: " ").map(String.init)
            return words.starts(with: names)
        }.max { $0.name.count < $1.name.count }
    }
}
