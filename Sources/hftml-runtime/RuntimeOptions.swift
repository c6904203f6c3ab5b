import ArgumentParser
import Basics
import Deployment
import Foundation

/// What every command takes.
struct RuntimeOptions: ParsableArguments {
    @Argument(help: "The environment: its directory or its runtime.json.", completion: .directory) var environment:
        String
    @Flag(help: "Print one JSON document on stdout.") var json = false
    @Flag(name: .shortAndLong, help: "Print nothing but errors.") var quiet = false

    /// A line of the product.
    ///
    /// - Throws: ``StandardStream/WriteError``.
    func emit(_ text: String) throws { if !quiet { try StandardStream.write(text + "\n") } }

    /// The receipt of what a person did.
    func emit(act receipt: Receipt) throws { try emit(json ? receipt.json.text(.pretty) : receipt.text) }

    /// Runs `body`; errors become sentences and exit codes.
    func guarding(_ body: () throws -> Void) throws {
        do { try body() } catch let code as ExitCode {
            throw code
        } catch let error as StandardStream.WriteError where error.isBrokenPipe {
            // The reader has seen enough: the status of a program that SIGPIPE ends, and no words.
            throw ExitCode(128 + SIGPIPE)
        } catch let error as any UserFacingError {
            if json {
                try? emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "error": .map([
                            "code": .string(error.code), "message": .string(error.message), "hint": .string(error.hint),
                        ]),
                    ]).text(.pretty))
            }
            StandardStream.say("error: \(error.description)\n")
            throw ExitCode(error.exitStatus.rawValue)
        }
    }
}
