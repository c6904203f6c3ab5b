import Basics
import Foundation
import Registry

/// A registry that a reading command made where none was, in a clone that has not brought the project's yet. Nobody has
/// recorded anything in it: what is brought takes its place.
package enum BlankRegistry {
    /// Who was believed is in the file of the pin; to enter that alone makes no record.
    private static let empty = ["environment.pin"]

    /// What SQLite keeps beside its file, and takes up with it.
    static let beside = ["-wal", "-shm", "-journal"]

    /// Whether nothing was ever entered; false for what cannot be read.
    static func isBlank(_ path: String) -> Bool {
        guard let registry = try? RegistryDatabase(path, actor: "restore"),
            let entries = try? registry.auditEntries(), entries.allSatisfy({ empty.contains($0.action) }),
            let versions = try? registry.versions(stage: .all), let runs = try? registry.runs(limit: 1),
            let studies = try? registry.studies()
        else { return false }
        return versions.isEmpty && runs.isEmpty && studies.isEmpty
    }

    /// Where there is a blank one. Looked at again, and where nobody finds it any more: somebody may have recorded
    /// something meanwhile, or be about to.
    ///
    /// What a registry that is gone has left of its log, or of a journal, goes too: SQLite would take it for that of
    /// the one to come, and play it over it.
    ///
    /// - Parameters:
    ///   - path: of the registry, whose lock the caller holds: nobody opens it or makes one.
    ///   - aside: where it goes, in the same file system.
    ///   - moves: takes it back where this throws.
    /// - Throws: ``Failure`` with code `backup.not-empty` for one that is not blank.
    package static func takeAway(_ path: String, to aside: String, _ moves: inout LastMoves) throws {
        let isThere = Paths.exists(path)
        for suffix in beside + [""] where Paths.exists(path + suffix) {
            try moves.move(path + suffix, to: aside + suffix)
        }
        guard !isThere || isBlank(aside) else { throw taken(path) }
    }

    /// A registry that came while another was being brought.
    private static func taken(_ path: String) -> Failure {
        Failure(
            "backup.not-empty", "found that somebody has recorded something in '\(path)' meanwhile",
            hint: "restore elsewhere, or move that registry away first: a registry is never overwritten",
            exitStatus: .refused)
    }
}
