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

    /// Numbers of those here that stand by the log, and the first of which nobody can tell; `.max` where everybody can.
    func standing(_ files: EnvironmentFiles) -> (numbers: Set<Int>, questioned: Int) {
        let found = DocumentsHere(files, said: said).standing(entries[files.host.name] ?? [])
        return (Set(found.roots.keys), found.questioned.first?.document.authority.counter ?? .max)
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
        let number = found.document.authority.counter, place = "Registry/environments/\(name)"
        guard files.name == name else { return StrayedHost.way(files.host) }
        let isAtHost = here.accepted.map { $0.counter >= number && here.digest($0.counter) == $0.digest } ?? false
        let paths = here.numbers(from: number).map { " \(place)/authority/\($0).json" }.joined()
        let kept = found.before.map {
            " && cp \(place)/authority/\($0.authority.counter).json \(place)/authority.json"
        }
        var way = ""
        if found.isMendable {
            way =
                "where all of you know it, root keys that are left sign the next one: hftml environments sign \(name) "
                + "--as KEY; where you do not, "
        } else if !found.isOnRecord {
            way = "where all of you know it, it goes on: too few keys are left to say so; where you do not, "
        }
        way +=
            "take back what came with it (git checkout COMMIT -- \(place)/environment.yaml), then take it away: rm"
            + paths + (kept ?? "")
        // No document of before, and none that follows from one, brings a host back that has accepted it.
        return isAtHost ? "its host has accepted it: \(StrayedHost.way(files.host)); \(way)" : way
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
