import Basics
import Foundation
import Registry

/// A registry that a reading command made where none was, in a clone that has not brought the project's yet. Nobody has
/// recorded anything in it: what is brought takes its place.
enum BlankRegistry {
    /// Who was believed is in the file of the pin; to enter that alone makes no record.
    private static let empty = ["environment.pin"]

    /// Whether nothing was ever entered; false for what cannot be read.
    static func isBlank(_ path: String) -> Bool {
        guard let registry = try? RegistryDatabase(path, actor: "restore"),
            let entries = try? registry.auditEntries(), entries.allSatisfy({ empty.contains($0.action) }),
            let versions = try? registry.versions(stage: .all), let runs = try? registry.runs(limit: 1),
            let studies = try? registry.studies()
        else { return false }
        return versions.isEmpty && runs.isEmpty && studies.isEmpty
    }

    /// Where there is a blank one. Looked at again: somebody may have recorded something meanwhile.
    ///
    /// - Throws: ``Failure`` with code `backup.not-empty` then.
    static func takeAway(_ path: String) throws {
        guard Paths.exists(path) else { return }
        guard isBlank(path) else { throw taken(path) }
        for suffix in ["", "-wal", "-shm"] { try Paths.remove(path + suffix) }
    }

    /// A registry that came while another was being brought.
    static func taken(_ path: String) -> Failure {
        Failure(
            "backup.not-empty", "found that somebody has recorded something in '\(path)' meanwhile",
            hint: "restore elsewhere, or move that registry away first: a registry is never overwritten",
            exitStatus: .refused)
    }
}
