import Basics
import DataVersioning
import Deployment
import Foundation
package import ModelBundles
import Registry

/// A backup in; a workspace on an empty machine, with its log verified, out.
///
/// All of it is put together in `.hftml-restore` of the target, read again and verified there, and gets its place in
/// one step at the end: a process that is killed leaves no workspace that looks like one.
package enum RestoreBackup {
    package struct Request: Sendable {
        package var directory: String
        package var target: String
        /// Which backup; nil for the newest.
        package var number: Int?
        /// Those of which one must have signed the newest manifest; empty where nobody asks.
        package var keys: [PublicKey] = []
        /// For a clone of the repository: files that are there stay, and only what is missing comes. A registry there
        /// is refused all the same.
        package var keepsFiles = false

        package init(directory: String, target: String) {
            self.directory = directory
            self.target = target
        }
    }

    package struct Outcome: Sendable {
        package let manifest: BackupManifest
        package let target: String
        /// Files and bytes that were written.
        package var files = 0
        package var bytes = 0
        /// Files that were there with other content, and stayed.
        package var kept: [String] = []
        /// What is wrong with the record as it stands now, in words: what anchors outside the backup know beyond it.
        package var problems: [String] = []
        /// What hosts that are seen from here have done or run and should not, in words: no damage of the record.
        package var hosts: [String] = []
        /// Whether anybody asked who signed the manifest.
        package var isSignerAsked = false
        /// Places of anchors that are not here, and so were not asked.
        package var unasked: [String] = []
        /// Trusted keys that the log does not know, and so do not count here, in words.
        package var unknownKeys: [String] = []
        /// What of the settings was changed, and what still leads to places that others use, in words.
        package var changed: [String] = []
    }

    static let staging = ".hftml-restore"
    static let settings = "Registry/hftml.yaml"

    /// - Throws: ``Failure`` with code `backup.none`, `backup.damaged`, `backup.manifest`, `backup.not-empty`,
    ///   `backup.log`; the target is as it was then.
    package static func run(_ request: Request, caller: Caller) throws -> Outcome {
        let store = BackupStore(request.directory), entry = try store.entry(request.number)
        let manifest = entry.manifest, target = Paths.absolute(request.target)
        try requireRoom(target, manifest, request)
        try VerifyBackup.require(entry, in: store, keys: request.keys, at: caller.clock.now())
        try Paths.makeDirectory(target)
        let lock = try FileLock("\(target)/\(staging).lock")
        defer {
            unlink("\(target)/\(staging).lock")
            withExtendedLifetime(lock) {}
        }
        let stage = "\(target)/\(staging)"
        try Paths.remove(stage)
        defer { try? Paths.remove(stage) }
        try copy(manifest, from: store, to: stage)
        var outcome = Outcome(manifest: manifest, target: target, files: manifest.files.count)
        outcome.isSignerAsked = !request.keys.isEmpty
        if !(request.keepsFiles && Paths.exists("\(target)/\(settings)")) {
            outcome.changed = try RestoredSettings.detach(
                "\(stage)/\(settings)", target: target, registry: manifest.registry)
        }
        try settle(manifest, digest: entry.digest, in: stage, caller: caller)
        outcome.bytes = manifest.files.reduce(0) { $0.saturatingPlus($1.size) }
        try place(manifest, from: stage, to: target, request, &outcome)
        try Paths.remove(stage)
        try judge(&outcome, caller: caller)
        return outcome
    }

    /// - Throws: ``Failure`` with code `backup.not-empty`.
    private static func requireRoom(_ target: String, _ manifest: BackupManifest, _ request: Request) throws {
        func refusal(_ what: String, _ hint: String) -> Failure {
            Failure("backup.not-empty", "found \(what) in '\(request.target)'", hint: hint, exitStatus: .refused)
        }
        guard Paths.exists(target) else { return }
        guard Paths.isDirectory(target) else {
            throw refusal("a file", "name a directory: hftml backup restore DIR --to DIRECTORY")
        }
        let folder = Paths.parent("\(target)/\(manifest.registry)")
        if Paths.exists(folder), !Paths.resolved(folder).isBelow(Paths.resolved(target)) {
            throw refusal(
                "a link from where the registry goes to '\(Paths.resolved(folder))'",
                "restore into an empty directory, or take the link away: what is restored must not lie elsewhere")
        }
        // What a pull brought beside it would be played over it by the look.
        if request.keepsFiles { try TrackedByGit.requireNone(registry: "\(target)/\(manifest.registry)") }
        if Paths.exists("\(target)/\(manifest.registry)"),
            !(request.keepsFiles && BlankRegistry.isBlank("\(target)/\(manifest.registry)"))
        {
            throw refusal(
                "a registry already",
                "restore elsewhere; a registry is never overwritten: one without anything of yours is moved away by: "
                    + "mkdir '\(folder)/before' && mv '\(target)/\(manifest.registry)'* '\(folder)/before/'")
        }
        guard !request.keepsFiles else { return try requireOwnDirectories(target, manifest) }
        // What a killed restore left is not in the way.
        let isUnfinished = Paths.exists("\(target)/\(staging)")
        let own = [staging, "\(staging).lock"] + (isUnfinished ? [".dvc", ".dvcignore"] : [])
        if let name = try Paths.entries(target).first(where: { !own.containsExactly($0) }) {
            throw refusal(
                "'\(name)' already", "name an empty directory; in a clone of the project's repository: --keep-files")
        }
    }

    private static func copy(_ manifest: BackupManifest, from store: BackupStore, to stage: String) throws {
        for file in manifest.files {
            let path = "\(stage)/\(file.path)", mode: mode_t = file.kind == .artefact ? 0o444 : 0o644
            try AtomicFile.write(to: path, mode: mode) { writer in
                try FileChunks.read(store.object(file.digest), size: Digest.chunkSize) { try writer.append($0) }
            }
            guard try Digest.sha256(file: path) == file.digest else {
                throw Failure(
                    "backup.damaged", "found other content in \(file.path) after it was copied than was backed up",
                    hint: "check the disk, and: hftml backup verify \(store.directory)", exitStatus: .refused)
            }
        }
    }

    /// Makes a workspace of what was copied, verifies its record, and enters that it was restored.
    private static func settle(_ manifest: BackupManifest, digest: String, in stage: String, caller: Caller) throws {
        try Workspace.create(stage, usesGit: false, environment: caller.environment)
        let session = try session(at: stage, manifest, caller: caller), registry = try session.registry()
        let problems = try VerifyRecord.run(session: session, places: [], isRestoring: true, withHosts: false)
        guard problems.isEmpty else {
            throw Failure(
                "backup.log",
                "found the record of backup \(manifest.number) not intact: "
                    + problems.prefix(3).joined(separator: "; "),
                hint: manifest.number > 1
                    ? "restore one from before, which lies where the backups are made: hftml backup restore DIR "
                        + "--number \(manifest.number - 1)"
                    : "make a new backup where the record is intact: hftml backup create DIR",
                exitStatus: .refused)
        }
        try registry.audit(
            action: "registry.restore", subject: .tool("backup"),
            detail: .map([
                "backup": .int(manifest.number), "manifest": .string(digest), "entries": .int(manifest.entries),
                "madeAt": .string(TimeText.utc(manifest.createdAt)),
                "unknownKeys": .strings(try ManageKeys.unknown(session, registry: registry)),
            ]))
    }

    /// A session on a workspace that was restored, whatever registry the caller works with.
    static func session(at root: String, _ manifest: BackupManifest, caller: Caller) throws -> Session {
        var environment = caller.environment
        environment["HFTML_REGISTRY"] = "\(root)/\(manifest.registry)"
        return try Session(
            Caller(
                actor: caller.actor, clock: caller.clock, logger: caller.logger, environment: environment,
                directory: root))
    }

    /// What the places outside know of the log beyond the backup, and what else is not as it should be.
    ///
    /// A machine that only rehearses has no part in the anchors; whoever promotes or verifies asks all of them.
    private static func judge(_ outcome: inout Outcome, caller: Caller) throws {
        let session = try session(at: outcome.target, outcome.manifest, caller: caller)
        var asked: [AnchorPlace] = []
        for place in try session.anchorPlaces() {
            if case .directory(let path) = place, !Paths.isDirectory(session.anchorDirectory(path)) {
                outcome.unasked.append(path)
            } else {
                asked.append(place)
            }
        }
        outcome.problems = try VerifyRecord.run(session: session, places: asked, withHosts: false)
        // What runs at a host that should not is what somebody restores for.
        do { outcome.hosts = try VerifyRecord.receiptProblems(session: session) } catch let error
            as any UserFacingError
        { outcome.hosts = [error.message] }
        let registry = try session.registry(), unknown = try Set(ManageKeys.unknown(session, registry: registry))
        outcome.unknownKeys = try ManageKeys.people(session, registry: registry).keys.filter {
            unknown.contains($0.id)
        }.compactMap { $0.objection(at: registry.now()) }
        outcome.changed += try RestoredSettings.warnings(session, variable: caller.environment["HFTML_REGISTRY"])
    }
}
