import Basics
import Foundation
import TestSupport
import Testing

/// What cannot be taken back is asked for on a terminal, and done at once without one.
@Suite(
    .enabled(
        if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml)
            && FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs the built programs and python3")
)
struct ConfirmationTests {
    private static func project() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for arguments in [
            ["init", "--no-scm"], ["keys", "generate", "old"], ["keys", "trust", "old", "--role", "risk"],
        ] {
            let result = try RunProgram.run(RunProgram.hftml, arguments, in: directory.path)
            #expect(result.status == 0, "\(result)")
        }
        return directory
    }

    /// On a terminal where a person answers.
    private static func asked(_ directory: TemporaryDirectory, answer: String, _ arguments: String...) throws
        -> RunProgram.Result
    {
        let script = "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/on_terminal.py"
        return try RunProgram.run(
            "/usr/bin/python3", ["-B", script, answer, RunProgram.hftml] + arguments, in: directory.path)
    }

    private static func isRevoked(_ directory: TemporaryDirectory) throws -> Bool {
        try FileChunks.text(directory.file("Registry/trusted/old.pub.json")).contains("revoked")
    }

    @Test("keys revoke shows on a terminal whose key it is and what stops, and asks; no means that nothing is done")
    func revoke() throws {
        let directory = try Self.project()
        let no = try Self.asked(directory, answer: "n", "keys", "revoke", "old", "--reason", "left")
        #expect(no.status == 1 && no.output.contains("Revoke it for good? [y/N]"), "\(no)")
        #expect(no.output.contains("of old") && no.output.contains("no document of an environment names it"), "\(no)")
        #expect(no.output.contains("nothing was done"), "\(no)")
        #expect(try !Self.isRevoked(directory))
        let yes = try Self.asked(directory, answer: "y", "keys", "revoke", "old", "--reason", "left")
        #expect(yes.status == 0, "\(yes)")
        #expect(try Self.isRevoked(directory))
    }

    @Test("with --yes, and without a terminal, keys revoke asks nobody")
    func unasked() throws {
        for arguments in [["--yes"], []] {
            let directory = try Self.project(), revoke = ["keys", "revoke", "old", "--reason", "left"] + arguments
            let result =
                arguments.isEmpty
                ? try RunProgram.run(RunProgram.hftml, revoke, in: directory.path)
                : try Self.asked(directory, answer: "n", "keys", "revoke", "old", "--reason", "left", "--yes")
            #expect(result.status == 0 && !result.output.contains("[y/N]"), "\(result)")
            #expect(try Self.isRevoked(directory))
        }
    }

    @Test("audit accept-loss shows on a terminal what is wrong with the record, and asks")
    func acceptLoss() throws {
        let directory = try Self.project()
        let no = try Self.asked(directory, answer: "n", "audit", "accept-loss", "--as", "old", "--reason", "disk")
        #expect(no.status == 1 && no.output.contains("Give up what is lost, for good? [y/N]"), "\(no)")
        #expect(no.output.contains("nothing was done") && no.output.contains("you sign that"), "\(no)")
        let result = try RunProgram.run(
            RunProgram.hftml, ["audit", "accept-loss", "--as", "old", "--reason", "disk"], in: directory.path)
        #expect(result.errors.contains("nothing is lost"), "\(result)")
    }
}
