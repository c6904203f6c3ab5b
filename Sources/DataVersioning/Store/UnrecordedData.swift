import Basics
import Foundation

/// What the cache holds of data whose recording began and did not end, because it was refused or killed: nothing names
/// it, so it is no copy of what stands in the workspace that anybody would find again.
///
/// One small file per path in `.dvc/tmp` from before the first byte is stored until the pointer is written; it says
/// when that began. What was in the cache before is told apart by the time at which the object got its name.
struct UnrecordedData {
    private let workspace: Workspace
    private var folder: String { "\(workspace.temporary)/hftml-unrecorded" }

    init(_ workspace: Workspace) { self.workspace = workspace }

    private func file(_ path: String) -> String { "\(folder)/\(Digest.md5(Array(path.utf8)))" }

    /// The clock of a file system's times may be this much behind.
    private static let slack: Nanoseconds = 20_000_000

    /// Recording begins. Of one that did not end the earlier time stays.
    func begin(_ path: String) throws {
        if Paths.exists(file(path)) { return }
        try Paths.makeDirectory(folder)
        let text = Array("\(Clock.system.now() - Self.slack) \(path)\n".utf8)
        try AtomicFile.write(to: file(path), isDurable: false) { writer in
            try text.withUnsafeBytes { try writer.append($0) }
        }
    }

    /// The pointer names all that stands there.
    func end(_ path: String) throws {
        // In a workspace that may only be read, removing nothing would be an error.
        if Paths.exists(file(path)) { try Paths.remove(file(path)) }
    }

    /// When the first recording of a path, or of a directory above it, began that did not end: nanoseconds since 1970.
    private func start(_ path: String) throws -> Nanoseconds? {
        guard Paths.isDirectory(folder) else { return nil }
        var first: Nanoseconds?
        for place in Paths.upwards(from: path) where place.isBelow(workspace.root) && Paths.exists(file(place)) {
            // A file that cannot be read says that it began, and not when.
            let text = try FileChunks.text(file(place))
            let began = text.split(separator: " ").first.flatMap { Nanoseconds($0) } ?? 0
            first = min(first ?? began, began)
        }
        return first
    }

    /// Of objects of the cache those that nothing may name, because a recording of the path that did not end may have
    /// stored them.
    ///
    /// - Parameter objects: paths in the cache.
    /// - Returns: their positions. One system call per object, and none where every recording ended.
    func unnamed(_ objects: [String], of path: String) throws -> [Int] {
        guard !objects.isEmpty, let start = try start(path) else { return [] }
        return objects.indices.filter { index in
            var info = stat()
            // When the object got its name, or later.
            return stat(objects[index], &info) == 0
                && Nanoseconds(info.st_ctim.tv_sec) &* 1_000_000_000 &+ Nanoseconds(info.st_ctim.tv_nsec) >= start
        }
    }
}
