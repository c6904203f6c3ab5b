import Basics
import Documents
import Workflows

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

    /// The absolute directory that typed paths start from.
    var directory: String { Paths.absolute(caller.path(".")) }

    /// A typed address or path; what was typed as a relative path stays one, so that files may keep it relative to
    /// themselves.
    func relative(_ typed: String) -> String {
        let isRelative = !typed.hasPrefix("/") && !typed.hasPrefix("~") && !typed.contains("://")
        guard isRelative, caller.directory != nil else { return typed }
        // Nothing is relative to a working directory that has been removed.
        guard let start = Paths.workingDirectory else { return caller.path(typed) }
        return Paths.relative(caller.path(typed), to: start)
    }

    /// Where data goes that may be given a path; the directory of the command where none was typed.
    func target(_ typed: String?) -> String? { typed.map(path) ?? caller.directory }

    /// A line of conversation, on stderr.
    func say(_ text: String) { terminal.say(text) }

    /// Shows what was done before the command fails: with `--json` only the error is printed.
    func showBeforeFailing(_ document: some Document) { if !common.json { try? terminal.show(document) } }

    /// Work with a progress bar on a terminal.
    func progress<T>(_ label: String, _ body: (TransferMeter) throws -> T) rethrows -> T {
        try withProgress(terminal, label, body)
    }
}
