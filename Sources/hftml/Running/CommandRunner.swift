import ArgumentParser
import Basics
import Documents
import Foundation
import Workflows

/// Runs the work of a command: makes its caller, turns errors into sentences and exit codes, tells hooks.
enum CommandRunner {
    static func run<T>(_ common: CommonOptions, _ body: (CommandContext) async throws -> T) async throws -> T {
        do {
            let isQuiet = common.quiet
            let conversation = Conversation(
                say: { if !isQuiet { StandardStream.say($0 + "\n") } }, askSecret: SecretPrompt.ask)
            let caller = try Caller.ofProcess(
                directory: common.directory, logger: common.logger, conversation: conversation)
            let context = CommandContext(caller, common)
            let product: T
            do { product = try await body(context) } catch {
                // A refusal is an event as well.
                announce(context)
                throw error
            }
            announce(context)
            return product
        } catch {
            throw ending(error, common)
        }
    }

    /// Shows what a command made, and says so where stdout does not take it.
    static func showing(_ common: CommonOptions, _ body: () throws -> Void) throws {
        do { try body() } catch { throw ending(error, common) }
    }

    /// Says what is wrong; how the program ends.
    private static func ending(_ error: any Error, _ common: CommonOptions) -> any Error {
        switch error {
        case is ExitCode, is CleanExit: error
        // The reader has seen enough: the status of a program that SIGPIPE ends, and no words.
        case let error as StandardStream.WriteError where error.isBrokenPipe: ExitCode(128 + SIGPIPE)
        case let error as any UserFacingError: fail(error, common)
        // 130 for Ctrl-C, 143 for a request to end, 129 for a closed terminal.
        case is CancellationError:
            ExitCode(Interruption.signalNumber.map { 128 + $0 } ?? ExitStatus.interrupted.rawValue)
        default: fail(Failure("internal", "\(error)"), common)
        }
    }

    /// Has hooks told of what this command appended to the log, without waiting for any of them.
    private static func announce(_ context: CommandContext) {
        guard let session = context.sessionInUse else { return }
        do { try DeliverLater.start(session: session) } catch {
            let reason = (error as? any UserFacingError)?.message ?? "\(error)"
            context.terminal.say("hooks were not told (\(reason)); tell them with: hftml hooks deliver")
        }
    }

    private static func fail(_ error: any UserFacingError, _ common: CommonOptions) -> ExitCode {
        let terminal = common.terminal, document = ErrorDocument(error)
        // Where stdout cannot take it, the sentence on stderr is all there is.
        if common.json { try? emit(document.json.text(.pretty)) }
        terminal.clearLine()
        StandardStream.say(document.text(terminal.style) + "\n")
        return ExitCode(error.exitStatus.rawValue)
    }
}
