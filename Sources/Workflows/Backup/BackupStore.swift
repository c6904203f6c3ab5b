import Basics
import Foundation
import ModelBundles

/// A directory of backups:
///
///     manifests/000001-<sha256>.json   one a backup, named by its number and the SHA-256 of its own bytes; an
///                                      envelope where it was signed
///     objects/<2 hex>/<62 hex>         every file of every backup, by SHA-256, once
///     latest                           the name of the newest manifest, for whoever cannot list the directory
///
/// A backup is there when its manifest is: everything else was written before. Beside them lie `.lock` and, while a
/// backup is made, `.partial-…`; a killed one leaves the latter, and objects that no manifest names, for the next to
/// clear away.
struct BackupStore: Sendable {
    let directory: String

    /// A manifest as it lies in the directory.
    struct Entry: Sendable {
        let manifest: BackupManifest
        /// SHA-256 of the file: what the next one calls it.
        let digest: String
        /// Its name below the directory.
        let file: String
        /// Nil for a manifest that was not signed.
        let envelope: Envelope?
    }

    static let partialPrefix = ".partial-", lockName = ".lock", latestName = "latest"

    init(_ directory: String) { self.directory = Paths.absolute(directory) }

    var manifests: String { "\(directory)/manifests" }
    var objects: String { "\(directory)/objects" }
    func object(_ digest: String) -> String { "\(objects)/\(digest.prefix(2))/\(digest.dropFirst(2))" }

    static func manifestName(_ number: Int, _ digest: String) -> String { "\(padded(number, 6))-\(digest).json" }

    /// Names in `manifests`, the oldest first; without what a killed process left half-written.
    func manifestNames() throws -> [String] {
        guard Paths.isDirectory(manifests) else { return [] }
        func number(_ name: String) -> Int { Int(name.prefix { $0 != "-" }) ?? .max }
        return try Paths.entries(manifests).filter { !$0.hasPrefix(".") }.sorted {
            (number($0), $0) < (number($1), $1)
        }
    }

    /// Reads one manifest, and checks that its bytes are those of its name.
    ///
    /// - Throws: ``Failure`` with code `backup.damaged` or `backup.manifest`, ``ConfigError``.
    func read(_ name: String) throws -> Entry {
        try BackupStore.read(name, at: "\(manifests)/\(name)", shown: directory)
    }

    /// As ``read(_:)``, for a manifest that lies elsewhere.
    static func read(_ name: String, at path: String, shown directory: String) throws -> Entry {
        let text = try FileChunks.text(path), digest = Digest.sha256(text)
        let envelope = try? Envelope(text)
        guard name.hasSuffix("-\(digest).json") else {
            throw Failure(
                "backup.damaged", "found other bytes in 'manifests/\(name)' than its name says",
                hint: "see what is wrong: hftml backup verify \(directory)", exitStatus: .refused)
        }
        if let envelope, envelope.payloadType != BackupManifest.payloadType {
            throw Failure(
                "backup.manifest", "found the envelope 'manifests/\(name)' of another kind of document",
                exitStatus: .refused)
        }
        let manifest = try BackupManifest(envelope?.payloadText ?? text, file: "manifests/\(name)")
        guard name == BackupStore.manifestName(manifest.number, digest) else {
            throw Failure(
                "backup.manifest", "found the manifest of backup \(manifest.number) called 'manifests/\(name)'",
                exitStatus: .refused)
        }
        return Entry(manifest: manifest, digest: digest, file: "manifests/\(name)", envelope: envelope)
    }

