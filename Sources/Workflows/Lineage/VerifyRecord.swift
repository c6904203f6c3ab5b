import Basics
import ModelBundles
import Promotion
import Registry

/// A project in; everything in its record that was changed, removed, reordered or put there by hand, in words, out.
package enum VerifyRecord {
    package static func run(session: Session) throws -> [String] {
        let registry: RegistryDatabase
        // A damaged file is the answer, not a failure to answer.
        do { registry = try session.registry() } catch let failure as Failure where failure.code == "registry.damaged" {
            return [failure.message]
        }
        var problems = try registry.verify()
        do { problems += try beyond(registry, session: session) } catch let failure as Failure
            where failure.code == "registry.damaged"
        {
            problems.append("cannot check keys, signed heads and weights: \(failure.message)")
        }
        return problems
    }

    /// What is compared with the registry from outside: signed heads, keys, the weights of versions.
    private static func beyond(_ registry: RegistryDatabase, session: Session) throws -> [String] {
        var problems: [String] = []
        // Whoever may sign bundles anywhere may have signed a head.
        var keys = try ManageKeys.people(session, registry: registry).keys
        keys += try TrustedKeys(directory: "\(session.root)/Registry/keys").keys
        let environments = "\(session.root)/Registry/environments"
        if Paths.isDirectory(environments) {
            for name in try Paths.entries(environments) {
                keys += try TrustedKeys(directory: "\(environments)/\(name)/trusted").keys
            }
        }
        let path = PromoteModel.headsPath(session)
        let outside = Paths.exists(path) ? try FileChunks.text(path).split(separator: "\n").map(String.init) : []
        problems += try AuditHeads.problems(registry, trusted: TrustedKeys(keys), outside: outside)
        for key in try ManageKeys.people(session, registry: registry).keys {
            if let revoked = key.revoked, revoked.reason.hasPrefix("its file was") {
                problems.append("found the trusted key '\(key.name)' (\(key.id)) out of order: \(revoked.reason)")
            }
        }
        for name in try session.environmentNames() {
            problems += try CollectReceipts.problems(session.environmentPath(name)).map(\.message)
        }
        for version in try registry.versions(stage: .all) where !version.weights.isEmpty && version.source.isEmpty {
            do { _ = try session.artefacts.verified(version.weights) } catch let failure as Failure {
                problems.append("\(version.reference): \(failure.message)")
            }
        }
        return problems
    }
}
