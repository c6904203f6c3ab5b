import Basics
import Foundation
import TestSupport
import Workflows

/// The program itself on damaged projects: each case damages a file of a project that all commands have walked through,
/// or a word of a command, and types one command.
///
/// An answer is an exit status of 0, 1, 2 or 64 within ten seconds of work and four gigabytes of address space, and
/// with a status other than 0 or 2 a sentence why.
struct CommandFuzz {
    private let program: String
    private let seed: UInt64
    private let commands: [[UInt8]]
    /// The project after the walk; every case has a copy.
    private let pristine: String
    /// Of the pristine project, relative to it: what people and programs write, without Git's own objects.
    private let files: [String]
    private let place: ScratchDirectory

    struct Fault {
        let number: UInt64
        let command: String
        let file: String?
        let reason: String
    }

    /// - Parameter program: `hftml`; it stands beside this one unless said otherwise.
    init(program: String, seed: UInt64) throws {
        self.program = program
        self.seed = seed
        place = try ScratchDirectory()
        pristine = place.file("pristine")
        let fixtures = "\(SharedData.repository)/Tests/CommandLineTests/Fixtures"
        try FileManager.default.copyItem(atPath: "\(fixtures)/project", toPath: pristine)
        try FileManager.default.moveItem(atPath: "\(pristine)/gitignore", toPath: "\(pristine)/.gitignore")
        let home = try FileChunks.text("\(fixtures)/matrix.txt").split(separator: "\n").map(String.init)
        let shell = Shell(program: program, home: place.path)
        _ = try shell.run("git init -q && git add -A && git commit -qm start", in: pristine)
        var commands: [[UInt8]] = []
        for line in home where "+-$".contains(line.first ?? "#") {
            let text = String(line.dropFirst(2))
            if line.first == "$" {
                _ = try shell.run(text, in: pristine)
            } else if !text.contains("$SERVER") {
                _ = try shell.run("$HFTML \(text)", in: pristine)
                commands.append(Array(text.utf8))
            }
        }
        self.commands = commands
        let top = pristine
        files = try Paths.files(below: top).filter { name in
            !name.hasPrefix(".git/objects") && (Paths.size("\(top)/\(name)") ?? .max) < 1 << 18
        }.sorted()
        guard !files.isEmpty, !commands.isEmpty else {
            throw Failure("fuzz.project", "found no files or commands after the walk of '\(fixtures)/matrix.txt'")
        }
    }

    /// - Parameter first: the number of the first case; a case is the same whatever came before it.
    func run(count: Int, from first: UInt64 = 0) throws -> [Fault] {
        let shell = Shell(program: program, home: place.path)
        var faults: [Fault] = []
        for number in first..<first + UInt64(max(count, 0)) {
            // A directory of its own: what a command that was killed left behind may still write into its own.
            let project = place.file("case-\(number)")
            defer { try? Paths.remove(project) }
            var random = SeededRandom(seed: seed, 0xC0, number)
            var command = commands[random.index(below: commands.count)], file: String?
            var mutation = Mutation(seed: seed, number: number)
            _ = try shell.run("cp -a '\(pristine)' '\(project)'", in: place.path)
            if random.index(below: 5) == 0 {
                command = mutation.mutated([command], isText: true)
            } else {
                let name = files[random.index(below: files.count)], path = "\(project)/\(name)"
                let old = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
                let isText = !old.contains(0) && !old.isEmpty
                try Paths.remove(path)
                try Data(mutation.mutated([old], isText: isText)).write(to: URL(fileURLWithPath: path))
                file = name
            }
            let words = CommandFuzz.words(command)
            if let reason = try shell.fault(of: words, in: project) {
                faults.append(
                    Fault(number: number, command: words.joined(separator: " "), file: file, reason: reason))
            }
        }
        return faults
    }

    /// A line as the shell would take it, as far as quotes go; what follows a `>` or `|` is left out.
    private static func words(_ line: [UInt8]) -> [String] {
        var words: [[UInt8]] = [], word: [UInt8] = [], quote: UInt8?, isWord = false
        for byte in line where byte != 0 {
            if let open = quote {
                if byte == open { quote = nil } else { word.append(byte) }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                (quote, isWord) = (byte, true)
            } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") {
                if isWord { words.append(word) }
                (word, isWord) = ([], false)
            } else {
                word.append(byte)
                isWord = true
            }
        }
        if isWord { words.append(word) }
        let end = words.firstIndex { $0 == [UInt8(ascii: ">")] || $0 == [UInt8(ascii: "|")] } ?? words.count
        return words.prefix(min(end, 200)).map { String(decoding: $0.prefix(100_000), as: UTF8.self) }
    }

    /// Starts programs with a home of their own and bounds on what they may take.
    private struct Shell {
        let program: String
        let home: String

        private var environment: [String: String] {
            [
                "HFTML": program, "HOME": home, "SWIFT_BACKTRACE": "enable=no",
                "GIT_CONFIG_GLOBAL": "\(home)/gitconfig", "DVC_GLOBAL_CONFIG_DIR": "\(home)/.global",
                "DVC_SYSTEM_CONFIG_DIR": "\(home)/.system",
                // No delivery goes on in the background, in a project that is copied or removed meanwhile.
                DeliverEvents.isUnderWay: "1",
                "PATH": "\(Paths.parent(program)):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")",
            ]
        }

        init(program: String, home: String) {
            (self.program, self.home) = (program, home)
            let settings = "[user]\nname = t\nemail = t@t\n[init]\ndefaultBranch = main\n"
            _ = FileManager.default.createFile(atPath: "\(home)/gitconfig", contents: Data(settings.utf8))
        }

        func run(_ line: String, in directory: String) throws -> RunProgram.Result {
            try RunProgram.run("/bin/sh", ["-c", line], in: directory, environment: environment)
        }

        /// Nil for an answer.
        func fault(of words: [String], in directory: String) throws -> String? {
            let bounds = "ulimit -c 0 -t 10 -v 4194304; exec \"$HFTML\" \"$@\" < /dev/null"
            let process = try RunProgram.start(
                "/usr/bin/timeout", ["-s", "KILL", "120", "/bin/sh", "-c", bounds, "sh"] + words, in: directory,
                environment: environment)
            process.waitUntilExit()
            let status =
                process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
            let said = RunProgram.text(process.standardError) + RunProgram.text(process.standardOutput)
            switch status {
            case 0, 2: return nil
            case 1, 64:
                return ["error", "usage", "left out"].contains(where: said.lowercased().contains)
                    ? nil : "exit \(status) without a reason"
            case 137: return "hang: more than 10 s of work or two minutes"
            default: return status > 128 ? "signal \(status - 128)" : "exit \(status)"
            }
        }
    }
}
