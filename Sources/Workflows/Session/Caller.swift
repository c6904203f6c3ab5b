package import Basics
import Foundation
import Identity
package import Logging

/// Who runs something, from where and when: what a command line or a request brings along.
///
/// It is made once, at the edge of the process, and passed down. Nothing below reads the environment, the working
/// directory or the clock behind its back.
package struct Caller: Sendable {
    /// The account of the system and the machine, as in `ann@desk-3`: who changes are recorded under, unless a CI's
    /// token says better.
    package let actor: String
    /// With whoever sits at the terminal.
    package let conversation: Conversation
    package let clock: Clock
    package let logger: Logger
    /// Variables of the environment, as they were when the process started.
    package let environment: [String: String]
    /// The directory that typed paths start from, without symbolic links, as the working directory of a process has
    /// none: `..` leads to the parent of the real directory, and locks and Git know it by one name. Nil for that of the
    /// process.
    package let directory: String?
    /// The same as it was named, where that leads through symbolic links: typed absolute paths may begin with it.
    private let nameOfDirectory: String?

    package init(
        actor: String, clock: Clock = .system, logger: Logger = Caller.silent, environment: [String: String] = [:],
        directory: String? = nil, conversation: Conversation = Conversation()
    ) {
        self.actor = actor
        self.conversation = conversation
        self.clock = clock
        self.logger = logger
        self.environment = environment
        self.directory = directory.map { Paths.absolute(Paths.resolved($0)) }
        nameOfDirectory = directory.map { Paths.absolute($0) }
    }

    /// The caller of this process: the account that it runs under, by the system's word, at this machine. No variable
    /// decides it: whoever starts a job could set one.
    ///
    /// - Parameter directory: where typed paths start; the process's directory when nil.
    /// - Parameter workingDirectory: of the process; nil where it has been removed.
    /// - Throws: ``FileError`` where there is no such directory; ``Failure`` with code `caller.no-directory` where the
    ///   working directory has been removed and no absolute one is named.
    package static func ofProcess(
        directory: String? = nil, logger: Logger = Caller.silent,
        workingDirectory: String? = Paths.workingDirectory, conversation: Conversation = Conversation()
    ) throws -> Caller {
        if workingDirectory == nil, directory?.hasPrefix("/") != true {
            throw Failure(
                "caller.no-directory", "found that the working directory has been removed",
                hint: "change to a directory that is there (cd /path), or name one: hftml -C /path COMMAND")
        }
        if let directory, !Paths.isDirectory(directory) {
            throw FileError("enter", directory, number: Paths.exists(directory) ? ENOTDIR : ENOENT)
        }
        let environment = ProcessInfo.processInfo.environment, account = Account.current.name
        if let told = environment["HFTML_USER"], told != account {
            conversation.say(
                "HFTML_USER decides nothing any more: acts are recorded under '\(account)', or whom HFTML_ID_TOKEN "
                    + "proves")
        }
        return Caller(
            actor: "\(account)@\(ProcessInfo.processInfo.hostName)", logger: logger,
            environment: environment, directory: directory, conversation: conversation)
    }

    /// A logger that says nothing.
    package static var silent: Logger { Logger(label: "hftml", factory: { _ in SwiftLogNoOpLogHandler() }) }

    /// Where a typed path leads: unchanged from the directory of the process, joined to ``directory`` otherwise. An
    /// absolute path that begins with the name that the directory was given is a path in it.
    package func path(_ typed: String) -> String {
        guard let directory else { return typed }
        if let nameOfDirectory, typed.isAtOrBelow(nameOfDirectory) {
            return directory + String(Substring(typed.utf8.dropFirst(nameOfDirectory.utf8.count)))
        }
        return typed == "." ? directory : Paths.join(directory, typed)
    }
}
