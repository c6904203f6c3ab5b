import Basics
import Deployment

/// A further host whose documents are older than the project's: what it refuses, and whom it does not know yet, follows
/// from that, so they are brought to it first.
enum OlderDocuments {
    /// Says so, before anything else fails by it.
    ///
    /// - Parameter document: the newest at the host.
    /// - Returns: what to do; nil where the host has the newest document that lies here.
    @discardableResult
    static func tell(_ files: EnvironmentFiles, _ document: EnvironmentAuthority, session: Session) -> String? {
        guard files.name.contains("/"),
            let own = try? EnvironmentFiles.made(document.name, session: session),
            let newest = try? own.newest(at: session.clock.now()).authority, newest.counter > document.counter
        else { return nil }
        let command = "hftml environments deliver \(own.name) --to \(files.host.directory)"
        session.caller.conversation.say(
            "the host in '\(files.name)' has document \(document.counter) of '\(document.name)', and document "
                + "\(newest.counter) lies here: \(command)")
        return command
    }
}
