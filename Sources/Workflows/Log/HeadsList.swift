import Basics
import ModelBundles
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

    /// What of a text is handed on: no line that is no envelope. Nothing that was signed here is lost with it, and what
    /// somebody brought in the place of the list, such as a private key, gets to nobody.
    private static func signed(_ text: String) -> String {
        text.textLines().filter { (try? Envelope(String($0))) != nil }.map { $0 + "\n" }.joined()
    }

    /// The text with a head behind it, on a line of its own: the last line may have lost its end.
    static func text(_ text: String, adding head: String) -> String {
        text + (text.isEmpty || text.utf8.last == UInt8(ascii: "\n") ? "" : "\n") + head + "\n"
    }

    /// Called by whoever holds the lock of the list.
    ///
    /// - Throws: ``Failure`` with code `file.special` for a link, which Git may have brought.
    static func add(_ head: AuditHead, session: Session) throws {
        let path = path(session), earlier = signed(try OwnFile.text(path))
        try AtomicFile.write(text(earlier, adding: head.envelope), to: path)
    }
}
