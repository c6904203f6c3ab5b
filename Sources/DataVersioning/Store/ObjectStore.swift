import Basics
import Crypto
import Foundation

/// The content-addressed cache: `files/md5/<2 hex>/<30 hex>`, read-only files, in DVC 3's layout.
///
/// An object appears under its name only when it is whole and its hash is right, and is checked again while it is copied out.
package struct ObjectStore: Sendable {
    package let directory: String

    package init(directory: String) { self.directory = directory }

    /// An object is missing or damaged.
    package enum StoreError: UserFacingError, Equatable {
        case missing(md5: String, path: String)
        case damaged(md5: String, object: String)

        package var code: String {
            switch self {
            case .missing: "data.missing-object"
            case .damaged: "data.damaged-object"
            }
        }
        package var message: String {
            switch self {
            case .missing(let md5, let path): "found no object \(md5) for '\(path)' in the cache"
            case .damaged(let md5, let object): "found other content in the cache object '\(object)' than its name \(md5) says"
            }
        }
        package var hint: String? {
            switch self {
            case .missing: "fetch it from a remote with: hftml pull"
            case .damaged: "remove the damaged object and fetch it again with: hftml pull"
            }
        }
    }

    package func path(_ md5: String) -> String { "\(directory)/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))" }

    package func contains(_ md5: String) -> Bool { Paths.exists(path(md5)) }

    /// Copies a file in under a known hash. Does nothing when the object is there.
    package func add(file: String, md5: String) throws {
        let target = path(md5)
        if Paths.exists(target) { return }
        try ObjectStore.copy(file, to: target, mode: 0o444, expected: md5) {
            Failure(
                "data.changed-while-adding", "found '\(file)' changing while it was added", hint: "wait until nothing writes to it and run the command again")
        }
    }

    /// Stores bytes, such as a directory listing, and returns their hash.
    package func add(bytes: [UInt8], suffix: String = "") throws -> String {
        let md5 = Digest.md5(bytes) + suffix
        if !contains(md5) { try AtomicFile.write(bytes, to: path(md5), mode: 0o444) }
        return md5
    }

    /// Writes an object's content to a workspace path, checking the hash on the way.
    package func checkOut(_ md5: String, to target: String, isExecutable: Bool = false) throws {
        let object = path(md5)
        guard Paths.exists(object) else { throw StoreError.missing(md5: md5, path: target) }
        try ObjectStore.copy(object, to: target, mode: isExecutable ? 0o744 : 0o644, expected: md5) {
            StoreError.damaged(md5: md5, object: object)
        }
    }

    private static func copy(
        _ source: String, to target: String, mode: mode_t, expected: String, mismatch: () -> any Error
    ) throws {
        try AtomicFile.write(to: target, mode: mode) { writer in
            var hasher = Insecure.MD5()
            try FileChunks.read(source, size: Digest.chunkSize) {
                hasher.update(bufferPointer: $0)
                try writer.append($0)
            }
            guard Digest.hex(hasher.finalize()) == expected else { throw mismatch() }
        }
    }

    /// The files of a directory object.
    package func tree(_ md5: String, for path: String) throws -> DirectoryTree {
        let object = self.path(md5)
        guard Paths.exists(object) else { throw StoreError.missing(md5: md5, path: path) }
        let bytes = try FileChunks.bytes(object)
        guard Digest.md5(bytes) + ".dir" == md5 else { throw StoreError.damaged(md5: md5, object: object) }
        return try DirectoryTree(bytes, file: object)
    }
}
