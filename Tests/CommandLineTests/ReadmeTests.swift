import Basics
import Foundation
import TestSupport
import Testing

/// The README is typed as it stands, from the first line to the last, in a copy of the repository.
@Suite struct ReadmeTests {
    /// Lines of code blocks that begin with `./hftml`, without their comments; lines that end in `\` go on.
    static func commands(_ readme: String) -> [String] {
        var commands: [String] = [], isOpen = false
        for line in readme.split(separator: "\n", omittingEmptySubsequences: false) where line.hasPrefix("    ") {
            let text = line.trimmingCharacters(in: .whitespaces)
            if isOpen, let last = commands.popLast() {
                commands.append(last.dropLast() + text)
            } else if text.hasPrefix("./hftml ") {
                commands.append(text)
            } else {
                continue
            }
            isOpen = text.hasSuffix("\\")
        }
        return commands.map { $0.components(separatedBy: "  #")[0].trimmingCharacters(in: .whitespaces) }
    }

    @Test("every command of the README works as typed, in order")
    func commandsWork() throws {
        let readme = try String(contentsOfFile: "\(SharedData.repository)/README.md", encoding: .utf8)
        let commands = ReadmeTests.commands(readme)
        #expect(commands.count > 20, "found \(commands.count) commands in the README")
        #expect(commands.first == "./hftml repro Pipelines/demo")
        let directory = try TemporaryDirectory()
        let repository = try TestRepository(in: directory, named: "hftml")
        let files = try RunProgram.run("/usr/bin/git", ["ls-files", "-z"], in: SharedData.repository).output
        for file in files.split(separator: "\0") where !file.hasPrefix("Sources/") && !file.hasPrefix("Tests/") {
            let target = repository.file(String(file))
            try FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: "\(SharedData.repository)/\(file)", toPath: target)
        }
        // The wrapper would build; what it runs is what is tested here.
        try repository.remove("hftml")
        try FileManager.default.createSymbolicLink(
            atPath: repository.file("hftml"), withDestinationPath: RunProgram.hftml)
        try repository.commit("as cloned")
        for command in commands {
            let result = try RunProgram.run(
                "/bin/sh", ["-c", command], in: repository.path,
                environment: [
                    "HOME": directory.path, "GIT_AUTHOR_NAME": "ann", "GIT_AUTHOR_EMAIL": "ann@desk",
                    "GIT_COMMITTER_NAME": "ann", "GIT_COMMITTER_EMAIL": "ann@desk",
                ])
            #expect(result.status == 0, "\(command)\n\(result.output.suffix(500))\(result.errors.suffix(500))")
        }
    }

    @Test("the README stays short, within its lines")
    func size() throws {
        let lines = try String(contentsOfFile: "\(SharedData.repository)/README.md", encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 200)
        for line in lines { #expect(line.count <= 120, "\(line)") }
    }
}
