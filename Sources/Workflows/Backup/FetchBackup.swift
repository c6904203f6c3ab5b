import Basics
import Foundation

/// The address of a directory of backups, as any web server serves it, in; the newest backup, in a directory here, out.
///
/// Every file is compared with its SHA-256 as it comes. Backups before the newest stay where they are: the next one
/// that is made here names this one, and goes on from it.
package enum FetchBackup {
    package struct Outcome: Sendable {
        /// Nil where there is none yet, and that was allowed.
        package var manifest: BackupManifest?
        /// Files and bytes that came.
        package var files = 0
        package var bytes = 0
    }

    /// - Parameters:
    ///   - base: without the slash at its end.
    ///   - isOptional: whether an address without a backup is an answer and no error.
    /// - Throws: ``Failure`` with code `backup.none`, `backup.damaged`, `backup.not-empty`, `fetch.…`.
    package static func run(
        _ base: String, to directory: String, with fetch: FetchFile, isOptional: Bool = false
    ) async throws -> Outcome {
        let store = BackupStore(directory)
        try Paths.makeDirectory(store.directory)
        let lock = try FileLock("\(store.directory)/\(BackupStore.lockName)")
        defer { withExtendedLifetime(lock) {} }
        let partial = "\(store.directory)/\(BackupStore.partialPrefix)\(getpid())"
        try Paths.makeDirectory(partial)
        defer { try? Paths.remove(partial) }
        guard let entry = try await manifest(base, partial, fetch) else {
            guard isOptional else {
                throw Failure(
                    "backup.none", "found no backup at \(FetchFile.shown(base))",
                    hint: "check the address; where there may be none yet, add --if-exists")
            }
            return Outcome()
        }
        if let here = try store.entries().last {
            guard here.digest == entry.digest else {
                throw Failure(
                    "backup.not-empty",
                    "found backup \(here.manifest.number) in '\(directory)', and another one at the address",
                    hint: "fetch into an empty directory", exitStatus: .refused)
            }
        }
        var outcome = Outcome(manifest: entry.manifest), seen: Set<String> = []
        for file in entry.manifest.files where seen.insert(file.digest).inserted {
            guard Paths.size(store.object(file.digest)) != file.size else { continue }
            var fetch = fetch
            fetch.limit = file.size
            let name = "objects/\(file.digest.prefix(2))/\(file.digest.dropFirst(2))", copy = "\(partial)/object"
            guard try await fetch.run("\(base)/\(name)", to: copy), try Digest.sha256(file: copy) == file.digest else {
                throw Failure(
                    "backup.damaged",
                    "found '\(name)' missing or altered at \(FetchFile.shown(base)): it is \(file.path)",
                    hint: "make a new backup there", exitStatus: .refused)
            }
            chmod(copy, 0o444)
            _ = try store.adopt(copy)
            outcome.files += 1
            outcome.bytes = outcome.bytes.saturatingPlus(file.size)
        }
        try Paths.makeDirectory(store.manifests)
        let name = BackupStore.manifestName(entry.manifest.number, entry.digest)
        guard rename("\(partial)/\(name)", "\(store.manifests)/\(name)") == 0 else {
            throw FileError("rename to", store.manifests)
        }
        try store.point(to: name)
        return outcome
    }

    /// The manifest that `latest` names.
    private static func manifest(_ base: String, _ partial: String, _ fetch: FetchFile) async throws
        -> BackupStore.Entry?
    {
        var small = fetch
        small.limit = 1 << 10
        guard try await small.run("\(base)/\(BackupStore.latestName)", to: "\(partial)/latest") else { return nil }
        let name = try FileChunks.text("\(partial)/latest").trimmingCharacters(in: .whitespacesAndNewlines)
        // It becomes a path here.
        guard BackupStore.isManifestName(name) else {
            throw Failure(
                "backup.damaged", "found '\(BackupStore.latestName)' at \(FetchFile.shown(base)) naming no manifest",
                exitStatus: .refused)
        }
        small.limit = 1 << 28
        guard try await small.run("\(base)/manifests/\(name)", to: "\(partial)/\(name)") else {
            throw Failure(
                "backup.damaged", "found no 'manifests/\(name)' at \(FetchFile.shown(base))", exitStatus: .refused)
        }
        return try BackupStore.read(name, at: "\(partial)/\(name)", shown: FetchFile.shown(base))
    }
}
