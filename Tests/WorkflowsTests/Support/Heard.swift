import Synchronization
import Workflows

/// What a caller is told.
final class Heard: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    /// Lines about root keys that nobody pinned.
    var unpinned: [String] { all.filter { $0.hasPrefix("nobody has pinned") } }

    /// Another session on a project, whose lines are kept here.
    func session(_ project: TestProject) throws -> Session {
        try Session(
            Caller(
                actor: "ann@desk", environment: ["HFTML_KEYS_DIRECTORY": project.file("Registry/keys")],
                directory: project.root,
                conversation: Conversation(say: { line in self.lines.withLock { $0.append(line) } })))
    }
}
