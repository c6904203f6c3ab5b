import Basics

/// Files of runs by SHA-256, beside the registry: `artefacts/<2 hex>/<62 hex>`, read-only.
package struct ArtefactStore: Sendable {
    package let directory: String

    package init(beside registry: String) { directory = Paths.join(Paths.parent(registry), "artefacts") }

    package func path(_ digest: String) -> String { "\(directory)/\(digest.prefix(2))/\(digest.dropFirst(2))" }

    /// The names of all that is kept, sorted; whether the content is right, ``verified(_:)`` finds out.
    package func digests() throws -> [String] {
        guard Paths.isDirectory(directory) else { return [] }
        return try Paths.entries(directory).filter { $0.utf8.count == 2 && Paths.isDirectory("\(directory)/\($0)") }
            .flatMap { folder in
                try Paths.entries("\(directory)/\(folder)").filter { $0.utf8.count == 62 }.map { folder + $0 }
            }
    }

    /// Copies a file in.
    package func add(_ file: String) throws -> (digest: String, size: Int) {
        try add(try FileChunks.bytes(file))
    }

    /// Keeps bytes; the same ones once.
    package func add(_ bytes: [UInt8]) throws -> (digest: String, size: Int) {
        let digest = Digest.sha256(bytes)
        if !Paths.exists(path(digest)) { try AtomicFile.write(bytes, to: path(digest), mode: 0o444) }
        return (digest, bytes.count)
    }

    /// The path of an artefact whose content was checked just now.
    ///
    /// - Throws: ``Failure`` when it is missing or damaged.
    package func verified(_ digest: String) throws -> String {
        let file = path(digest)
        guard Paths.exists(file) else {
            throw Failure(
                "registry.no-artefact", "found no artefact \(digest.prefix(16))… beside the registry",
                hint: "restore the directory '\(directory)' from a backup")
        }
        guard try Digest.sha256(file: file) == digest else {
            throw Failure(
                "registry.damaged-artefact", "found other content in the artefact '\(file)' than its name says",
                hint: "restore it from a backup")
        }
        return file
    }
}
