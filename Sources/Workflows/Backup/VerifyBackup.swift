package import Basics
package import ModelBundles
import Registry

/// A directory of backups in; every file that is flipped, missing or no part of it, by name, out.
package enum VerifyBackup {
    package struct Outcome: Sendable {
        /// In words; empty where all is as it was written.
        package var problems: [String] = []
        /// Objects that a killed backup left; the next one takes them away.
        package var leftovers: [String] = []
        /// Numbers of the backups whose manifests can be read.
        package var numbers: [Int] = []
        /// Of the newest one.
        package var newest: BackupManifest?
        /// Who signed the newest one; nil where nobody did.
        package var signer: String?
        /// Whether the signature is of a key that was demanded.
        package var isSignerKnown = false
        /// Files that were read, and their bytes.
        package var objects = 0
        package var bytes = 0
    }

    /// - Parameter keys: those of which one must have signed the newest manifest, which names all before it by SHA-256;
    ///   empty where nobody asks.
    /// - Throws: ``Failure`` with code `backup.none` where there is none.
    package static func run(_ directory: String, keys: [PublicKey] = [], at time: Nanoseconds) throws -> Outcome {
        let store = BackupStore(directory)
        guard Paths.isDirectory(store.directory), try !store.manifestNames().isEmpty else {
            throw Failure(
                "backup.none", "found no backup in '\(directory)'",
                hint: "name the directory that 'hftml backup create' wrote to; to make the first: "
                    + "hftml backup create \(directory)")
        }
        var outcome = Outcome()
        let entries = try manifests(store, &outcome)
        outcome.numbers = entries.map(\.manifest.number)
        outcome.newest = entries.last?.manifest
        outcome.problems += chainProblems(entries)
        if let newest = entries.last {
            (outcome.signer, outcome.isSignerKnown) = signature(newest, keys, at: time)
            if !keys.isEmpty, !outcome.isSignerKnown { outcome.problems.append(unsigned(newest, keys, at: time)) }
        }
        try checkObjects(store, entries, &outcome)
        try checkStrangers(store, &outcome)
        return outcome
    }

    /// Checks one backup alone, and the chain of manifests, before it is restored.
    ///
    /// - Throws: ``Failure`` with code `backup.damaged` that names what is wrong.
    static func require(_ entry: BackupStore.Entry, in store: BackupStore, keys: [PublicKey], at time: Nanoseconds)
        throws
    {
        var problems = chainProblems(try store.entries())
        let newest = try store.entry()
        if !keys.isEmpty, !signature(newest, keys, at: time).isKnown {
            problems.append(unsigned(newest, keys, at: time))
        }
        var seen: Set<String> = []
        for file in entry.manifest.files where seen.insert(file.digest).inserted {
            if let problem = try problem(file, of: entry.manifest, store) { problems.append(problem) }
        }
        guard !problems.isEmpty else { return }
        throw Failure(
            "backup.damaged",
            "found the backup damaged: " + problems.prefix(5).joined(separator: "; ")
                + (problems.count > 5 ? "; and \(problems.count - 5) more" : ""),
            hint: "see all: hftml backup verify \(store.directory); restore another one with --number",
            exitStatus: .refused)
    }

    // MARK: Manifests

    private static func manifests(_ store: BackupStore, _ outcome: inout Outcome) throws -> [BackupStore.Entry] {
        try store.manifestNames().compactMap { name in
            do { return try store.read(name) } catch let error as any UserFacingError {
                outcome.problems.append(error.message)
                return nil
            }
        }
    }

    /// Each names the one before.
    private static func chainProblems(_ entries: [BackupStore.Entry]) -> [String] {
        zip(entries, entries.dropFirst()).compactMap { before, entry in
            if entry.manifest.number != before.manifest.number + 1 {
                return "found backup \(entry.manifest.number) after backup \(before.manifest.number): "
                    + "a manifest between them is missing"
            }
            return entry.manifest.previous == before.digest
                ? nil : "found '\(entry.file)', which names another manifest before it than '\(before.file)'"
        }
    }

    private static func signature(_ entry: BackupStore.Entry, _ keys: [PublicKey], at time: Nanoseconds) -> (
        name: String?, isKnown: Bool
    ) {
        guard let envelope = entry.envelope else { return (nil, false) }
        if let key = envelope.signers(among: keys).first(where: { $0.objection(at: time) == nil }) {
            return (key.name, true)
        }
        return (envelope.signatures.first?.keyID, false)
    }

    private static func unsigned(_ entry: BackupStore.Entry, _ keys: [PublicKey], at time: Nanoseconds) -> String {
        let names = keys.map { "'\($0.name)' (\($0.id))" }.joined(separator: ", ")
        guard let envelope = entry.envelope else {
            return "found '\(entry.file)' without a signature, expected one of \(names)"
        }
        if let objection = envelope.signers(among: keys).compactMap({ $0.objection(at: time) }).first {
            return "found a signature of '\(entry.file)' that does not count: \(objection)"
        }
        let found = envelope.signatures.map(\.keyID).joined(separator: ", ")
        return "found '\(entry.file)' signed by \(found), or altered after that, expected a signature of \(names)"
    }

    // MARK: Objects

    private static func problem(_ file: BackupManifest.File, of manifest: BackupManifest, _ store: BackupStore) throws
        -> String?
    {
        let path = store.object(file.digest), shown = path.part(below: store.directory)
        let what = "\(file.path) (\(file.kind.rawValue)) of backup \(manifest.number)"
        guard Paths.exists(path) else { return "found no '\(shown)', which is \(what)" }
        do {
            guard try Digest.sha256(file: path) == file.digest, Paths.size(path) == file.size else {
                return "found other content in '\(shown)' than was backed up: it was \(what)"
            }
        } catch let error as FileError { return "\(error.message), which is \(what)" }
        return nil
    }

    private static func checkObjects(
        _ store: BackupStore, _ entries: [BackupStore.Entry], _ outcome: inout Outcome
    ) throws {
        var seen: Set<String> = []
        // The newest first: a file is named as it is called there.
        for entry in entries.reversed() {
            for digest in entry.manifest.missing {
                outcome.problems.append(
                    "backup \(entry.manifest.number) was made without the artefact \(digest.prefix(16))…, which was "
                        + "missing or damaged then")
            }
            for file in entry.manifest.files where seen.insert(file.digest).inserted {
                if let problem = try problem(file, of: entry.manifest, store) { outcome.problems.append(problem) }
                outcome.objects += 1
                outcome.bytes += file.size
            }
        }
        for digest in try store.objectNames().known where !seen.contains(digest) {
            let path = store.object(digest), shown = path.part(below: store.directory)
            if try Digest.sha256(file: path) == digest {
                outcome.leftovers.append(shown)
            } else {
                outcome.problems.append("found the file '\(shown)', which no backup names")
            }
        }
    }

    /// What is no part of any backup.
    private static func checkStrangers(_ store: BackupStore, _ outcome: inout Outcome) throws {
        for path in try store.objectNames().others {
            outcome.problems.append("found the file '\(path)', which no backup names")
        }
        for name in try Paths.entries(store.directory) {
            if ["manifests", "objects", BackupStore.lockName].containsExactly(name) { continue }
            if name == BackupStore.latestName {
                let latest = try FileChunks.text("\(store.directory)/\(name)")
                if !(try store.manifestNames()).contains(where: { latest == $0 + "\n" }) {
                    outcome.problems.append("found the file '\(name)' naming no manifest that is here")
                }
            } else if name.hasPrefix(BackupStore.partialPrefix) || name.hasPrefix(".\(BackupStore.latestName).tmp-") {
                outcome.leftovers.append(name)
            } else {
                outcome.problems.append("found the file '\(name)', which is no part of a backup")
            }
        }
    }
}
