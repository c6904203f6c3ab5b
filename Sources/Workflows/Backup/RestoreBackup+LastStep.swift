import Basics
import Foundation

/// The last step: what was put together gets its place, all of it or nothing.
extension RestoreBackup {
    /// - Throws: ``Failure`` with code `backup.not-empty` for what came meanwhile; the target is as it was then, but
    ///   for what the error names.
    static func place(
        _ manifest: BackupManifest, from stage: String, to target: String, _ request: Request, _ outcome: inout Outcome
    ) throws {
        guard request.keepsFiles else {
            return try whole { try moveDirectories(manifest, from: stage, to: target, &$0) }
        }
        let registry = "\(target)/\(manifest.registry)", aside = "\(registry).aside-\(getpid())"
        // Nobody makes or opens a registry there until the one that is brought has its place.
        let lock = try FileLock(registry + ".lock")
        defer { withExtendedLifetime(lock) {} }
        let own = "\(target)/\(settings)", before = try Paths.exists(own) ? FileChunks.text(own) : nil
        try whole(settings: before.map { (own, $0) }) { moves in
            try BlankRegistry.takeAway(registry, to: aside, &moves)
            // Those of a clone stay where they are; before the registry comes, so that no other is taken for it.
            if before != nil {
                outcome.changed += try RestoredSettings.detach(own, target: target, registry: manifest.registry)
            }
            try moveFiles(manifest, from: stage, to: target, &moves, &outcome)
        }
        for suffix in BlankRegistry.beside + ["", ".lock"] { try? Paths.remove(aside + suffix) }
    }

    /// Takes back what was moved where the moving is refused on its way.
    private static func whole(
        settings: (path: String, text: String)? = nil, _ moving: (inout LastMoves) throws -> Void
    ) throws {
        var moves = LastMoves()
        do { try moving(&moves) } catch { throw undo(&moves, settings: settings, after: error) }
    }

    /// Makes the target what it was.
    ///
    /// - Returns: the error, with what could not be undone.
    private static func undo(
        _ moves: inout LastMoves, settings: (path: String, text: String)?, after error: any Error
    ) -> any Error {
        var left = moves.takeBack().map { "'\($0)' stays where it was moved to" }
        if let settings, (try? FileChunks.text(settings.path)) != settings.text {
            do { try AtomicFile.write(settings.text, to: settings.path) } catch {
                left.append(
                    "'\(settings.path)' stays changed, and leads to no registry but the one beside it: git checkout "
                        + "'\(settings.path)'")
            }
        }
        guard !left.isEmpty, let known = error as? any UserFacingError else { return error }
        return Failure(
            known.code, known.message + "; " + left.joined(separator: "; "), hint: known.hint,
            exitStatus: known.exitStatus)
    }

    /// An empty target: whole directories, that with the registry last.
    private static func moveDirectories(
        _ manifest: BackupManifest, from stage: String, to target: String, _ moves: inout LastMoves
    ) throws {
        for name in [".dvcignore", ".dvc"] { try Paths.remove("\(target)/\(name)") }
        let last = manifest.registry.prefix { $0 != "/" }
        let names = try Paths.entries(stage)
        for name in names.filter({ $0 != last }) + names.filter({ $0 == last }) {
            try moves.move("\(stage)/\(name)", to: "\(target)/\(name)")
        }
        BackupStore.settle(target)
    }

    /// A clone: file by file, the registry last.
    private static func moveFiles(
        _ manifest: BackupManifest, from stage: String, to target: String, _ moves: inout LastMoves,
        _ outcome: inout Outcome
    ) throws {
        for name in [".dvcignore", ".dvc"] where !Paths.exists("\(target)/\(name)") {
            try moves.move("\(stage)/\(name)", to: "\(target)/\(name)")
        }
        for file in manifest.files.filter({ $0.kind != .registry }) + manifest.files.filter({ $0.kind == .registry }) {
            let source = "\(stage)/\(file.path)", path = "\(target)/\(file.path)"
            if file.kind == .registry {
                // What the registry has written and not yet taken into its file goes before it.
                if Paths.exists(source + "-wal") { try moves.move(source + "-wal", to: path + "-wal") }
            } else if Paths.exists(path) {
                if try Digest.sha256(file: path) == file.digest { continue }
                // A damaged artefact is none; whatever else is there, the clone has its reasons for.
                if file.kind == .artefact {
                    guard rename(source, path) == 0 else { throw FileError("rename to", path) }
                } else {
                    outcome.kept.append(file.path)
                }
                continue
            }
            try moves.move(source, to: path)
            BackupStore.settle(Paths.parent(path))
        }
    }
}
