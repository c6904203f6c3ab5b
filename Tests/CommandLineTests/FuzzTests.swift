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
}
