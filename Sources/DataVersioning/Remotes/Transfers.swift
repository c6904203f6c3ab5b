import Basics
import Foundation

/// Moves objects between the cache and a remote. Each object is checked by hash on its way; what is there is not sent
/// again.
package struct Transfers {
    package let store: ObjectStore
    package let remote: any RemoteStorage

    package init(store: ObjectStore, remote: any RemoteStorage) {
        self.store = store
        self.remote = remote
    }

    /// One object to move: its key is the same on both sides.
    package struct Object: Sendable, Hashable {
        /// With `.dir` for a listing.
        package var md5: String
        package var isLegacy = false
        /// What it is, for messages.
        package var name: String

        package init(md5: String, isLegacy: Bool = false, name: String) {
            self.md5 = md5
            self.isLegacy = isLegacy
            self.name = name
        }

        package static func == (a: Object, b: Object) -> Bool { a.md5 == b.md5 && a.isLegacy == b.isLegacy }
        package func hash(into hasher: inout Hasher) { hasher.combine(md5) }

        var key: String { (isLegacy ? "" : "files/md5/") + "\(md5.prefix(2))/\(md5.dropFirst(2))" }
        var isListing: Bool { md5.hasSuffix(".dir") }
    }

    /// Calls `body` for every index from several threads; the first error ends the work and is thrown.
    static func parallel(_ count: Int, threads: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        guard count > 0 else { return }
        let next = Guarded(0)
        let failure = Guarded<(any UserFacingError)?>(nil)
        let group = DispatchGroup()
        for _ in 0..<min(max(1, threads), count) {
            group.enter()
            // Threads of their own: they wait for the network, and must not hold the cores' workers.
            let thread = Thread {
                defer { group.leave() }
                while failure.value == nil {
                    let index = next.update { value in
                        value += 1
                        return value - 1
                    }
                    if index >= count { return }
                    do { try body(index) } catch {
                        let error = error as? any UserFacingError ?? Failure("internal", "\(error)")
                        failure.update { $0 = $0 ?? error }
                    }
                }
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        group.wait()
        if let error = failure.value { throw error }
    }

    /// The objects that the remote lacks. Each file is looked for: a listing that is there proves nothing about its
    /// files.
    package func missingAtRemote(_ objects: [Object]) throws -> [Object] {
        try remote.missing(objects.map(\.key)).map { objects[$0] }
    }

    package func missingInCache(_ objects: [Object]) -> [Object] {
        let modern = objects.filter { !$0.isLegacy && !$0.isListing }
        let digests = modern.compactMap { MD5Digest(hex: $0.md5) }
        let files =
            digests.count == modern.count
            ? store.missing(digests).map { modern[$0] } : modern.filter { !store.contains($0.md5) }
        return files
            + objects.filter { ($0.isLegacy || $0.isListing) && !store.contains($0.md5, isLegacy: $0.isLegacy) }
    }

    // MARK: Push

    /// Sends what the remote lacks: all files first, then the listings, so that a listing there always means its files
    /// are.
    ///
    /// - Returns: how many objects were sent.
    package func push(_ objects: [Object], progress: TransferProgress? = nil) throws -> Int {
        let missing = try missingAtRemote(objects)
        let absent = missingInCache(missing)
        if let first = absent.first {
            throw ObjectStore.StoreError.missing(
                md5: first.md5, path: first.name + (absent.count > 1 ? " and \(absent.count - 1) more" : ""))
        }
        for listing in missing where listing.isListing {
            try store.writeWhole(listing: listing.md5, isLegacy: listing.isLegacy, for: listing.name)
        }
        progress?.expect(
            files: missing.count,
            bytes: missing.reduce(0) { $0 + (Paths.size(store.path($1.md5, isLegacy: $1.isLegacy)) ?? 0) })
        try send(missing.filter { !$0.isListing }, progress)
        try send(missing.filter(\.isListing), progress)
        return missing.count
    }

    private func send(_ objects: [Object], _ progress: TransferProgress?) throws {
        if let directory = remote as? DirectoryRemote, objects.allSatisfy({ !$0.isLegacy }) {
            let damaged = try Transfers.copy(objects, from: store, to: directory.store, progress)
            guard let first = damaged.first else { return }
            throw ObjectStore.StoreError.damaged(md5: objects[first].md5, object: store.path(objects[first].md5))
        }
        let store = store, remote = remote
        try Transfers.parallel(objects.count, threads: remote.parallelTransfers) { index in
            let object = objects[index]
            let path = store.path(object.md5, isLegacy: object.isLegacy)
            try Transfers.check(object, path)
            try remote.upload(path, to: object.key, progress: progress)
            progress?.add(files: 1, bytes: 0)
        }
    }

    static func check(_ object: Object, _ path: String) throws {
        let found = object.isLegacy ? try LegacyHash.md5(path) : try StreamedFile.hash(path).digest.hex
        // A legacy listing is plain JSON and its hash the plain one.
        guard found == object.md5.prefix(32) else {
            throw ObjectStore.StoreError.damaged(md5: object.md5, object: path)
        }
    }

    /// Between two directories: the bulk copier reads, checks and writes on all cores.
    ///
    /// - Returns: positions of objects whose content is not what their names say; they were left out.
    static func copy(
        _ objects: [Object], from source: ObjectStore, to target: ObjectStore, _ progress: TransferProgress?
    ) throws -> [Int] {
        let digests = objects.map { MD5Digest(hex: $0.md5.prefix(32)) ?? MD5Digest(high: 0, low: 0) }
        let sizes = objects.map { Paths.size(source.path($0.md5)) ?? 0 }
        var copier = BulkCopier(count: objects.count, temporary: target.partial) {
            (source.path(objects[$0].md5), sizes[$0])
        }
        copier.progress = progress
        copier.expected = { digests[$0] }
        let damaged = Guarded<[Int]>([])
        copier.mismatch = { index, _ in
            damaged.update { $0.append(index) }
            return nil
        }
        copier.target = { index, _ in BulkCopier.Target(path: target.path(objects[index].md5), mode: 0o444) }
        _ = try copier.run()
        return damaged.value.sorted()
    }
}
