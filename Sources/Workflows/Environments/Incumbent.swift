import Basics
import Deployment
import Promotion
import Registry

/// What runs in an environment, by the newest receipt that one of its hosts signed: aliases are for people.
struct Incumbent {
    /// `NAME/VERSION`, as the bundle calls it.
    let reference: String
    /// SHA-256; nil where nobody can tell any more.
    let weights: String?
    /// The same weights in this registry; nil where it does not know them.
    let version: VersionRecord?

    /// - Returns: nil where nothing was ever in force.
    static func inForce(_ files: EnvironmentFiles, session: Session) throws -> Incumbent? {
        let registry = try session.registry()
        let events = try DeployedBundles(files: files, session: session).events(
            try EnvironmentReceipts(files, session: session))
        let newest = events.filter { $0.kind == .inForce }.max { ($0.counter, $0.time) < ($1.counter, $1.time) }
        guard let newest else { return nil }
        var version = try? registry.version(newest.reference)
        // The name may have been given anew; the weights are what runs.
        if version?.weights != newest.weights {
            version = try registry.versions().first { $0.weights == newest.weights }
        }
        return Incumbent(reference: newest.reference, weights: newest.weights, version: version)
    }
}
