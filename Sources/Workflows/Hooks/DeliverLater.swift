import Basics
import Foundation
import Registry

/// A change on record in; a process of its own that tells the hooks of it, out. No command waits for a hook.
package enum DeliverLater {
    /// Starts the delivery beside the command, where anybody wants to hear. What it says goes to `hooks-UID.log`, one
    /// file an account, beside the registry's checkpoints; what fails waits for the next one.
    ///
    /// - Throws: ``Failure``, ``FileError`` when it cannot be started; the events wait then.
    package static func start(session: Session) throws {
        guard session.caller.environment[DeliverEvents.isUnderWay] == nil, session.appendedEntries > 0,
            try session.registry().hasSubscriptions(), let program = ProcessIdentity.program
        else { return }
        let log = path("hooks-\(geteuid()).log", session: session)
        try Paths.makeDirectory(Paths.parent(log))
        let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard output >= 0 else { throw FileError("open", log) }
        defer { close(output) }
        if lseek(output, 0, SEEK_END) > 1 << 20 { ftruncate(output, 0) }
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard nothing >= 0 else { throw FileError("open", "/dev/null") }
        defer { close(nothing) }
        _ = try ChildProcess(
            [program, "-C", session.root, "hooks", "deliver", "--waiting"], environment: session.caller.environment,
            leadsGroup: true, input: nothing, output: output, errors: output)
    }

    /// The longest pause that a delivery in the background waits for; a longer one is left to the next.
    private static let patience = 32

    /// Delivers what waits, with pauses for hooks that fail. Of several at once one works, one waits for its turn and
    /// will see everything that is on record by then, and the others have nothing to add.
    ///
    /// - Returns: what the last look achieved; nil where another one does it.
    package static func run(_ name: String?, session: Session) async throws -> DeliverEvents.Summary? {
        struct Taken: Error {}
        var pause = 1
        while true {
            let turn: FileLock
            do {
                turn = try FileLock(path(".hooks-next.lock", session: session), onWait: { throw Taken() })
            } catch is Taken { return nil }
            let work = try FileLock(path(".hooks.lock", session: session))
            withExtendedLifetime(consume turn) {}
            let summary = try await DeliverEvents().run(name, isPaced: true, session: session)
            withExtendedLifetime(consume work) {}
            guard !summary.failures.isEmpty, pause <= patience else { return summary }
            try await Task.sleep(nanoseconds: UInt64(pause) * 1_000_000_000)
            pause *= 2
        }
    }

    private static func path(_ name: String, session: Session) -> String {
        Paths.join(Paths.parent(session.registryPath), "checkpoints/\(name)")
    }
}
