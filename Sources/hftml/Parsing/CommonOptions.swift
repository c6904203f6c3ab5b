import ArgumentParser
import Basics
import Foundation
import Logging

/// Options that every command takes.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .customShort("C"), help: ArgumentHelp("Run as if started in this directory.", valueName: "dir"),
        completion: .directory)
    var directories: [String] = []

    /// The directories of all `-C`, each starting from the one before, as Git reads them; nil without any.
    var directory: String? {
        directories.dropFirst().reduce(directories.first) { known, next in known.map { Paths.join($0, next) } }
    }

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
        StandardStream.say("\(question) [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    /// Asks before what cannot be taken back, on a terminal alone: a script has nobody to ask, and goes on.
    ///
    /// - Parameter plan: what will be done, for who is asked.
    /// - Throws: ``Failure`` with code `usage.declined`.
    func confirmFinal(_ question: String, plan: () throws -> String) throws {
        guard !yes, isatty(STDIN_FILENO) == 1 else { return }
        terminal.say(try plan())
        guard try confirms(question) else {
            throw Failure("usage.declined", "nothing was done", hint: "answer y, or say --yes")
        }
    }

    var terminal: Terminal { Terminal(noColor: noColor, isQuiet: quiet) }
}
