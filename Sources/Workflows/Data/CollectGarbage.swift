import Basics
import DataVersioning
import Registry

/// A cache in; what nobody needs any more, named and moved to the trash, out. What a registered model version stands on
/// is never touched.
package struct CollectGarbage {
    private let session: Session

    package init(_ session: Session) { self.session = session }

    /// Hashes that lineage of any model version names, and all that the commits of those versions have under version
    /// control.
    package func protected() throws -> Set<String> {
        guard Paths.exists(session.registryPath) else { return [] }
        let registry = try session.registry()
        var hashes: Set<String> = [], commits: Set<String> = []
        for version in try registry.versions() {
            for node in try registry.lineage(of: RegisterModel.node(version).id).nodes {
                if node.id.hasPrefix("md5:") { hashes.insert(String(node.id.dropFirst(4))) }
                if node.kind == .code, let commit = node.attributes[.commit] { commits.insert(commit) }
            }
        }
        for commit in commits {
            for item in (try? session.workspace.trackedData(at: commit)) ?? [] where !item.entry.md5.isEmpty {
                hashes.insert(item.entry.md5)
            }
        }
        return hashes
    }
}
