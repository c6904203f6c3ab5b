import Basics
package import ModelBundles
import Registry

/// A project in; its keys, and those that it and its environments trust, out.
package enum ListKeys {
    package struct Place: Sendable {
        /// Where the key stands and what it may do: `own`, `signs as validator`, `trusted in paper`.
        package let place: String
        package let key: PublicKey
    }

    package static func run(session: Session) throws -> [Place] {
        let registry = try session.registry()
        let own = try TrustedKeys(directory: "\(session.root)/Registry/keys").keys.map { Place(place: "own", key: $0) }
        let people = try ManageKeys.people(session, registry: registry).keys.map { key in
            let end = key.expiresAt.map { " until \(TimeText.utc($0))" } ?? ""
            let role = "signs as \(key.roles.joined(separator: ", "))\(end)"
            return Place(place: key.objection(at: registry.now()) ?? role, key: key)
        }
        return own + people + (try trustedByEnvironments(session))
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
