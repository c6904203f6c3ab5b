import Basics
import Foundation
import TestSupport
import Testing

/// Every command of the tree, as the parser itself lists them: it works, it is refused, it is used wrongly, and its
/// help shows two examples that parse. `Fixtures/matrix.txt` says with which arguments.
///
/// - `HFTML_RECORD=1` writes the golden shapes of documents again, and fails.
/// - `HFTML_COMMAND_LIST=FILE` writes the list of all commands as a Markdown table.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct CommandMatrixTests {
    private static let fixtures = "\(SharedData.repository)/Tests/CommandLineTests/Fixtures"
    private static let environment = ProcessInfo.processInfo.environment

    @Test("every command works, is refused, is used wrongly with a document each time, and shows two examples")
    func everyCommand() throws {
        let commands = try CommandTree.leaves()
        var rows = Dictionary(uniqueKeysWithValues: commands.map { ($0.name, Row()) })
        try walk(commands, &rows)
        let directory = try TemporaryDirectory()
        for command in commands {
            rows[command.name]?.isWrongUsageTold = try isWrongUsageTold(command, directory)
            rows[command.name]?.examples = try examplesThatParse(command)
        }
        for command in commands {
            let row = rows[command.name] ?? Row()
            #expect(row.isComplete, "\(command.name): \(row)")
        }
        if let file = CommandMatrixTests.environment["HFTML_COMMAND_LIST"] {
            try AtomicFile.write(CommandMatrixTests.table(commands, rows), to: file)
        }
        #expect(CommandMatrixTests.environment["HFTML_RECORD"] == nil, "recorded; look at the difference")
    }

    /// What was found out about a command.
    private struct Row: CustomStringConvertible {
        var works = false
        var isRefused = false
        var isWrongUsageTold = false
        var examples = 0
        /// Why it is not run here.
        var exemption: String?

        var isComplete: Bool { (works || exemption != nil) && isRefused && isWrongUsageTold && examples >= 2 }
        var description: String {
            "works \(works), refused \(isRefused), wrong usage \(isWrongUsageTold), examples \(examples)"
        }
    }

    private static func table(_ commands: [CommandTree.Command], _ rows: [String: Row]) -> String {
        func mark(_ holds: Bool) -> String { holds ? "✓" : "✗" }
        let lines = commands.map { command in
            let row = rows[command.name] ?? Row()
            let works = row.exemption ?? mark(row.works)
            return "| `\(command.name)` | \(works) | \(mark(row.isRefused)) | \(mark(row.isWrongUsageTold)) | "
                + "\(row.examples) |"
        }
        let head = [
            "| command | works, `--json` valid | `--json` valid on refusal | on wrong usage | examples that parse |",
            "|---|---|---|---|---|",
        ]
        return (head + lines).joined(separator: "\n") + "\n"
    }

    // MARK: The walk

    private func walk(_ commands: [CommandTree.Command], _ rows: inout [String: Row]) throws {
        let project = try MatrixProject()
        var shapes: [String: String] = [:]
        for line in try FileChunks.text("\(CommandMatrixTests.fixtures)/matrix.txt").split(separator: "\n") {
            let text = String(line.dropFirst(2))
            switch line.first {
            case "$":
                let result = try project.shell(text)
                #expect(result.status == 0, "\(text): \(result.errors)\(result.output)")
            case "+", "-":
                let command = try #require(CommandTree.command(of: text, in: commands), "no command: \(text)")
                let result = try project.shell("$HFTML \(text) --json")
                if line.first == "+" {
                    let document = try? JSONParser.parse(result.output)
                    let works = result.status == 0 && document?[key: "schemaVersion"]?.intValue != nil
                    #expect(works, "\(text): \(result.status) \(result.errors)\(result.output.prefix(2000))")
                    rows[command.name]?.works = works
                    if let document { shapes[command.name, default: ""] += "# \(text)\n\(DocumentShape(document))\n" }
                } else {
                    let isRefused = CommandMatrixTests.isRefused(result)
                    #expect(isRefused, "\(text): \(result.status) \(result.errors)\(result.output.prefix(2000))")
                    rows[command.name]?.isRefused = isRefused
                }
            case "!":
                let command = try #require(CommandTree.command(of: text, in: commands), "no command: \(text)")
                rows[command.name]?.exemption = String(text.dropFirst(command.name.count + 1))
            default: break
            }
        }
        try compare(shapes)
    }

    /// Whether a command failed for a reason that it gave in a document, and not for how it was typed.
    private static func isRefused(_ result: RunProgram.Result) -> Bool {
        guard [1, 2, 64].contains(result.status), let document = try? JSONParser.parse(result.output),
            document[key: "schemaVersion"]?.intValue != nil
        else { return false }
        guard let code = document[path: "error.code"]?.stringValue else { return result.status != 64 }
        return code != "usage.arguments" && code != "usage.unknown-command" && code != "internal"
    }

    private func compare(_ shapes: [String: String]) throws {
        for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            let path = "\(CommandMatrixTests.fixtures)/documents/\(name.replacing(" ", with: "-")).txt"
            if CommandMatrixTests.environment["HFTML_RECORD"] != nil {
                try Paths.makeDirectory(Paths.parent(path))
                try AtomicFile.write(shape, to: path)
            } else {
                let golden = Paths.exists(path) ? try FileChunks.text(path) : "not recorded"
                #expect(
                    DocumentShape.agrees(shape, with: golden),
                    "the keys or types of \(name) are others than in \(path): \(shape)")
            }
        }
    }

    // MARK: Wrong usage and examples

    private func isWrongUsageTold(_ command: CommandTree.Command, _ directory: TemporaryDirectory) throws -> Bool {
        let arguments = command.name.split(separator: " ").map(String.init) + ["--no-such-option", "--json"]
        let result = try RunProgram.run(RunProgram.hftml, arguments, in: directory.path)
        let document = try? JSONParser.parse(result.output)
        return result.status == 64 && document?[key: "schemaVersion"]?.intValue != nil
            && document?[path: "error.code"]?.stringValue == "usage.arguments"
    }

    /// How many examples the parser takes, run where there is nothing to work on.
    private func examplesThatParse(_ command: CommandTree.Command) throws -> Int {
        var count = 0
        for example in command.examples {
            let directory = try TemporaryDirectory()
            let first = example.components(separatedBy: " && ")[0].components(separatedBy: " | ")[0]
            guard first.hasPrefix("hftml ") else {
                count += 1
                continue
            }
            // A download is tried once.
            let suffix = first.hasPrefix("hftml import yahoo") ? " --attempts 1" : ""
            let result = try RunProgram.run(
                "/bin/sh", ["-c", "\"$HFTML\" --json \(first.dropFirst("hftml ".count))\(suffix)"],
                in: directory.path, environment: ["HFTML": RunProgram.hftml])
            let code = (try? JSONParser.parse(result.output))?[path: "error.code"]?.stringValue
            let parses = code.map { !["usage.arguments", "usage.unknown-command", "usage.no-command"].contains($0) }
            #expect(parses ?? true, "\(example): \(result.errors)")
            if parses ?? true { count += 1 }
        }
        return count
    }
}
