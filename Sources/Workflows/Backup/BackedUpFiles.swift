import Basics
import Foundation

/// Which files of a workspace a backup takes: all below `Registry` but what is secret, what can be made again, and what
/// a process writes just now. The registry and its artefacts are taken apart from them.
enum BackedUpFiles {
    struct Found: Sendable {
        /// From the root of the workspace.
        var path: String
        var kind: BackupManifest.Kind
    }

    /// Names of directories of `Registry` that hold what the machine works with.
    private static let working: Set<String> = ["artefacts", "checkpoints"]

    /// - Returns: what is taken, sorted, and what is not a plain file and stays behind.
    static func run(session: Session) throws -> (files: [Found], skipped: [String]) {
        var files: [Found] = [], skipped: [String] = []
        let top = "\(session.root)/Registry"
        guard Paths.isDirectory(top) else { return ([], []) }
        func visit(_ path: String) throws {
            for name in try Paths.entries("\(session.root)/\(path)") {
                let inner = "\(path)/\(name)", full = "\(session.root)/\(inner)"
                var info = stat()
                guard lstat(full, &info) == 0 else { continue }
                switch info.st_mode & S_IFMT {
                case S_IFDIR:
                    if path == "Registry", working.contains(name) || name.hasPrefix("scratch-") { continue }
                    try visit(inner)
                case S_IFREG:
                    if isOfRegistry(full, session) || isPassing(name) { continue }
                    // A secret is not even named.
                    if try isSecret(inner, full, size: Int(info.st_size)) { continue }
                    files.append(Found(path: inner, kind: kind(inner)))
                default: skipped.append(inner)
                }
            }
        }
        try visit("Registry")
        return (files, skipped)
    }

    /// The database with what it writes beside itself.
    private static func isOfRegistry(_ path: String, _ session: Session) -> Bool {
        ["", "-wal", "-shm", "-journal", ".lock"].contains { path.isExactly(session.registryPath + $0) }
    }

    /// Half-written, or there only while a process runs.
    private static func isPassing(_ name: String) -> Bool {
        name.hasSuffix(".lock") || name.hasSuffix(".part") || name.contains(".tmp-")
    }

    /// Private keys, whatever they are called, and everything beside public keys in `keys`.
    private static func isSecret(_ path: String, _ full: String, size: Int) throws -> Bool {
        if path.hasPrefix("Registry/keys/") { return !path.hasSuffix(".pub.json") }
        if path.hasSuffix(".key.json") || path.hasSuffix(".secret") { return true }
        guard size <= 1 << 16 else { return false }
        let bytes = try FileChunks.bytes(full)
        return [#""privateKey""#, "ed25519-private", "PRIVATE KEY-----"].contains { word in
            bytes.firstRange(of: Array(word.utf8)) != nil
        }
    }

    private static func kind(_ path: String) -> BackupManifest.Kind {
        switch path.split(separator: "/").dropFirst().first.map(String.init) {
        case "keys", "trusted": .key
        case "gates": .policy
        case "cards": .card
        case "environments": .environment
        case "promotions": .promotion
        case "audit-heads.jsonl", "timestamps": .log
        default: .document
        }
    }
}
