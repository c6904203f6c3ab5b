import Basics
import Identity

/// A caller in a workspace in; who an act is recorded under, out: the account of the system, or the CI job that a
/// verified token names.
package enum ActingIdentity {
    /// - Throws: ``Failure`` with code `identity.token` or `identity.issuer`: a token that is there and does not count
    ///   is an error, never passed over.
    static func actor(_ session: Session) throws -> String {
        guard let text = session.caller.environment["HFTML_ID_TOKEN"], !text.isEmpty else {
            return session.caller.actor
        }
        let token = text.hasPrefix("/") ? try FileChunks.text(text) : text
        return try IDToken(
            token.filter { !$0.isWhitespace }, issuers: try issuers(session), at: session.clock.now()
        ).actor
    }

    /// Issuers as Git's newest commit has them; as the disk has them outside Git.
    private static func issuers(_ session: Session) throws -> [TokenIssuer] {
        let directory = "\(session.root)/Registry/issuers", tracked = try TrackedFiles(session)
        guard Paths.isDirectory(directory) else { return [] }
        return try Paths.entries(directory).filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
            let path = "Registry/issuers/\(name)"
            return try tracked.vouchedFor(path).map {
                try TokenIssuer(try JSONParser.parse($0, file: path), place: path)
            }
        }
    }

    /// People whom an actor on record stands for: `ann@desk-3` is ann, `ci:group/project@main (ann)` the job and ann.
    package static func people(_ actor: String) -> Set<String> {
        var people: Set<String> = []
        if let first = actor.split(separator: "@").first { people.insert(String(first)) }
        if actor.hasPrefix("ci:"), actor.hasSuffix(")"), let open = actor.lastIndex(of: "(") {
            people.insert(String(actor[actor.index(after: open)...].dropLast()))
        }
        return people
    }
}
