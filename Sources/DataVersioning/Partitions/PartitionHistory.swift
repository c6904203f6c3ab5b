package import Basics

/// A directory as it was known at a moment: each partition that was over by then, in the last version that had been
/// recorded by then. A partition that was recorded later for the first time, as when ten years were bought at once,
/// is taken in its first version, and counted; one that had been recorded and was withdrawn by then is not in it.
/// Corrections made after the moment are never in it.
package struct DataAsKnown: Sendable, Equatable {
    package var tree: DirectoryTree
    /// The last commit by the moment; nil when the data was not under version control yet.
    package var commit: String?
    /// Partitions in a version recorded by the moment.
    package var recorded = 0
    /// Partitions of which no version had been recorded by the moment; their first one is taken.
    package var backfilled = 0
    /// Partitions in here whose content was corrected after the moment.
    package var revised = 0
    /// Partitions left out because they were not over by the moment.
    package var later = 0
    /// Partitions left out that had been recorded, were withdrawn by the moment, and were recorded again after it.
    package var withdrawn = 0
    /// Why the history may not be whole, in a sentence; nil where it is.
    package var doubt: String?
}

/// The versions of a directory under version control, from Git: under every name that its pointer had, and whatever
/// gaps there are.
package struct PartitionHistory {
    package struct Version: Sendable, Equatable {
        package var commit: String
        /// Seconds since 1970.
        package var time: Int
        /// Empty where the commit took the data out of version control.
        package var md5: String
    }

    /// Oldest first; only those in which the content differs.
    package let versions: [Version]
    /// Why they may not be all, in a sentence: a rename that cannot be followed. Nil where they are.
    package let doubt: String?
    private let workspace: Workspace
    private let path: String
    private let fetch: ([String]) throws -> Void

    /// - Parameters:
    ///   - data: from a pointer of the workspace.
    ///   - remote: from where listings come that the cache lacks; the data's own one, or the default one, when nil.
    /// - Throws: ``Failure`` outside a Git repository; ``ConfigError`` for a version of the pointer that cannot be
    ///   read: what it named is not known then.
    package init(
        of data: TrackedData, in workspace: Workspace, remote: String? = nil, progress: TransferProgress? = nil
    ) throws {
        fetch = { try workspace.fetchListings($0, of: data, remote: remote, progress: progress) }
        let trail = try PointerTrail(of: data, in: workspace, fetch: fetch)
        versions = trail.versions
        doubt = trail.unfollowed
        self.workspace = workspace
        path = data.path
    }

    /// The directory as it was known at a moment. While its pointer was away, what it said last counts.
    ///
    /// - Parameters:
    ///   - moment: nanoseconds since 1970, UTC. A partition of a day is over at the day's end.
    ///   - part: a file or directory of it, when only that is meant.
    /// - Complexity: the listings at the moment and now, and what differs between the versions after it; where those
    ///   have partitions that the one at the moment lacks, also what differs between the versions before it.
    /// - Throws: ``ObjectStore/StoreError`` for a listing that neither cache nor remote have; ``Failure`` with code
    ///   `partition.name`.
    package func known(at moment: Nanoseconds, _ partitions: PartitionedData, part: String? = nil) throws
        -> DataAsKnown
    {
        let seconds = Int(moment / 1_000_000_000)
        let recorded = versions.lastIndex { $0.time < seconds && !$0.md5.isEmpty }
        try fetch(versions[(recorded ?? 0)...].map(\.md5))
        var known = DataAsKnown(tree: DirectoryTree([]), commit: recorded.map { versions[$0].commit }, doubt: doubt)
        var members = Members(partitions, part: part, moment: seconds)
        if let recorded {
            let tree = try listing(versions[recorded].md5)
            if !partitions.pattern.isOneToOne { _ = try partitions.keys(tree) }
            try members.take(tree)
        }
        known.recorded = members.taken.count
        var previous = recorded.map { versions[$0].md5 } ?? "", first = members
        for version in versions[(recorded.map { $0 + 1 } ?? 0)...] where !version.md5.isEmpty {
            for tree in try differing(from: previous, to: version.md5) { try first.take(tree) }
            previous = version.md5
        }
        // What comes later for the first time comes in its first version; what came back was withdrawn before.
        var new = first.taken.filter { members.taken[$0.key] == nil }
        known.withdrawn = try withoutRecorded(&new, before: recorded ?? 0, partitions)
        known.backfilled = new.count
        known.later = first.later.count
        members.taken.merge(new) { old, _ in old }
        if let last = versions.last(where: { !$0.md5.isEmpty }), last.md5 != recorded.map({ versions[$0].md5 }) {
            known.revised = try members.differing(from: try listing(last.md5))
        }
        var paths = PathList(), digests: [MD5Digest] = []
        for member in members.taken.values {
            member.name.withUnsafeBytes { paths.append($0) }
            digests.append(member.digest)
        }
        known.tree = DirectoryTree(paths: paths, digests: digests)
        return known
    }

    /// Takes members away that an earlier version had.
    ///
    /// - Parameter end: how many of the oldest versions are looked at.
    /// - Returns: how many those are.
    private func withoutRecorded(
        _ members: inout [[UInt8]: Members.Member], before end: Int, _ partitions: PartitionedData
    ) throws -> Int {
        let count = members.count, earlier = versions[..<end].map(\.md5).filter { !$0.isEmpty }
        guard count > 0, !earlier.isEmpty else { return 0 }
        try fetch(earlier)
        let chunks = ListingChunks(store: workspace.store)
        var seen = Set<String>()
        func look(_ tree: DirectoryTree) {
            for index in 0..<tree.count {
                // A name without a key was never that of a partition.
                if let identity = try? Members.identity(tree, index, partitions) { members[identity] = nil }
            }
        }
        for md5 in earlier.reversed() where seen.insert(md5).inserted && !members.isEmpty {
            guard let parts = try chunks.parts(md5) else {
                look(try listing(md5))
                continue
            }
            for part in parts where seen.insert(part).inserted { look(try chunks.tree(part: part, for: path)) }
        }
        return count - members.count
    }

    /// Whether a file had some content in a version that was recorded by a moment; versions whose listing is not in the
    /// cache are not looked at.
    ///
    /// - Complexity: O(versions · files).
    package func had(_ name: String, _ md5: String, by moment: Nanoseconds) throws -> Bool {
        let seconds = Int(moment / 1_000_000_000)
        return try versions.contains { version in
            guard version.time < seconds, !version.md5.isEmpty, workspace.store.contains(version.md5) else {
                return false
            }
            let tree = try listing(version.md5)
            return tree.positions(of: name).contains { tree.digests[$0].hex == md5 }
        }
    }

    private func listing(_ md5: String) throws -> DirectoryTree { try workspace.store.tree(md5, for: path) }

    /// What may be new in a listing: its parts that the other one does not have, or all of it.
    private func differing(from old: String, to new: String) throws -> [DirectoryTree] {
        let chunks = ListingChunks(store: workspace.store)
        guard !old.isEmpty, let before = try chunks.parts(old), let after = try chunks.parts(new) else {
            return [try listing(new)]
        }
        let known = Set(before)
        return try after.filter { !known.contains($0) }.map { try chunks.tree(part: $0, for: path) }
    }
}

