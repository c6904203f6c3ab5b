import Basics
import Deployment
import ModelBundles
import Registry

/// Documents that rest on root keys which were ended: whoever stole one goes on with it, where nobody asks who ended it
/// since.
extension DocumentsOnRecord {
    /// A document here beyond those on record, signed by keys that were ended, as far as the log and the files tell,
    /// and that nothing in the log speaks of before they were. A signer's own date is no proof of when.
    func unstanding(_ files: EnvironmentFiles, session: Session) throws -> DocumentsHere.Unstanding? {
        let said = try SignedRevocations(session).said
        guard !said.isEmpty, let found = DocumentsHere(files, said: said).unstanding(own(files)) else { return nil }
        let ids = Set(found.by.map(\.id))
        let first = said.filter { ids.contains($0.statement.keyID) }.map(\.sequence).min() ?? .max
        // Another clone, with a registry of its own, completed it, and what was done by it here is of before.
        let isUsed = try session.registry().auditEntries().contains {
            $0.sequence < first && $0.detail.contains(found.document.digest)
        }
        return isUsed ? nil : found
    }

    /// - Throws: ``Failure`` with code `authority.signatures` for one.
    func requireStanding(_ files: EnvironmentFiles, session: Session) throws {
        guard let found = try unstanding(files, session: session) else { return }
        let name = files.host.name, place = "Registry/environments/\(name)"
        let number = found.document.authority.counter
        let kept = found.before.map {
            " && cp \(place)/authority/\($0.authority.counter).json \(place)/authority.json"
        }
        throw Failure(
            "authority.signatures", DocumentsOnRecord.message(found, name),
            hint: files.name != name
                ? "stop that host: hftml-runtime halt \(Inbox.word(files.host.directory)) --by PERSON --reason TEXT"
                : "where all of you know it, a root key that is left signs the next one: hftml environments sign "
                    + "\(name) --as KEY; where you do not, take it away: rm \(place)/authority/\(number).json"
                    + (kept ?? ""),
            exitStatus: .refused)
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
        "found document \(found.document.authority.counter) of '\(name)', which is not on record, signed by "
            + found.by.map { "'\($0.name)'" }.joined(separator: ", ")
            + ", whose key has been ended since or before: too few others signed it"
    }
}
