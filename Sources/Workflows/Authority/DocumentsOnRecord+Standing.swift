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
        let told = try unstanding(files, session: session).filter { !$0.isOnRecord }
        return told.isEmpty ? nil : told.map { DocumentsOnRecord.message($0, files.host.name) }.joined(separator: "; ")
    }

    /// Documents here that are signed by keys which were ended, as far as the log and the files tell, oldest first. A
    /// signer's own date is no proof of when.
    private func unstanding(_ files: EnvironmentFiles, session: Session) throws -> [DocumentsHere.Unstanding] {
        let said = try SignedRevocations(session).said
        guard !said.isEmpty else { return [] }
        return DocumentsHere(files, said: said).standing(entries[files.host.name] ?? []).questioned
    }

    /// Those here that stand by the log, as the numbers of their root keys.
    func standing(_ files: EnvironmentFiles) -> Set<Int> {
        Set(DocumentsHere(files, said: said).standing(entries[files.host.name] ?? []).roots.keys)
    }

    /// Refuses one that the log took up after its signers were ended. Of one that the log does not tell of, which may
    /// have come from a clone with another registry before that, everybody is told who goes by it.
    ///
    /// - Throws: ``Failure`` with code `authority.signatures`.
    func requireStanding(_ files: EnvironmentFiles, isQuiet: Bool = false, session: Session) throws {
        for found in try unstanding(files, session: session) {
            let message = DocumentsOnRecord.message(found, files.host.name), way = wayOut(found, files)
            guard !found.isOnRecord else {
                throw Failure("authority.signatures", message, hint: way, exitStatus: .refused)
            }
            if !isQuiet { session.caller.conversation.say("\(message); \(way)") }
        }
    }

    private func wayOut(_ found: DocumentsHere.Unstanding, _ files: EnvironmentFiles) -> String {
        let name = files.host.name, here = DocumentsHere(files, said: said)
        let stop = "hftml-runtime halt \(Inbox.word(files.host.directory)) --by PERSON --reason TEXT"
        let number = found.document.authority.counter, place = "Registry/environments/\(name)"
        guard files.name == name else { return "stop that host: \(stop)" }
        let isAtHost = here.accepted.map { $0.counter >= number && here.digest($0.counter) == $0.digest } ?? false
        let kept = found.before.map {
            " && cp \(place)/authority/\($0.authority.counter).json \(place)/authority.json"
        }
        return "where all of you know it, "
            + (found.isMendable
                ? "root keys that are left sign the next one: hftml environments sign \(name) --as KEY"
                : "it goes on: too few keys are left of those before it to say so")
            + "; where you do not, "
            + (isAtHost
                ? "stop the host, which has accepted it and takes none of before any more: \(stop); then let those "
                    + "whose keys are left sign the next one"
                : "take back what came with it (git checkout COMMIT -- \(place)/environment.yaml), then take it away: "
                    + "rm" + here.numbers(from: number).map { " \(place)/authority/\($0).json" }.joined()
                    + (kept ?? ""))
    }

    /// Says so to whoever is about to sign the next one, with what it changed.
    func tellUnstanding(_ files: EnvironmentFiles, session: Session) throws {
        for found in try unstanding(files, session: session) {
            let lines = DocumentChanges.lines(found.before?.authority, found.document.authority)
            session.caller.conversation.say(
                ([DocumentsOnRecord.message(found, files.host.name) + "; what it changed:"] + lines)
                    .joined(separator: "\n"))
        }
    }

    private static func message(_ found: DocumentsHere.Unstanding, _ name: String) -> String {
        "found document \(found.document.authority.counter) of '\(name)' signed by "
            + found.by.map { "'\($0.name)'" }.joined(separator: ", ") + ", whose key was ended"
            + (found.isOnRecord ? " before the log took it up" : ", and nothing on record of when it was signed")
            + ": too few others signed it"
    }
}
