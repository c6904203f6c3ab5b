import Basics
import Deployment
import Foundation
import ModelBundles
import Registry

/// A workspace in; all that its record needs to stand again elsewhere, in a directory of backups, out.
///
/// Others may write meanwhile. The registry is copied first, as it is at one moment, and then the files that this copy
/// names: a file is always written before the row that names it. Nothing of the workspace is changed.
package enum CreateBackup {
    package struct Outcome: Sendable {
        package let manifest: BackupManifest
        /// SHA-256 of the manifest's file.
        package let digest: String
        /// Of the key that signed; nil without one.
        package let signer: String?
        /// Files that were not there before, and their bytes.
        package let written: (files: Int, bytes: Int)
        /// What is no plain file and stayed behind.
        package let skipped: [String]
        /// A registry that lies where the one of this backup goes when it is restored, and stayed behind.
        package let strays: [String]
        /// The registry of this backup.
        package let registryPath: String
    }

    /// - Parameter key: a private key of this project by name, or a file; nil for a manifest without a signature.
    /// - Throws: ``Failure`` with code `backup.inside`, `anchor.other-log`, `backup.other-log`, `backup.damaged`,
    ///   `backup.manifest`; ``FileError``. The backups before are whole then.
    package static func run(_ directory: String, key name: String?, session: Session) throws -> Outcome {
        let key = try name.map { try PrivateKeys.signer($0, session: session) }
        let store = BackupStore(directory)
        guard !Paths.resolved(store.directory).isAtOrBelow(Paths.resolved("\(session.root)/Registry")) else {
            throw Failure(
                "backup.inside", "found the directory '\(directory)' inside of what is backed up",
                hint: "name one elsewhere, best on another disk: hftml backup create /mnt/elsewhere", exitStatus: .usage
            )
        }
        // A clone that fell behind must not take the place of the record in its backups. What the newest of them knows
        // comes first: in a pipeline another one went on meanwhile, which is no alarm.
        try requireGoesOn(session, after: store.entries().last?.manifest)
        try SignHead.requireFit(session)
        try Paths.makeDirectory(store.directory)
        let lock = try FileLock("\(store.directory)/\(BackupStore.lockName)")
        defer { withExtendedLifetime(lock) {} }
        let before = try store.entries()
        try store.removeLeftovers(before)
        let partial = "\(store.directory)/\(BackupStore.partialPrefix)\(getpid())"
        try Paths.makeDirectory(partial)
        defer { try? Paths.remove(partial) }
        var draft = Draft(
            store: store, partial: partial, known: Set(before.flatMap { $0.manifest.files.map(\.digest) }))
        let snapshot = try draft.addRegistry(session, after: before.last?.manifest)
        try draft.addArtefacts(snapshot.artefacts, session)
        let (skipped, strays) = try draft.addDocuments(session)
        let manifest = BackupManifest(
            number: (before.last?.manifest.number ?? 0) + 1, createdAt: session.clock.now(),
            createdBy: try session.actor(),
            previous: before.last?.digest, registry: Draft.registryPath(session), entries: snapshot.entries,
            tip: snapshot.tip, versions: snapshot.versions, environments: try environments(session),
            files: draft.files.sorted { $0.path < $1.path }, missing: draft.missing)
        let text = try publish(manifest, key: key, in: store)
        return Outcome(
            manifest: manifest, digest: Digest.sha256(text), signer: key?.name,
            written: (draft.writtenFiles, draft.writtenBytes), skipped: skipped, strays: strays,
            registryPath: session.registryPath)
    }

    private static func requireGoesOn(_ session: Session, after before: BackupManifest?) throws {
        guard let before, before.entries > 0 else { return }
        let hashes = try session.registry().auditHashList()
        guard hashes.count >= before.entries, hashes[before.entries - 1] == before.tip else {
            throw otherLog(hashes.count, after: before)
        }
    }

    private static func otherLog(_ entries: Int, after before: BackupManifest) -> Failure {
        Failure(
            "backup.other-log",
            "found a log of \(entries) entries that does not go on from backup \(before.number), which ends at entry "
                + "\(before.entries)",
            hint: "another pipeline judged or promoted since this record was restored: run the pipeline again; where "
                + "there is none, begin again from the newest backup: hftml backup restore DIR; for another project, "
                + "name another directory",
            exitStatus: .refused)
    }

    /// The one step that makes a backup.
    private static func publish(_ manifest: BackupManifest, key: (any Signer)?, in store: BackupStore) throws -> String
    {
        let text =
            try key.map {
                try Envelope.make(payloadType: BackupManifest.payloadType, payload: manifest.payload, key: $0)
            } ?? manifest.payload
        let name = BackupStore.manifestName(manifest.number, Digest.sha256(text))
        try AtomicFile.write(text, to: "\(store.manifests)/\(name)", mode: 0o444)
        try store.point(to: name)
        return text
    }

    private static func environments(_ session: Session) throws -> [(name: String, counter: Int)] {
        try session.environmentNames().compactMap { name in
            let path = "\(session.root)/Registry/environments/\(name)/authority.json"
            guard Paths.exists(path), let text = try? FileChunks.text(path), let document = try? AuthorityEnvelope(text)
            else { return nil }
            return (name, document.authority.counter)
        }
    }

    /// The files of a backup as they come together.
    private struct Draft {
        let store: BackupStore
        let partial: String
        /// Objects that earlier backups hold.
        let known: Set<String>
        var files: [BackupManifest.File] = []
        var missing: [String] = []
        var writtenFiles = 0
        var writtenBytes = 0

        /// Where the registry goes when it is restored: where it lies, or at the usual place where that is elsewhere.
        static func registryPath(_ session: Session) -> String {
            session.registryPath.isBelow(session.root) && session.registryPath.part(below: session.root).contains("/")
                ? session.registryPath.part(below: session.root) : "Registry/registry.sqlite"
        }

        private mutating func add(_ path: String, _ kind: BackupManifest.Kind, _ kept: (digest: String, size: Int)) {
            files.append(.init(path: path, kind: kind, size: kept.size, digest: kept.digest))
            guard !known.contains(kept.digest) else { return }
            writtenFiles += 1
            writtenBytes += kept.size
        }

        /// - Throws: ``Failure`` with code `backup.other-log` where the log does not go on from that of the backup
        ///   before: a backup that forgets what was backed up would be taken for the newest.
        mutating func addRegistry(_ session: Session, after before: BackupManifest?) throws -> RegistryCopy {
            let copy = "\(partial)/registry.sqlite"
            try session.registry().backup(to: copy)
            let snapshot = try RegistryCopy(copy, hashAt: before?.entries)
            if let before, before.entries > 0, snapshot.hash != before.tip {
                throw CreateBackup.otherLog(snapshot.entries, after: before)
            }
            add(Draft.registryPath(session), .registry, try store.adopt(copy))
            return snapshot
        }

        /// Those that the registry names, which must be there, and whatever else lies beside it, such as strategies.
        mutating func addArtefacts(_ named: [String], _ session: Session) throws {
            let base = Paths.join(Paths.parent(Draft.registryPath(session)), "artefacts"), required = Set(named)
            for digest in required.union(try session.artefacts.digests()).sorted()
            where BackupManifest.isDigest(digest) {
                let path = "\(base)/\(digest.prefix(2))/\(digest.dropFirst(2))"
                let source = session.artefacts.path(digest), here = Paths.size(source)
                if known.contains(digest), let size = Paths.size(store.object(digest)), here ?? size == size {
                    add(path, .artefact, (digest, size))
                    continue
                }
                let kept = here == nil ? nil : try store.keep(source, partial: partial)
                // What is damaged here is not what its name says.
                if let kept, kept.digest == digest {
                    add(path, .artefact, kept)
                } else if required.contains(digest) {
                    missing.append(digest)
                }
            }
        }

        /// - Returns: what stayed behind: what is no plain file, and a registry that is not this one.
        mutating func addDocuments(_ session: Session) throws -> (skipped: [String], strays: [String]) {
            var (found, skipped) = try BackedUpFiles.run(session: session)
            let heads = try heads(session), place = Draft.registryPath(session)
            // Where the registry lies elsewhere, another one may lie in the place that it gets when it is restored.
            let names = ["", "-wal", "-shm", "-journal"].map { place + $0 }
            let strays = found.map(\.path).filter(names.containsExactly)
            found.removeAll { strays.containsExactly($0.path) }
            for file in found where file.path != Draft.heads {
                do {
                    add(file.path, file.kind, try store.keep("\(session.root)/\(file.path)", partial: partial))
                } catch let error as FileError where error.number == ENOENT {
                    // A runtime took it from its inbox meanwhile.
                    continue
                }
            }
            if !heads.isEmpty { add(Draft.heads, .log, try store.keep(bytes: Array(heads.utf8), partial: partial)) }
            return (skipped, strays)
        }

        private static let heads = "Registry/audit-heads.jsonl"

        /// Every signed head: of the list, and of the anchor places, which may be lost with the machine.
        private func heads(_ session: Session) throws -> String {
            let listed = try OwnFile.text(HeadsList.path(session))
            let anchored = try AnchorStore.read(session.anchorPlaces(), session: session).heads.map(\.envelope)
            var seen = Set(HeadsList.heads(among: listed.textLines().map(String.init))), text = listed
            for head in anchored where seen.insert(head).inserted { text = HeadsList.text(text, adding: head) }
            return text
        }
    }
}
