import Basics
import Foundation

extension Workspace {
    /// The objects behind data: each file once, of a part only those that belong to it, and listings after what they
    /// list. Listings that are not here name only themselves.
    ///
    /// - Throws: ``ObjectStore/StoreError`` for a damaged listing; ``Failure`` for a part that does not exist.
    package func objects(of data: [TrackedData]) throws -> [Transfers.Object] {
        var seen: Set<String> = [], expanded: Set<String> = []
        var out: [Transfers.Object] = []
        for item in data where !item.entry.md5.isEmpty {
            let entry = item.entry
            if let part = item.part, !entry.isDirectory { throw noDirectory(item, part) }
            if entry.isDirectory, store.contains(entry.md5, isLegacy: entry.isLegacy),
                expanded.insert("\(entry.md5)/\(item.part ?? "")?\(item.partitions?.text ?? "")").inserted
            {
                let tree = try store.tree(entry.md5, for: item.path, isLegacy: entry.isLegacy)
                let positions = try tree.positions(of: item)
                if let part = item.part, positions.isEmpty,
                    !TreeDetails(entry).emptyDirectories.contains(where: { $0.isAtOrBelow(part) })
                {
                    throw tree.unknown(part, of: item.path)
                }
                for index in positions where seen.insert(tree.digests[index].hex).inserted {
                    out.append(
                        Transfers.Object(
                            md5: tree.digests[index].hex, isLegacy: entry.isLegacy,
                            name: "\(item.path)/\(tree.paths[index])"))
                }
            }
            if seen.insert(entry.md5).inserted {
                out.append(Transfers.Object(md5: entry.md5, isLegacy: entry.isLegacy, name: item.path))
            }
        }
        return out
    }

    /// What was sent.
    package struct Pushed: Sendable {
        package var count = 0
        /// Directories of which a part was sent, and of which the remote does not have the rest: their listings were
        /// kept back, because a listing at a remote says that all its files are there.
        package var incomplete: [String] = []
    }

    /// Sends data's objects that a remote lacks.
    ///
    /// - Parameter isRunCache: whether to send recorded runs too.
    package func push(
        _ data: [TrackedData], remote: String? = nil, jobs: Int? = nil, isRunCache: Bool = false,
        progress: TransferProgress? = nil
    ) throws -> Pushed {
        var pushed = Pushed()
        for (name, items) in grouped(data.filter(\.entry.isPushed), remote) {
            let transfers = Transfers(store: store, remote: try settings.remote(name).open(jobs: jobs))
            // A listing that is only there cannot be looked into; it is fetched, and its files are looked for as well.
            let lacking = items.filter {
                $0.entry.isDirectory && !store.contains($0.entry.md5, isLegacy: $0.entry.isLegacy)
            }
            let known = lacking.map { Transfers.Object(md5: $0.entry.md5, isLegacy: $0.entry.isLegacy, name: $0.path) }
            let there = try Set(known.indices).subtracting(transfers.remote.missing(known.map(\.key)))
            if let failure = try transfers.fetch(there.map { known[$0] }).failures.first { throw failure.error }
            let whole = items.filter(\.isWhole), parts = items.filter { !$0.isWhole }
            pushed.count += try transfers.push(try objects(of: whole), progress: progress)
            if !parts.isEmpty {
                pushed.count += try transfers.push(
                    try objects(of: parts).filter { !$0.isListing }, progress: progress)
                try pushListings(parts, transfers, &pushed)
            }
            if isRunCache { pushed.count += try pushRuns(transfers.remote, progress) }
        }
        return pushed
    }

    /// Listings of directories of which parts were sent, where the remote has everything that they list.
    private func pushListings(_ parts: [TrackedData], _ transfers: Transfers, _ pushed: inout Pushed) throws {
        var seen: Set<String> = []
        for item in parts where seen.insert(item.entry.md5).inserted {
            var whole = item
            (whole.part, whole.partitions) = (nil, nil)
            let objects = try objects(of: [whole]), listing = objects.filter(\.isListing)
            if try transfers.missingAtRemote(listing).isEmpty { continue }
            guard try transfers.missingAtRemote(objects.filter { !$0.isListing }).isEmpty else {
                pushed.incomplete.append(item.path)
                continue
            }
            pushed.count += try transfers.push(listing)
        }
    }

    private func pushRuns(_ remote: any RemoteStorage, _ progress: TransferProgress?) throws -> Int {
        guard Paths.isDirectory(store.runs) else { return 0 }
        let keys = try Paths.files(below: store.runs).map { "runs/\($0)" }
        let missing = try remote.missing(keys)
        for index in missing {
            try remote.upload("\(store.directory)/\(keys[index])", to: keys[index], progress: progress)
        }
        return missing.count
    }

    /// How data stands between cache and remote: `new` is not there, `deleted` is only there, `missing` is nowhere. Of
    /// a part only its files count.
    package func cloudStatus(_ data: [TrackedData], remote: String? = nil, jobs: Int? = nil) throws -> [(
        path: String, state: String
    )] {
        var out: [(String, String)] = []
        for (name, items) in grouped(data.filter(\.entry.isPushed), remote) {
            let transfers = Transfers(store: store, remote: try settings.remote(name).open(jobs: jobs))
            let all = try objects(of: items)
            let lackingThere = Set(try transfers.missingAtRemote(all)), lackingHere = Set(transfers.missingInCache(all))
            for item in items where !item.entry.md5.isEmpty {
                // A listing that is not here says nothing of a part's files.
                let own = try objects(of: [item]).filter {
                    item.isWhole || !$0.isListing || lackingHere.contains($0)
                }
                // A directory is as bad as the worst of its files.
                if own.contains(where: { lackingHere.contains($0) && lackingThere.contains($0) }) {
                    out.append((item.meant, "missing"))
                } else if own.contains(where: { lackingThere.contains($0) }) {
                    out.append((item.meant, "new"))
                } else if own.contains(where: { lackingHere.contains($0) }) {
                    out.append((item.meant, "deleted"))
                }
            }
        }
        return out
    }
}
