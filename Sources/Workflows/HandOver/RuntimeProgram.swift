import Basics
import Foundation

/// The program of the trading host, as it stands beside this one.
package enum RuntimeProgram {
    package static let port = RuntimePort(
        accept: { try run(["accept", $0, "--quiet"]) },
        replay: { try run(["replay", $0] + $1 + ["-o", "\($0)/journal/probe", "--quiet"]) },
        rollBack: { try run(["rollback", $0, "--by", $1, "--reason", $2, "--quiet"]) },
        halt: { try run(["halt", $0, "--by", $1, "--reason", $2, "--quiet"]) })

    /// Where the program stands: beside this one.
    ///
    /// - Throws: ``Failure`` with code `runtime.program`.
    static func path() throws -> String {
        guard let own = ProcessIdentity.program else {
            throw Failure("runtime.program", "cannot find the directory of this program")
        }
        return Paths.join(Paths.parent(own), "hftml-runtime")
    }

    /// Runs a program to its end.
    ///
    /// - Returns: its exit status; 128 + signal for a killed one.
    /// - Throws: ``Failure`` with code `runtime.program` when it is not there or cannot be started.
    static func run(_ path: String, _ arguments: [String], prepare: (Process) throws -> Void) throws -> Int32 {
        guard Paths.exists(path) else {
            throw Failure(
                "runtime.program", "found no hftml-runtime at '\(path)'", hint: "build it with: ./hftml --version")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        try prepare(process)
        do { try process.run() } catch { throw Failure("runtime.program", "cannot start '\(path)': \(error)") }
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// - Throws: ``Failure`` with code `runtime.program`, or `runtime.ended` when it ends with an error.
    private static func run(_ arguments: [String]) throws {
        // Its product is conversation here: this program's stdout belongs to its own product.
        let status = try run(try path(), arguments) { $0.standardOutput = FileHandle.standardError }
        // Status 2 is a refused bundle; the receipt says why.
        guard status == 0 || status == 2 else {
            throw Failure(
                "runtime.ended",
                "hftml-runtime \(arguments[0]) ended with status \(status), for the reason above",
                hint: "look at the environment: hftml-runtime status \(arguments[1])")
        }
    }
}
