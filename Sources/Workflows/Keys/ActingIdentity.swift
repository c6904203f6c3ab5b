import Basics
import Deployment
import Identity

/// A caller in a workspace in; who an act is recorded under, out: the account of the system, or the CI job that a
/// verified token names.
package enum ActingIdentity {
    /// - Throws: ``Failure`` with code `identity.token` or `identity.issuer`: a token that is there and does not count
    ///   is an error, never passed over.
    static func actor(_ session: Session) throws -> String {
        guard let token = try token(session) else { return session.caller.actor }
        return try IDToken(token, issuers: try issuers(session), at: session.clock.now()).actor
    }

    /// Asks at an environment: whoever acts by a CI's token acts by one of an issuer that its signed document names.
    ///
    /// A document of before documents named issuers leaves it to the project.
    ///
    /// - Throws: ``Failure`` with code `identity.token`.
    static func require(_ authority: EnvironmentAuthority, session: Session) throws {
        guard let token = try token(session), let named = authority.issuers else { return }
        let place = "the document of '\(authority.name)'"
        do {
            _ = try IDToken(
                token, issuers: try named.map { try TokenIssuer($0, place: place) }, at: session.clock.now())
        } catch let failure as Failure where failure.code == "identity.token" {
            throw Failure(
                failure.code, "\(failure.message), by document \(authority.counter) of '\(authority.name)'",
                hint: "name the issuer's file under issuers in environment.yaml, then: hftml environments sign "
                    + "\(authority.name) --as KEY", exitStatus: failure.exitStatus)
        }
    }

    /// What the caller's environment has, or the file that it names.
    private static func token(_ session: Session) throws -> String? {
        guard let text = session.caller.environment["HFTML_ID_TOKEN"], !text.isEmpty else { return nil }
        return (text.hasPrefix("/") ? try FileChunks.text(text) : text).filter { !$0.isWhitespace }
    }

    /// Issuers as Git's newest commit has them, as the disk has them outside Git; and those that documents of
    /// environments name.
    private static func issuers(_ session: Session) throws -> [TokenIssuer] {
        let tracked = try TrackedFiles(session)
        var found = try names(session).compactMap { name -> TokenIssuer? in
            let path = path(name)
            return try tracked.vouchedFor(path).map {
                try TokenIssuer(try JSONParser.parse($0, file: path), place: path)
            }
        }
        for name in try session.environmentNames() {
            let document = try? EnvironmentFiles(name, session: session).inForce(at: session.clock.now())
            found += (document?.authority.issuers ?? []).compactMap {
                try? TokenIssuer($0, place: "the document of '\(name)'")
            }
        }
        return found
    }

    private static func path(_ name: String) -> String { "Registry/issuers/\(name).json" }

    /// Names of tracked issuers.
    static func names(_ session: Session) throws -> [String] {
        let directory = "\(session.root)/Registry/issuers"
        guard Paths.isDirectory(directory) else { return [] }
        return try Paths.entries(directory).filter { $0.hasSuffix(".json") }.sorted().map { String($0.dropLast(5)) }
    }

    /// The file of an issuer, for a document that names it: one that says which projects count.
    ///
    /// - Throws: ``Failure`` with code `identity.issuer`.
    static func issuer(_ name: String, session: Session) throws -> JSONValue {
        let file = "\(session.root)/\(path(name))"
        guard PlainName.isPlain(name), Paths.exists(file) else {
            throw Failure(
                "identity.issuer", "found no issuer '\(Escaping.terminal(name))' in Registry/issuers",
                hint: "put there what the issuer's key set (JWKS) has, or take the name out of environment.yaml")
        }
        let node = try JSONParser.parse(try FileChunks.bytes(file), file: file)
        let issuer = try TokenIssuer(node, place: path(name))
        guard issuer.bindsProject else {
            throw Failure(
                "identity.issuer",
                "found the issuer '\(Escaping.terminal(name))' without a project: everybody with a project on "
                    + "\(issuer.issuer) could act in the environment",
                hint: "say in \(path(name)) whose tokens count: "
                    + #""claims": {"project_path": "GROUP/PROJECT", "ref_protected": "true"}; for GitHub "repository""#)
        }
        return node
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
