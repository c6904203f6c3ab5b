import ArgumentParser
import Basics
import Documents
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

/// A command of hftml: its ``perform(_:)`` takes options in and gives one document out; errors, exit codes and the
/// choice between JSON and text are made here, once for all commands.
protocol HftmlCommand: AsyncParsableCommand {
    associatedtype Product: Document
    var common: CommonOptions { get }
    mutating func perform(_ context: CommandContext) async throws -> Product
}

extension HftmlCommand {
    mutating func run() async throws {
        let product = try await CommandRunner.run(common) { try await self.perform($0) }
        if common.json {
            emit(product.json.text(.pretty))
        } else {
            let text = product.text(common.terminal.productStyle)
            // Whatever stands in names and files, it moves no cursor.
            if !text.isEmpty { emit(Escaping.terminal(text, keepsLines: true)) }
        }
        if product.isRefusal { throw ExitCode(ExitStatus.refused.rawValue) }
    }
}

/// A command that prints by itself; on its way to ``HftmlCommand``.
protocol LegacyCommand: AsyncParsableCommand {
    var common: CommonOptions { get }
    mutating func perform(_ context: CommandContext) async throws
}

extension LegacyCommand {
    mutating func run() async throws {
        try await CommandRunner.run(common) { try await self.perform($0) }
    }
}

/// What a command may ask for: who runs it, the session of the workspace around, and the terminal.
final class CommandContext {
    let caller: Caller
    let common: CommonOptions
    private var known: Session?

    init(_ caller: Caller, _ common: CommonOptions) {
        self.caller = caller
        self.common = common
    }

    var terminal: Terminal { common.terminal }

    /// The session of this command, made when it is first asked for.
    ///
    /// - Throws: ``Failure`` with code `data.no-workspace`.
    func session() throws -> Session {
        if let known { return known }
        let session = try Session(caller)
        known = session
        return session
    }

    /// The session, if this command has asked for it.
    var sessionInUse: Session? { known }

    /// The session where there is a workspace.
    var sessionIfAny: Session? { known ?? (try? session()) }

    /// Where a typed path leads.
    func path(_ typed: String) -> String { caller.path(typed) }
}

/// Runs the work of a command: makes its caller, turns errors into sentences and exit codes, tells hooks.
enum CommandRunner {
    static func run<T>(_ common: CommonOptions, _ body: (CommandContext) async throws -> T) async throws -> T {
        do {
            if let directory = common.directory, !FileManager.default.changeCurrentDirectoryPath(directory) {
                throw FileError("enter", directory)
            }
            let context = CommandContext(try Caller.ofProcess(logger: common.logger), common)
            let product: T
            do { product = try await body(context) } catch {
                // A refusal is an event as well.
                await announce(context)
                throw error
            }
            await announce(context)
            return product
        } catch let code as ExitCode {
            throw code
        } catch let exit as CleanExit {
            throw exit
        } catch let error as any UserFacingError {
            throw fail(error, common)
        } catch is CancellationError {
            throw ExitCode(ExitStatus.interrupted.rawValue)
        } catch {
            throw fail(Failure("internal", "\(error)"), common)
        }
    }

    /// Tells hooks of what this command appended to the log. A hook that fails is a line on stderr, not a failed
    /// command: the event waits for the next delivery.
    private static func announce(_ context: CommandContext) async {
        guard context.caller.environment[DeliverEvents.isUnderWay] == nil, let session = context.sessionInUse,
            session.appendedEntries > 0, let summary = try? await DeliverEvents().run(limit: 20, session: session)
        else { return }
        for line in summary.failures { context.terminal.say("hook \(line)") }
        if summary.waiting > 0 { context.terminal.say("more events wait; deliver them with: hftml hooks deliver") }
    }

    private static func fail(_ error: any UserFacingError, _ common: CommonOptions) -> ExitCode {
        let terminal = common.terminal, document = ErrorDocument(error)
        if common.json { emit(document.json.text(.pretty)) }
        terminal.clearLine()
        FileHandle.standardError.write(Data((document.text(terminal.style) + "\n").utf8))
        return ExitCode(error.exitStatus.rawValue)
    }
}

extension ParsableCommand {
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
