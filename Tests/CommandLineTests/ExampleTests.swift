import Basics
import Foundation
import TestSupport
import Testing

/// The examples of every command's help work as they stand, typed in a project that the demo was run in.
///
/// `Fixtures/examples.txt` has them all, in an order in which each works: `>` is run, `$` prepares, `!` names one that
/// is not run, and why.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct ExampleTests {
    private struct Step {
        enum Kind: Character { case prepares = "$", runs = ">", isNotRun = "!" }
        let kind: Kind
        let line: String
        /// Why it is not run.
        let reason: String
    }

    private static func steps() throws -> [Step] {
        let path = "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/examples.txt"
        return try FileChunks.text(path).split(separator: "\n").compactMap { line in
            guard let kind = line.first.flatMap(Step.Kind.init) else { return nil }
            let text = String(line.dropFirst(2))
            guard kind == .isNotRun, let colon = text.range(of: " : ", options: .backwards) else {
                return Step(kind: kind, line: text, reason: "")
            }
            return Step(kind: kind, line: String(text[..<colon.lowerBound]), reason: String(text[colon.upperBound...]))
        }
    }

    @Test("every example of the help is run, or has a reason why it is not, and none is left of what the help had")
    func complete() throws {
        let steps = try Self.steps().filter { $0.kind != .prepares }, lines = steps.map(\.line)
        let examples = Set(try CommandTree.leaves().flatMap(\.examples))
        #expect(examples.count > 190)
        for example in examples.subtracting(lines) { Issue.record("not in examples.txt: \(example)") }
        for line in Set(lines).subtracting(examples) { Issue.record("no help has it: \(line)") }
        #expect(Set(lines).count == lines.count, "an example stands there twice")
        for step in steps where step.kind == .isNotRun { #expect(step.reason.count > 10, "\(step.line)") }
        #expect(steps.count { $0.kind == .runs } > 150)
    }

    @Test("examples do what they say they do")
    func examplesRun() throws {
        let directory = try TemporaryDirectory()
        let repository = try TestRepository(in: directory, named: "hftml")
        let files = try RunProgram.run("/usr/bin/git", ["ls-files", "-z"], in: SharedData.repository).output
        for file in files.split(separator: "\0") where !file.hasPrefix("Sources/") && !file.hasPrefix("Tests/") {
            let target = repository.file(String(file))
            try Paths.makeDirectory(Paths.parent(target))
            try FileManager.default.copyItem(atPath: "\(SharedData.repository)/\(file)", toPath: target)
        }
        try repository.commit("as cloned")
        let git = try directory.write("[user]\nname = t\nemail = t@t\n[init]\ndefaultBranch = main\n", to: "gitconfig")
        let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let environment = [
            "HOME": directory.path, "GIT_CONFIG_GLOBAL": git,
            "DVC_GLOBAL_CONFIG_DIR": directory.file(".global"), "DVC_SYSTEM_CONFIG_DIR": directory.file(".system"),
            "PATH": "\(Paths.parent(RunProgram.hftml)):\(search)",
        ]
        func shell(_ line: String) throws {
            let result = try RunProgram.run("/bin/sh", ["-c", line], in: repository.path, environment: environment)
            #expect(
                result.status == 0, "\(line)\n\(result.status) \(result.errors.suffix(500))\(result.output.suffix(300))"
            )
        }
        try shell("hftml repro Pipelines/demo")
        for step in try Self.steps() where step.kind != .isNotRun { try shell(step.line) }
    }
}
