import Basics
import Deployment
package import ModelBundles
import Registry

/// A project in; its keys, and those that it and its environments trust, out.
package enum ListKeys {
    package struct Place: Sendable {
        /// Where the key stands and what it may do: `own` where its private half is here, `public half` where it is
        /// not, `signs as validator`, `trusted in paper`.
        package let place: String
        package let key: PublicKey
    }

    package static func run(session: Session) throws -> [Place] {
        let registry = try session.registry(), revoked = try ManageKeys.revocations(session)
        let own = try TrustedKeys(directory: "\(session.root)/Registry/keys").keys.map { key in
            Place(
                place: (PrivateKeys.holds(key, session: session) ? "own" : "public half")
                    + (revoked[key.id].map { ", revoked at \(TimeText.seconds($0.at))" } ?? ""), key: key)
        }
        let people = try ManageKeys.people(session, registry: registry).keys.map { key in
            let end = key.expiresAt.map { " until \(TimeText.seconds($0))" } ?? ""
            let role = "signs as \(key.roles.joined(separator: ", "))\(end)"
            return Place(place: key.objection(at: registry.now()) ?? role, key: key)
        }
        return own + people + (try namedByDocuments(revoked, session)) + (try trustedByEnvironments(session))
    }

    /// Keys of the newest document of each environment: its root keys, and whoever may sign something there.
    private static func namedByDocuments(_ revoked: [String: PublicKey.Revocation], _ session: Session) throws
        -> [Place]
    {
        let now = session.clock.now(), said = try SignedRevocations(session, entered: revoked)
        return try session.environmentNames().flatMap { name -> [Place] in
            guard let files = try EnvironmentFiles.made(name, session: session), let newest = files.documents.last
            else { return [] }
            func place(_ key: PublicKey, _ roles: [String]) -> Place {
                var told = key
                told.revoked = key.revoked ?? revoked[key.id]
                let objection = told.objection(at: now).map { "; \($0)" } ?? ""
                return Place(place: "\(roles.joined(separator: ", ")) in \(name)\(objection)", key: key)
            }
            // What nobody signed who may ends no root key.
            func root(_ key: PublicKey) -> Place {
                guard let idle = said.idle(key, root: newest.root) else { return place(key, ["root"]) }
                return Place(place: "root in \(name); \(idle)", key: key)
            }
            return newest.root.keys.map(root)
                + newest.keys.filter { !$0.roles.isEmpty }.map { place($0, $0.roles) }
        }
    }

    private static func trustedByEnvironments(_ session: Session) throws -> [Place] {
        let environments = "\(session.root)/Registry/environments"
        guard Paths.isDirectory(environments) else { return [] }
        return try Paths.entries(environments).filter { Paths.isDirectory("\(environments)/\($0)/trusted") }.flatMap {
            name in
            try TrustedKeys(directory: "\(environments)/\(name)/trusted").keys.map {
                Place(place: "trusted in \(name)", key: $0)
            }
        }
    }
}
