import Basics
import Foundation
import TestSupport
import Testing

/// The guide by two people and a CI account is typed as it stands, by three accounts of the system.
///
/// Only root can act as three accounts; elsewhere the test is skipped.
@Suite struct GuideTests {
    /// One command of the page.
    struct Step {
        let account: String
        let command: String
        let status: Int32
    }

    /// Lines of code blocks that begin with an account's prompt; a here-document goes on to its end. `# exit N` at the
    /// end of a line says what the command ends with.
    static func steps(_ page: String) -> [Step] {
        var steps: [Step] = [], open: (account: String, text: String)?
        for line in page.textLines() where line.hasPrefix("    ") {
            let text = String(line.dropFirst(4))
            if let (account, begun) = open {
                open = (account, begun + "\n" + text)
                if text == "END" {
                    steps.append(Step(account: account, command: begun + "\n" + text, status: 0))
                    open = nil
                }
                continue
            }
            guard let prompt = text.range(of: "$ "), accounts.keys.contains(String(text[..<prompt.lowerBound])) else {
                continue
            }
            let account = String(text[..<prompt.lowerBound]), command = String(text[prompt.upperBound...])
            if command.hasSuffix("<<'END'") {
                open = (account, command)
                continue
            }
            let parts = command.components(separatedBy: "   # exit ")
            steps.append(Step(account: account, command: parts[0], status: parts.count > 1 ? Int32(parts[1]) ?? -1 : 0))
        }
        return steps
    }

    private static let accounts: [String: UInt32] = ["ann": 61_001, "ben": 61_002, "ci": 61_003]
    private static let group: UInt32 = 61_000

    @Test("every line of the guide works as typed, by the account that types it", .enabled(if: getuid() == 0))
    func typed() throws {
        let page = try String(
            contentsOfFile:
                "\(SharedData.repository)/Sources/Workflows/Workflows.docc/Guides/TwoPeopleAndCI.md", encoding: .utf8)
        let steps = GuideTests.steps(page)
        #expect(steps.count > 50, "found \(steps.count) commands in the guide")
        let directory = try TemporaryDirectory()
        try prepare(directory)
        for step in steps {
            let account = try #require(GuideTests.accounts[step.account])
            let home = directory.file(step.account), clone = "\(home)/bars"
            let result = try RunProgram.run(
                "/usr/bin/setpriv",
                [
                    "--reuid", "\(account)", "--regid", "\(GuideTests.group)", "--clear-groups", "/bin/sh", "-c",
                    step.command.replacingOccurrences(of: "/srv/models", with: directory.file("models")),
                ],
                in: Paths.isDirectory(clone) ? clone : home,
                environment: [
                    "HOME": home, "HFTML": directory.file("hftml"), "PATH": "\(directory.file("bin")):/usr/bin:/bin",
                    "HFTML_KEYS_DIRECTORY": "", "GIT_AUTHOR_NAME": step.account,
                    "GIT_AUTHOR_EMAIL": "\(step.account)@desk",
                    "GIT_COMMITTER_NAME": step.account, "GIT_COMMITTER_EMAIL": "\(step.account)@desk",
                ])
            try #require(
                result.status == step.status,
                "\(step.account)$ \(step.command)\n\(result.output.suffix(1500))\(result.errors.suffix(1500))")
        }
    }

    /// What the page takes for granted: a team's directory, homes, a clone of this project, the programs.
    private func prepare(_ directory: TemporaryDirectory) throws {
        chmod(directory.path, 0o755)
        for (name, account) in GuideTests.accounts {
            try Paths.makeDirectory(directory.file(name))
            #expect(chown(directory.file(name), account, GuideTests.group) == 0)
        }
        let models = directory.file("models")
        try Paths.makeDirectory(models)
        #expect(chown(models, 0, GuideTests.group) == 0 && chmod(models, 0o2775) == 0)
        let files = try RunProgram.run(
            "/usr/bin/git", ["ls-files", "-z", "Pipelines", "Data", "Registry"], in: SharedData.repository)
        for file in files.output.split(separator: "\0") {
            let target = directory.file("hftml/\(file)")
            try Paths.makeDirectory(Paths.parent(target))
            try FileManager.default.copyItem(atPath: "\(SharedData.repository)/\(file)", toPath: target)
        }
        // Other accounts may not reach the build's directory.
        let built = Paths.parent(RunProgram.hftml), copied = directory.file("bin")
        try Paths.makeDirectory(copied)
        for name in ["hftml", "hftml-runtime"] {
            let source = "\(built)/\(name)", target = "\(copied)/\(name)"
            if link(source, target) != 0 { try FileManager.default.copyItem(atPath: source, toPath: target) }
        }
        for name in try Paths.entries(built) where name.hasSuffix(".resources") {
            try FileManager.default.copyItem(atPath: "\(built)/\(name)", toPath: "\(copied)/\(name)")
        }
    }
}