/// Partitions of several versions, each in the first one that had it, and only those that are over by a moment.
private struct Members {
    struct Member {
        var name: [UInt8]
        var digest: MD5Digest
    }

    /// By what makes them the same partition.
    var taken: [[UInt8]: Member] = [:]
    private(set) var later: Set<[UInt8]> = []
    private let partitions: PartitionedData
    private let part: String?
    private let moment: Int

    init(_ partitions: PartitionedData, part: String?, moment: Int) {
        (self.partitions, self.part, self.moment) = (partitions, part, moment)
    }

    mutating func take(_ tree: DirectoryTree) throws {
        for index in 0..<tree.count {
            let identity = try Members.identity(tree, index, partitions)
            guard taken[identity] == nil, !later.contains(identity) else { continue }
            let path = tree.paths[index]
            if let part, !path.isAtOrBelow(part) { continue }
            guard try partitions.key(path).isOver(by: moment) else {
                later.insert(identity)
                continue
            }
            taken[identity] = Member(
                name: Array(tree.paths.bytes[tree.paths.range(index)]), digest: tree.digests[index])
        }
    }

    /// How many have other content in a listing.
    func differing(from tree: DirectoryTree) throws -> Int {
        try (0..<tree.count).count { index in
            let digest = taken[try Members.identity(tree, index, partitions)]?.digest
            return digest != nil && digest != tree.digests[index]
        }
    }

    /// The name, unless one partition can have several.
    static func identity(_ tree: DirectoryTree, _ index: Int, _ partitions: PartitionedData) throws -> [UInt8] {
        if partitions.pattern.isOneToOne { return Array(tree.paths.bytes[tree.paths.range(index)]) }
        return Array(partitions.identity(try partitions.key(tree.paths[index])).text.utf8)
    }
}

extension PartitionKey {
    /// Whether all spans that the key's times name have ended; a key without a time is always over.
    ///
    /// - Parameter moment: seconds since 1970.
    package func isOver(by moment: Int) -> Bool { spans.allSatisfy { $0.last < moment } }
}
