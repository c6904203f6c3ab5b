import Basics
import Foundation

/// Workspace files out of cache objects.
extension Workspace {
    /// Writes files that must all be whole.
    func write(_ files: [(md5: String, path: String, isExecutable: Bool)], _ progress: TransferProgress?) throws {
        let digests = try files.map { file in
            guard let digest = MD5Digest(hex: file.md5) else {
                throw ObjectStore.StoreError.missing(md5: file.md5, path: file.path)
            }
            return digest
        }
        let damaged = try write(
            count: files.count, progress, digest: { digests[$0] }, path: { files[$0].path },
            isExecutable: { files[$0].isExecutable })
        if let first = damaged.first {
            throw ObjectStore.StoreError.damaged(md5: files[first].md5, object: store.path(files[first].md5))
        }
    }

    /// - Returns: positions of what could not be written, because its object is damaged.
    func write(
        _ tree: DirectoryTree, _ wanted: [Int], below path: String, _ details: TreeDetails,
        _ progress: TransferProgress?
    ) throws -> [Int] {
        try write(
            count: wanted.count, progress, digest: { tree.digests[wanted[$0]] },
            path: { "\(path)/\(tree.paths[wanted[$0]])" },
            isExecutable: { !details.executables.isEmpty && details.executables.contains(tree.paths[wanted[$0]]) }
        ).map { wanted[$0] }
    }

    private func write(
        count: Int, _ progress: TransferProgress?, digest: @escaping @Sendable (Int) -> MD5Digest,
        path: @escaping @Sendable (Int) -> String,
        isExecutable: @escaping @Sendable (Int) -> Bool
    ) throws -> [Int] {
        guard count > 0 else { return [] }
        let store = store
        let type =
            settings.linkTypes.first {
                Linker.works($0, from: store.path(digest(0)), probe: "\(partial)/\(getpid())-probe")
            } ?? .copy
        let sizes = (0..<count).map { Paths.size(store.path(digest($0))) ?? 0 }
        progress?.expect(files: count, bytes: sizes.reduce(0, +))
        var copier = BulkCopier(count: count, temporary: partial) { (store.path(digest($0)), sizes[$0]) }
        copier.progress = progress
        copier.expected = digest
        let damaged = Guarded<Set<Int>>([])
        copier.mismatch = { index, _ in
            damaged.update { $0.insert(index) }
            return nil
        }
        copier.unreadable = { index, _ in
            damaged.update { $0.insert(index) }
            return nil
        }
        if type == .copy {
            copier.target = { index, _ in
                BulkCopier.Target(path: path(index), mode: isExecutable(index) ? 0o766 : 0o666)
            }
        }
        // Links share the object, so it is read and checked, and then linked.
        _ = try copier.run()
        let bad = damaged.value
        guard type != .copy else { return bad.sorted() }
        for index in 0..<count where !bad.contains(index) {
            try Linker.link(
                type, from: store.path(digest(index)), to: path(index), by: "\(partial)/\(getpid())-link",
                isExecutable: isExecutable(index))
        }
        return bad.sorted()
    }

    /// Replaces workspace files by links to the cache where the settings prefer hard or symbolic links.
    func link(_ entry: DataEntry, at path: String) throws {
        guard let type = settings.linkTypes.first, type == .hardlink || type == .symlink, !entry.isLegacy else {
            return
        }
        try checkOut(entry, to: path, isForced: true, isRelinking: true)
    }

    /// Replaces links to the cache by copies that may be edited.
    package func unprotect(_ path: String) throws {
        let files = Paths.isRealDirectory(path) ? try Paths.files(below: path).map { "\(path)/\($0)" } : [path]
        for file in files {
            try checkInside(file)
            var info = stat()
            guard lstat(file, &info) == 0,
                info.st_mode & S_IFMT == S_IFLNK || info.st_nlink > 1 || info.st_mode & S_IWUSR == 0
            else { continue }
            try OwnFile.makeDirectory(partial)
            let temporary = "\(partial)/\(getpid())-unprotect"
            try AtomicFile.write(to: temporary, mode: 0o644, isDurable: false) { writer in
                try FileChunks.read(file, size: 1 << 20) { try writer.append($0) }
            }
            guard rename(temporary, file) == 0 else { throw FileError("replace", file) }
        }
    }
}
