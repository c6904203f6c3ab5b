package import Basics
import Foundation

extension Transfers {
    /// What came, and what could not be had.
    package struct Fetched: Sendable {
        package var count = 0
        package var failures: [(object: Object, error: any UserFacingError)] = []
    }

    /// Brings what the cache lacks. A download that was interrupted goes on where it stopped; an object that the remote
    /// lacks, or has damaged, does not keep back the others.
    ///
    /// - Parameter isReplacing: whether to bring objects that are in the cache too, and put them in the place of those.
    /// - Throws: what concerns the remote as a whole, such as one that does not answer.
    package func fetch(_ objects: [Object], isReplacing: Bool = false, progress: TransferProgress? = nil) throws
        -> Fetched
    {
        let wanted = isReplacing ? objects : missingInCache(objects)
        progress?.expect(files: wanted.count, bytes: 0)
        if let directory = remote as? DirectoryRemote, wanted.allSatisfy({ !$0.isLegacy }) {
            return try fetch(wanted, from: directory, progress)
        }
        try store.makePartial()
        let failures = Guarded<[Int: RemoteError]>([:])
        try Transfers.parallel(wanted.count, threads: remote.parallelTransfers) { index in
            do { try fetch(wanted[index], isReplacing: isReplacing, progress) } catch let error as RemoteError
                where ["remote.missing-object", "remote.damaged"].contains(error.code)
            { failures.update { $0[index] = error } }
        }
        let failed = failures.value
        return Fetched(
            count: wanted.count - failed.count,
            failures: failed.sorted { $0.key < $1.key }.map { (wanted[$0.key], $0.value) })
    }

    private func fetch(_ wanted: [Object], from directory: DirectoryRemote, _ progress: TransferProgress?) throws
        -> Fetched
    {
        let absent = Set(try missingAtRemote(wanted)), there = wanted.filter { !absent.contains($0) }
        let damaged = try Transfers.copy(there, from: directory.store, to: store, progress)
        var out = Fetched(count: there.count - damaged.count)
        out.failures = wanted.filter { absent.contains($0) }.map {
            ($0, RemoteError.missing("\($0.key) (\($0.name))", remote.url))
        }
        out.failures += damaged.map { (there[$0], damagedThere(there[$0])) }
        return out
    }

    private func damagedThere(_ object: Object) -> RemoteError {
        RemoteError(
            "remote.damaged", "found other content under '\(object.key)' at '\(remote.url)' than its name says",
            hint: "mend it from a workspace that has it: hftml verify --remote --repair")
    }

    private func fetch(_ object: Object, isReplacing: Bool, _ progress: TransferProgress?) throws {
        let partial = "\(store.partial)/resume-\(object.md5)"
        // Two processes must not append to one file. The lock's file goes while it is held; who waits for it sees that.
        let lock = try FileLock("\(partial).lock")
        defer {
            unlink("\(partial).lock")
            withExtendedLifetime(lock) {}
        }
        if !isReplacing, store.contains(object.md5, isLegacy: object.isLegacy) { return }
        // Git can bring a link of that name: what it leads to is nobody's download.
        try OwnFile.requireNoLink(partial)
        do {
            try remote.download(object.key, to: partial, progress: progress)
            try Transfers.check(object, partial)
        } catch is ObjectStore.StoreError {
            // What came is not what the name says: nothing of it may stay. Once more from the start, in case an old
            // beginning was to blame.
            unlink(partial)
            try remote.download(object.key, to: partial, progress: progress)
            do { try Transfers.check(object, partial) } catch {
                unlink(partial)
                throw damagedThere(object)
            }
        }
        try OwnFile.setMode(partial, 0o444)
        let path = store.path(object.md5, isLegacy: object.isLegacy)
        try Paths.makeDirectory(Paths.parent(path))
        guard rename(partial, path) == 0 else { throw FileError("rename to", path) }
        progress?.add(files: 1, bytes: 0)
    }
}
