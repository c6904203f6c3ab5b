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

    /// Where the environment lies: as it was typed, or its name, where the current directory is a project's. In an
    /// emergency people type the word that they know.
    ///
    /// - Throws: as ``DeploymentDirectory/init(_:)``.
    func directory() throws -> DeploymentDirectory {
        let named = "Registry/environments/\(environment)"
        let isName = !environment.isEmpty && !environment.contains("/") && !Paths.exists(environment)
        return try DeploymentDirectory(
            isName && Paths.isDirectory(named) ? named : environment,
            standing: ProcessInfo.processInfo.environment["PWD"])
    }

    /// A document, as it is.
    ///
    /// - Throws: ``StandardStream/WriteError``.
    func emit(_ document: JSONValue) throws {
        if !quiet { try StandardStream.write(document.text(.pretty) + "\n") }
    }

    /// A line for people. Names, persons and reasons in it are others' words: whatever would move a cursor, ring or
    /// begin another line is written out.
    ///
    /// - Throws: ``StandardStream/WriteError``.
    func emit(line text: String) throws {
        if !quiet { try StandardStream.write(Escaping.terminal(text) + "\n") }
    }

    /// The receipt of what a person did.
    func emit(act receipt: Receipt) throws {
        if json { try emit(receipt.json) } else { try emit(line: receipt.text) }
    }

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
                    ]))
            }
            // Only what a code says beyond the message is worth a line; wrong usage is explained by its help.
            let isExplained = error.exitStatus != .usage && ErrorCatalogue.entry(error.code) != nil
            let more = isExplained ? "\n  more: hftml explain \(error.code)" : ""
            StandardStream.say("error: \(Escaping.terminal(error.description + more, keepsLines: true))\n")
            throw ExitCode(error.exitStatus.rawValue)
        }
    }
}
