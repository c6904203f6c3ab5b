import Basics
import Registry

/// Every head that was signed here, one a line, in the workspace; it belongs in Git, which may join it, leave marks in
/// it, or give it line ends of Windows. Whoever reads it reads it here, so that all find the same heads in it.
///
///     Registry/audit-heads.jsonl
enum HeadsList {
    static func path(_ session: Session) -> String { "\(session.root)/Registry/audit-heads.jsonl" }

    /// All lines, for their numbers.
    static func lines(_ session: Session) throws -> [String] {
        let path = path(session)
        return Paths.exists(path) ? try FileChunks.text(path).textLines(omittingEmpty: false).map(String.init) : []
    }

    /// The heads among some lines, as they were signed.
    static func heads(among lines: [String]) -> [String] { lines.filter { !$0.isEmpty && !ConflictMarks.isMark($0) } }

    static func heads(_ session: Session) throws -> [String] { heads(among: try lines(session)) }

    /// The text with a head behind it, on a line of its own: the last line may have lost its end.
    static func text(_ text: String, adding head: String) -> String {
        text + (text.isEmpty || text.utf8.last == UInt8(ascii: "\n") ? "" : "\n") + head + "\n"
    }

    /// Called by whoever holds the lock of the list.
    static func add(_ head: AuditHead, session: Session) throws {
        let path = path(session), earlier = Paths.exists(path) ? try FileChunks.text(path) : ""
        try AtomicFile.write(text(earlier, adding: head.envelope), to: path)
    }
}
