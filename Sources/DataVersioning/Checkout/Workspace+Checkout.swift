import Basics
import Foundation

extension Workspace {
    /// What a checkout did to one path.
    package enum CheckoutChange: String, Sendable { case unchanged, added = "A", modified = "M", deleted = "D" }

    /// How a checkout goes about it.
    struct CheckoutOptions {
        var isForced = false
        var isRelinking = false
        var progress: TransferProgress?
        /// Which of the files that stand in a directory are meant; nil for all. The others stay as they are.
        var covers: ((String) -> Bool)?
    }

    /// Makes the workspace hold what is meant, from the cache: all of an output, or only a part of a directory. Nothing
    /// outside of it is looked at, written or removed.
    ///
    /// - Parameters: as of ``checkOut(_:to:isForced:isRelinking:progress:)``.
    /// - Throws: also ``Failure`` with code `data.unknown-target` for a part that the directory never had.
    @discardableResult
    package func checkOut(
        _ item: TrackedData, isForced: Bool = false, isRelinking: Bool = false, progress: TransferProgress? = nil
    ) throws -> CheckoutChange {
        let path = "\(root)/\(item.path)"
        if let filter = item.partitions {
            let options = CheckoutOptions(isForced: isForced, isRelinking: isRelinking, progress: progress)
            return try checkOutPartitions(item, filter, options)
        }
        guard let part = item.part else {
            return try checkOut(
                item.entry, to: path, isForced: isForced, isRelinking: isRelinking, progress: progress)
        }
        guard item.entry.isDirectory else { throw noDirectory(item, part) }
        let options = CheckoutOptions(isForced: isForced, isRelinking: isRelinking, progress: progress)
        let target = "\(path)/\(part)"
        try checkInside(target)
        let tree = try store.tree(item.entry.md5, for: item.path, isLegacy: item.entry.isLegacy)
        let details = TreeDetails(item.entry)
        switch try tree.part(part, of: item.path, emptyDirectories: details.emptyDirectories) {
        case .file(let digest):
            var file = DataEntry(path: Paths.name(part), md5: digest.hex, size: 0)
            file.isLegacy = item.entry.isLegacy
            var info = stat()
            // Of a file in a directory only a lost executable bit is on record, never one too many.
            file.isExecutable =
                details.executables.contains(part) || (stat(target, &info) == 0 && info.st_mode & S_IXUSR != 0)
            return try checkOut(file, at: target, options)
        case .directory(let inner):
            return try checkOut(
                inner, details.below(part), isLegacy: item.entry.isLegacy, at: target, options)
        }
    }

    func noDirectory(_ item: TrackedData, _ part: String) -> Failure {
        Failure(
            "data.unknown-target", "found '\(item.path)' recorded as a file, expected a directory that holds '\(part)'",
            hint: "did you mean '\(item.path)'?", exitStatus: .usage)
    }

    /// Makes a path hold an entry's content, from the cache. Every byte is hashed on its way.
    ///
    /// - Parameters:
    ///   - isForced: whether content that is not in the cache may be overwritten. Without it such a file is an error
    ///     and nothing changes.
    ///   - isRelinking: whether to make links anew even where the content is right.
    /// - Throws: ``ObjectStore/StoreError``, after everything else of a directory was checked out; ``Failure`` with
    ///   code `data.would-lose`.
    @discardableResult
    package func checkOut(
        _ entry: DataEntry, to path: String, isForced: Bool = false, isRelinking: Bool = false,
        progress: TransferProgress? = nil
    ) throws -> CheckoutChange {
        try checkInside(path)
        let options = CheckoutOptions(isForced: isForced, isRelinking: isRelinking, progress: progress)
        let change = try entry.isDirectory ? checkOutTree(entry, at: path, options) : checkOut(entry, at: path, options)
        // All that stands there now is on record.
        try UnrecordedData(self).end(path)
        return change
    }

    private func checkOutTree(_ entry: DataEntry, at path: String, _ options: CheckoutOptions) throws -> CheckoutChange
    {
        guard store.contains(entry.md5, isLegacy: entry.isLegacy) else {
            throw ObjectStore.StoreError.missing(md5: entry.md5, path: path)
        }
        return try checkOut(
            try store.tree(entry.md5, for: path, isLegacy: entry.isLegacy), TreeDetails(entry),
            isLegacy: entry.isLegacy, at: path, options)
    }

    /// Takes away a file where a directory belongs, or the other way round.
    ///
    /// - Returns: whether something of the right kind stands there.
    func clearOtherKind(_ path: String, isDirectory: Bool, isLegacy: Bool, _ options: CheckoutOptions) throws -> Bool {
        var info = stat()
        guard lstat(path, &info) == 0 else { return false }
        if (info.st_mode & S_IFMT == S_IFDIR) == isDirectory { return true }
        if !options.isForced { try checkKept(path, isLegacy: isLegacy) }
        try Paths.remove(path)
        return false
    }

    private func checkOut(_ entry: DataEntry, at path: String, _ options: CheckoutOptions) throws -> CheckoutChange {
        guard store.contains(entry.md5, isLegacy: entry.isLegacy) else {
            throw ObjectStore.StoreError.missing(md5: entry.md5, path: path)
        }
        let isOld = try clearOtherKind(path, isDirectory: false, isLegacy: entry.isLegacy, options)
        if isOld, let now = try self.entry(path, shownAs: entry.path, isLegacy: entry.isLegacy) {
            let isSame = now.md5 == entry.md5
            if isSame, now.isExecutable == entry.isExecutable, !options.isRelinking { return .unchanged }
            if !isSame, !options.isForced { try checkKept(path, isLegacy: entry.isLegacy) }
        }
        var info = stat()
        if isOld, lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFLNK { try Paths.remove(path) }
        try Paths.makeDirectory(Paths.parent(path))
        if entry.isLegacy {
            try writeLegacy(entry, to: path)
            return isOld ? .modified : .added
        }
        try write([(entry.md5, path, entry.isExecutable)], options.progress)
        hashes.settle(bytes: Paths.size(path) ?? 0)
        if let stamp = FileStamp.of(path) { hashes.remember(path, stamp, md5: entry.md5) }
        return isOld ? .modified : .added
    }

    /// Content that stands nowhere else must not be overwritten.
    private func checkKept(_ path: String, isLegacy: Bool) throws {
        guard let now = try entry(path, shownAs: path) else { return }
        if isCached(now), try UnrecordedData(self).unnamed([store.path(now.md5)], of: path).isEmpty { return }
        if isLegacy, let old = try entry(path, shownAs: path, isLegacy: true), isCached(old) { return }
        throw wouldLose([shown(path)])
    }

    func wouldLose(_ paths: [String]) -> Failure {
        Failure(
            "data.would-lose",
            "found changes that are not in the cache and would be lost: "
                + "\(paths.prefix(5).joined(separator: ", "))\(paths.count > 5 ? " and \(paths.count - 5) more" : "")",
            hint: "keep them with 'hftml commit', or give them up with --force")
    }

    /// Writes a file of DVC 2, which is checked by the rule of DVC 2.
    func writeLegacy(_ entry: DataEntry, to path: String) throws {
        let object = store.path(entry.md5, isLegacy: true)
        guard try LegacyHash.md5(object) == entry.md5 else {
            throw ObjectStore.StoreError.damaged(md5: entry.md5, object: object)
        }
        try AtomicFile.write(to: path, mode: entry.isExecutable ? 0o744 : 0o644) { writer in
            try FileChunks.read(object, size: 1 << 20) { try writer.append($0) }
        }
    }
}
