import ArgumentParser
import Basics
import Foundation
import Logging
import Registry
import Workflows

/// Options that every command takes.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .customShort("C"), help: ArgumentHelp("Run as if started in this directory.", valueName: "dir"),
        completion: .directory)
    var directory: String?

    @Flag(name: .long, help: "Print one JSON document on stdout and nothing else there.")
    var json = false

    @Flag(name: .shortAndLong, help: "Say less on stderr.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Also log what happens behind the scenes, on stderr.")
    var verbose = false

    @Flag(name: .long, help: "Do what otherwise asks to be confirmed.")
    var yes = false

    @Flag(name: .long, help: "No colour.")
    var noColor = false

    /// Handed to workflows; says nothing unless it was asked to.
    var logger: Logger {
        var logger = Logger(label: "hftml", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = verbose ? .debug : .critical
        return logger
    }

    /// Asks on a terminal; without one, only --yes is a yes.
    func confirms(_ question: String) throws -> Bool {
        if yes { return true }
        guard isatty(STDIN_FILENO) == 1 else {
            throw Failure(
                "usage.confirm", "found no terminal to ask '\(question)' on",
                hint: "look at what is said above, and add --yes", exitStatus: .usage)
        }
        FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    var terminal: Terminal { Terminal(noColor: noColor, isQuiet: quiet) }
}

/// A command of hftml: its `perform` does the work, and its errors become sentences and exit codes in one place.
protocol HftmlCommand: AsyncParsableCommand {
    var common: CommonOptions { get }
    mutating func perform() async throws
}

extension HftmlCommand {
    mutating func run() async throws {
        if let directory = common.directory, !FileManager.default.changeCurrentDirectoryPath(directory) {
            try Self.fail(FileError("enter", directory), common)
        }
        do {
            do { try await perform() } catch {
                // A refusal is an event as well.
                await announce()
                throw error
            }
            await announce()
        } catch let code as ExitCode {
            throw code
        } catch let error as any UserFacingError {
            try Self.fail(error, common)
        } catch is CancellationError {
            throw ExitCode(ExitStatus.interrupted.rawValue)
        } catch {
            try Self.fail(Failure("internal", "\(error)"), common)
        }
    }

    /// Tells hooks of what this command appended to the log. A hook that fails is a line on stderr, not a failed
    /// command: the event waits for the next delivery.
    private func announce() async {
        guard RegistryDatabase.appendedEntries > 0,
            ProcessInfo.processInfo.environment[DeliverEvents.isUnderWay] == nil, let project = try? Project.find(),
            let summary = try? await DeliverEvents().run(limit: 20, project: project)
        else { return }
        for line in summary.failures { common.terminal.say("hook \(line)") }
        if summary.waiting > 0 { common.terminal.say("more events wait; deliver them with: hftml hooks deliver") }
    }

    private static func fail(_ error: any UserFacingError, _ common: CommonOptions) throws -> Never {
        let terminal = common.terminal
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1),
                    "error": .map([
                        "code": .string(error.code), "message": .string(error.message), "hint": .string(error.hint),
                    ]),
                ]).text(.pretty))
        }
        terminal.clearLine()
        var text = terminal.paint("error:", .red) + " \(error.message)\n"
        if let hint = error.hint { text += terminal.paint("  hint:", .dim) + " \(hint)\n" }
        FileHandle.standardError.write(Data(text.utf8))
        throw ExitCode(error.exitStatus.rawValue)
    }

    /// `a.b=value` pairs; the value is read as YAML reads it.
    static func assignments(_ texts: [String]) throws -> [(String, JSONValue)] {
        try texts.map { text in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw Failure("usage.set", "found '\(text)' after --set, expected KEY=VALUE", exitStatus: .usage)
            }
            return (String(text[..<equals]), Assignment.value(String(text[text.index(after: equals)...])))
        }
    }

    func refuse() -> ExitCode { ExitCode(ExitStatus.refused.rawValue) }
}

/// Notices Ctrl-C without ending the process, so that work can stop at a safe place.
enum Interruption {
    nonisolated(unsafe) private static var isRequested: sig_atomic_t = 0

    static func watch() {
        signal(SIGINT) { _ in Interruption.isRequested = 1 }; signal(SIGTERM) { _ in Interruption.isRequested = 1 }
    }
    static var isPending: Bool { isRequested != 0 }
}
