import Basics
import Foundation

/// The program of the trading host, as it stands beside this one.
package enum RuntimeProgram {
    package static let port = RuntimePort(
        accept: { try run(["accept", $0, "--quiet"]) },
        replay: { try run(["replay", $0] + $1 + ["-o", "\($0)/journal/probe", "--quiet"]) },
        rollBack: { try run(["rollback", $0, "--by", $1, "--reason", $2, "--quiet"]) },
        halt: { try run(["halt", $0, "--by", $1, "--reason", $2, "--quiet"]) })

    /// - Throws: ``Failure`` with code `runtime.program` when the program is not there or ends with an error.
    private static func run(_ arguments: [String]) throws {
        guard let own = ProcessIdentity.program else {
            throw Failure("runtime.program", "cannot find the directory of this program")
        }
        let path = Paths.join(Paths.parent(own), "hftml-runtime")
        guard Paths.exists(path) else {
            throw Failure(
                "runtime.program", "found no hftml-runtime at '\(path)'", hint: "build it with: ./hftml --version")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        // Its product is conversation here: this program's stdout belongs to its own product.
        process.standardOutput = FileHandle.standardError
        do { try process.run() } catch { throw Failure("runtime.program", "cannot start '\(path)': \(error)") }
        process.waitUntilExit()
        // Status 2 is a refused bundle; the receipt says why.
        guard process.terminationStatus == 0 || process.terminationStatus == 2 else {
            throw Failure(
                "runtime.ended",
                "hftml-runtime \(arguments[0]) ended with status \(process.terminationStatus), for the reason above",
                hint: "look at the environment: hftml-runtime status \(arguments[1])")
        }
    }
}
