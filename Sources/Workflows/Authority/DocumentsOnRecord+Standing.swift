import Basics
import Deployment
import ModelBundles
import Registry

/// Documents that rest on root keys which were ended: whoever stole one goes on with it, where nobody asks who ended it
/// since.
extension DocumentsOnRecord {
    /// For whoever acts by the documents that lie here: the name is ours, no fork is among them, and none rests on keys
    /// that were ended.
    ///
    /// - Throws: ``Failure`` with code `authority.other-root`, `authority.fork`, `authority.signatures`.
    func requireGoverning(_ files: EnvironmentFiles, session: Session) throws {
        try requireOwn(files)
        try requireNoFork(files)
        try requireStanding(files, session: session)
    }

    /// What is told of a document that the log does not tell of, which rests on keys that were ended.
    func note(_ files: EnvironmentFiles, session: Session) throws -> String? {
        try unstanding(files, session: session).flatMap {
            $0.isOnRecord ? nil : DocumentsOnRecord.message($0, files.host.name)
        }
    }

    /// A document here, beyond those on record, that is signed by keys which were ended, as far as the log and the
    /// files tell. A signer's own date is no proof of when.
    private func unstanding(_ files: EnvironmentFiles, session: Session) throws -> DocumentsHere.Unstanding? {
        let said = try SignedRevocations(session).said
        guard !said.isEmpty else { return nil }
        return DocumentsHere(files, said: said).unstanding(own(files), entries[files.host.name] ?? [])
    }

    /// Refuses one that the log took up after its signers were ended. Of one that the log does not tell of, which may
    /// have come from a clone with another registry before that, everybody is told who goes by it.
    ///
    /// - Throws: ``Failure`` with code `authority.signatures`.
    func requireStanding(_ files: EnvironmentFiles, isQuiet: Bool = false, session: Session) throws {
        guard let found = try unstanding(files, session: session) else { return }
        let name = files.host.name, place = "Registry/environments/\(name)"
        let number = found.document.authority.counter
        let kept = found.before.map {
            " && cp \(place)/authority/\($0.authority.counter).json \(place)/authority.json"
        }
        let message = DocumentsOnRecord.message(found, name)
        let hint =
            files.name != name
            ? "stop that host: hftml-runtime halt \(Inbox.word(files.host.directory)) --by PERSON --reason TEXT"
            : "where all of you know it, a root key that is left signs the next one: hftml environments sign \(name) "
                + "--as KEY; where you do not, take back what came with it (git checkout COMMIT -- "
                + "\(place)/environment.yaml), then take it away: rm \(place)/authority/\(number).json" + (kept ?? "")
        guard found.isOnRecord else {
            if !isQuiet { session.caller.conversation.say("\(message); \(hint)") }
            return
        }
        throw Failure("authority.signatures", message, hint: hint, exitStatus: .refused)
    }

    /// Says so to whoever is about to sign the next one, with what it changed.
    func tellUnstanding(_ files: EnvironmentFiles, session: Session) throws {
        guard let found = try unstanding(files, session: session) else { return }
        let lines = DocumentChanges.lines(found.before?.authority, found.document.authority)
        session.caller.conversation.say(
            ([DocumentsOnRecord.message(found, files.host.name) + "; what it changed:"] + lines)
                .joined(separator: "\n"))
    }

    private static func message(_ found: DocumentsHere.Unstanding, _ name: String) -> String {
        "found document \(found.document.authority.counter) of '\(name)' signed by "
            + found.by.map { "'\($0.name)'" }.joined(separator: ", ") + ", whose key was ended"
            + (found.isOnRecord ? " before the log took it up" : ", and nothing on record of when it was signed")
            + ": too few others signed it"
    }
}
