import ArgumentParser
import Basics
import Foundation

/// What every command takes.
struct RuntimeOptions: ParsableArguments {
    @Argument(help: "The environment: its directory or its runtime.json.", completion: .directory) var environment:
        String
    @Flag(help: "Print one JSON document on stdout.") var json = false
    @Flag(name: .shortAndLong, help: "Print nothing but errors.") var quiet = false

    func emit(_ text: String) { if !quiet { FileHandle.standardOutput.write(Data((text + "\n").utf8)) } }

    /// Runs `body`; errors become sentences and exit codes.
    func guarding(_ body: () throws -> Void) throws {
        do { try body() } catch let code as ExitCode { throw code } catch let error as any UserFacingError {
            if json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "error": .map([
                            "code": .string(error.code), "message": .string(error.message), "hint": .string(error.hint),
                        ]),
                    ]).text(.pretty))
            }
            FileHandle.standardError.write(Data("error: \(error.description)\n".utf8))
            throw ExitCode(error.exitStatus.rawValue)
        }
    }
}
