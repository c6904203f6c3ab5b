package import Basics
import Foundation

extension Workspace {
    /// What came from remotes and sources, and what could not be had.
    package struct Fetched: Sendable {
        package var count = 0
        package var problems: [PathProblem] = []
    }

    /// Brings data's objects that the cache lacks.
    ///
    /// - Throws: also the first problem, after everything else came.
    package func fetch(
        _ data: [TrackedData], remote: String? = nil, jobs: Int? = nil, isRunCache: Bool = false,
        progress: TransferProgress? = nil
    ) throws -> Int {
        let fetched = try fetchAll(data, remote: remote, jobs: jobs, isRunCache: isRunCache, progress: progress)
        if let first = fetched.problems.first { throw first.failure }
        return fetched.count
    }

    /// Brings data's objects that the cache lacks: listings first, then what they list, of a part only what belongs to
    /// it. An import that no remote has is fetched again from its source, at the recorded revision.
    ///
    /// - Throws: what concerns a remote as a whole; what concerns one output is among the problems.
    package func fetchAll(
        _ data: [TrackedData], remote: String? = nil, jobs: Int? = nil, isRunCache: Bool = false,
        progress: TransferProgress? = nil
    ) throws -> Fetched {
        var out = Fetched(), lacking: [TrackedData] = []
        let wanted = data.filter { !$0.entry.md5.isEmpty }
        let needed = try wanted.filter { try !isWhole($0) }
        if needed.isEmpty, !isRunCache { return out }
        for (name, items) in grouped(needed, remote) {
            // Imports do not need a remote.
            if name == nil, remote == nil, !items.isEmpty, items.allSatisfy(\.isImport), !isRunCache {
                lacking += items
                continue
            }
            let transfers = Transfers(store: store, remote: try settings.remote(name ?? remote).open(jobs: jobs))
            let came = try fetch(items, by: transfers, progress)
            out.count += came.count
            for (item, error) in came.failed {
                if item.isImport { lacking.append(item) } else { out.problems.append(PathProblem(item.meant, error)) }
            }
            if isRunCache { out.count += try fetchRuns(transfers.remote, progress) }
        }
        for item in lacking {
            do { out.count += try DataImport(self).restore(item, progress: progress) } catch {
                out.problems.append(PathProblem(item.meant, error))
            }
        }
        return out
    }

    /// Whether nothing of it has to be fetched. A damaged listing has to.
    private func isWhole(_ item: TrackedData) throws -> Bool {
        do { return try isCached(item) } catch is ObjectStore.StoreError { return false }
    }

    private func fetch(_ items: [TrackedData], by transfers: Transfers, _ progress: TransferProgress?) throws -> (
        count: Int, failed: [(TrackedData, any UserFacingError)]
    ) {
        var errors: [String: any UserFacingError] = [:], count = 0
        func take(_ fetched: Transfers.Fetched) {
            count += fetched.count
            for failure in fetched.failures { errors[failure.object.md5] = errors[failure.object.md5] ?? failure.error }
        }
        var seen: Set<String> = []
        let listings = items.filter { $0.entry.isDirectory && seen.insert($0.entry.md5).inserted }.map {
            Transfers.Object(md5: $0.entry.md5, isLegacy: $0.entry.isLegacy, name: $0.path)
        }
        let damaged = listings.filter { listing in
            store.contains(listing.md5, isLegacy: listing.isLegacy)
                && (try? store.tree(listing.md5, for: listing.name, isLegacy: listing.isLegacy)) == nil
        }
        take(try transfers.fetch(listings, progress: progress))
        if !damaged.isEmpty { take(try transfers.fetch(damaged, isReplacing: true, progress: progress)) }
        var failed: [(TrackedData, any UserFacingError)] = [], objects: [(TrackedData, [Transfers.Object])] = []
        for item in items {
            do {
                if let error = errors[item.entry.md5] { throw error }
                objects.append((item, try self.objects(of: [item]).filter { !$0.isListing }))
            } catch { failed.append((item, error as? any UserFacingError ?? Failure("internal", "\(error)"))) }
        }
        take(try transfers.fetch(Array(Set(objects.flatMap(\.1))), progress: progress))
        for (item, objects) in objects {
            if let error = objects.lazy.compactMap({ errors[$0.md5] }).first { failed.append((item, error)) }
        }
        return (count, failed)
    }

    /// Brings listings of a directory's other versions that the cache lacks; none where no remote is configured.
    ///
    /// - Throws: for a remote as a whole, and for a listing that it does not have.
    func fetchListings(
        _ md5s: [String], of item: TrackedData, remote: String? = nil, progress: TransferProgress? = nil
    ) throws {
        let lacking = md5s.filter { $0.hasSuffix(".dir") && !store.contains($0) }
        guard !lacking.isEmpty, let name = remote ?? item.entry.remote ?? settings.defaultRemote else { return }
        let fetched = try Transfers(store: store, remote: try settings.remote(name).open()).fetch(
            lacking.map { Transfers.Object(md5: $0, name: item.path) }, progress: progress)
        if let failure = fetched.failures.first { throw Workspace.ofOlderVersion(failure.error) }
    }

    /// What a push sends unless it is told otherwise is the version in force; an older one is sent by `--all-commits`.
    static func ofOlderVersion(_ error: any UserFacingError) -> any UserFacingError {
        guard error.code == "remote.missing-object" else { return error }
        return Failure(
            error.code, "\(error.message), which an older version needs",
            hint: "push it from a workspace that has it: hftml push --all-commits")
    }

    /// Data by the name of the remote that it belongs to; nil where none is configured.
    func grouped(_ data: [TrackedData], _ remote: String?) -> [(name: String?, data: [TrackedData])] {
        var groups: [(name: String?, data: [TrackedData])] = []
        for item in data {
            let name = remote ?? item.entry.remote ?? settings.defaultRemote
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].data.append(item)
            } else {
                groups.append((name, [item]))
            }
        }
        return groups.isEmpty ? [(remote ?? settings.defaultRemote, [])] : groups
    }

    private func fetchRuns(_ remote: any RemoteStorage, _ progress: TransferProgress?) throws -> Int {
        var count = 0
        for item in try remote.list("runs")
        where item.key.split(separator: "/").allSatisfy({ $0 == "runs" || $0.allSatisfy(\.isHexDigit) }) {
            let path = "\(store.directory)/\(item.key)"
            if Paths.exists(path) { continue }
            let partial = "\(store.partial)/\(getpid())-run"
            try store.makePartial()
            unlink(partial)
            try remote.download(item.key, to: partial, progress: progress)
            try Paths.makeDirectory(Paths.parent(path))
            guard rename(partial, path) == 0 else { throw FileError("rename to", path) }
            count += 1
        }
        return count
    }
}
