import Basics
import Foundation
import TestSupport
import Testing

private let program = "\(Paths.parent(RunProgram.hftml))/Fuzz"

/// Every reader of the package on damaged files; see `Tests/Fuzz`.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: program), "needs the built programs"))
struct FuzzTests {
    @Test("two thousand damaged inputs end no reader by a signal, ten seconds of work or a gigabyte")
    func damaged() throws {
        let directory = try TemporaryDirectory()
        let result = try RunProgram.run(
            program, ["run", "--count", "2000", "--seed", "1"], in: directory.path)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("surfaces, seed 1: 0 faults"), "\(result.output)")
    }

    @Test("forty commands in damaged projects, or damaged themselves, answer with 0, 1, 2 or 64")
    func commands() throws {
        let directory = try TemporaryDirectory()
        let result = try RunProgram.run(
            program, ["commands", "--count", "40", "--seed", "1", "--program", RunProgram.hftml], in: directory.path)
        #expect(result.status == 0 && result.output.contains("40 commands, seed 1: 0 faults"), "\(result)")
    }
}
