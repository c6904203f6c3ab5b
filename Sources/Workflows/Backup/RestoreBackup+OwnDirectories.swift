import Basics
import DataVersioning

/// A clone has what Git brings, links among it.
extension RestoreBackup {
    /// Refuses a symbolic link that Git has in the place of a directory that files come into: they would go where
    /// somebody else chose. One that Git does not know, such as to a larger disk, is its user's own.
    ///
    /// - Throws: ``Failure`` with code `data.symbolic-link`, and `git.failed` where Git cannot tell.
    static func requireOwnDirectories(_ target: String, _ manifest: BackupManifest) throws {
        var places: Set<String> = [".dvc"]
        for folder in Set(manifest.files.map { Paths.parent($0.path) }) {
            places.formUnion(Paths.upwards(from: folder).filter { $0 != "." && $0 != "/" })
        }
        guard let link = try Workspace.committedLink(among: places.sorted(), in: target) else { return }
        throw Failure(
            "data.symbolic-link",
            "found '\(link)' committed as a symbolic link, where the backup has a directory of this machine alone",
            hint: "nothing was written; look at who committed it, then: git -C '\(target)' rm -f '\(link)'",
            exitStatus: .refused)
    }
}