    /// Whether a text is the name of a manifest, and so no path that leads elsewhere.
    static func isManifestName(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].utf8.count >= 6 && parts[0].utf8.allSatisfy { (48...57).contains($0) }
            && parts[1].hasSuffix(".json") && BackupManifest.isDigest(String(parts[1].dropLast(5)))
    }

    /// All of them, the oldest first.
    func entries() throws -> [Entry] { try manifestNames().map(read) }

    /// The newest, or the one of a number.
    ///
    /// - Throws: ``Failure`` with code `backup.none`.
    func entry(_ number: Int? = nil) throws -> Entry {
        let names = try manifestNames()
        let name = number.map { number in names.first { $0.hasPrefix(padded(number, 6) + "-") } } ?? names.last
        guard let name else {
            throw Failure(
                "backup.none",
                number.map { "found no backup \($0) in '\(directory)'" } ?? "found no backup in '\(directory)'",
                hint: names.isEmpty
                    ? "name the directory that 'hftml backup create' wrote to, or fetch what lies at a server: "
                        + "hftml backup fetch ADDRESS \(directory)"
                    : "here is \(listed(names)); a fetched directory has the newest alone")
        }
        return try read(name)
    }

    /// `backup 3`, `backups 1 to 7`.
    private func listed(_ names: [String]) -> String {
        let numbers = names.compactMap { Int($0.prefix { $0 != "-" }) }
        guard let first = numbers.first, let last = numbers.last, first != last else {
            return numbers.first.map { "backup \($0)" } ?? "none that can be read"
        }
        return "backups \(first) to \(last)"
    }

    // MARK: Writing

    /// Names the newest manifest for whoever fetches it.
    func point(to name: String) throws {
        try AtomicFile.write(name + "\n", to: "\(directory)/\(BackupStore.latestName)")
    }

    /// Copies a file in, in chunks, under the SHA-256 of what was copied; one that is there already is not written
    /// again.
    ///
    /// - Parameter partial: where it lies until all of it is on the disk.
    func keep(_ source: String, partial: String) throws -> (digest: String, size: Int) {
        let copy = "\(partial)/\(UInt64.random(in: .min ... .max))"
        try AtomicFile.write(to: copy, mode: 0o444) { writer in
            try FileChunks.read(source, size: Digest.chunkSize) { try writer.append($0) }
        }
        return try adopt(copy)
    }

    func keep(bytes: [UInt8], partial: String) throws -> (digest: String, size: Int) {
        let copy = "\(partial)/\(UInt64.random(in: .min ... .max))"
        try AtomicFile.write(bytes, to: copy, mode: 0o444)
        return try adopt(copy)
    }

    /// Gives a file of the same file system its place.
    func adopt(_ copy: String) throws -> (digest: String, size: Int) {
        let digest = try Digest.sha256(file: copy), size = Paths.size(copy) ?? 0, target = object(digest)
        if Paths.size(target) == size {
            try Paths.remove(copy)
            return (digest, size)
        }
        try Paths.makeDirectory(Paths.parent(target))
        guard rename(copy, target) == 0 else { throw FileError("rename to", target) }
        BackupStore.settle(Paths.parent(target))
        return (digest, size)
    }

    /// Waits until the names in a directory are on the disk.
    static func settle(_ directory: String) {
        let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Takes away what a killed process left: only called with the lock held, and with every manifest read.
    func removeLeftovers(_ entries: [Entry]) throws {
        for name in try Paths.entries(directory)
        where name.hasPrefix(BackupStore.partialPrefix) || name.hasPrefix(".\(BackupStore.latestName).tmp-") {
            try Paths.remove("\(directory)/\(name)")
        }
        if Paths.isDirectory(manifests) {
            for name in try Paths.entries(manifests) where name.hasPrefix(".") {
                try Paths.remove("\(manifests)/\(name)")
            }
        }
        let used = Set(entries.flatMap { $0.manifest.files.map(\.digest) })
        for digest in try objectNames().known where !used.contains(digest) { try Paths.remove(object(digest)) }
    }

    /// What lies among the objects: those named as objects are, and other paths below the directory.
    func objectNames() throws -> (known: [String], others: [String]) {
        var known: [String] = [], others: [String] = []
        guard Paths.isDirectory(objects) else { return ([], []) }
        for folder in try Paths.entries(objects) {
            guard Paths.isRealDirectory("\(objects)/\(folder)") else {
                others.append("objects/\(folder)")
                continue
            }
            for name in try Paths.entries("\(objects)/\(folder)") {
                let digest = folder + name
                if folder.utf8.count == 2, BackupManifest.isDigest(digest), !Paths.isDirectory(object(digest)) {
                    known.append(digest)
                } else {
                    others.append("objects/\(folder)/\(name)")
                }
            }
        }
        return (known, others)
    }
}
