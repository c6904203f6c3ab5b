package import Basics

/// A directory as it was known at a moment: each partition that was over by then, in the last version that had been
/// recorded by then. A partition that was recorded later for the first time, as when ten years were bought at once,
/// is taken in its first version, and counted. Corrections made after the moment are never in it.
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
}

/// The versions of a directory under version control, from Git.
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
    private let workspace: Workspace
    private let path: String

    /// - Parameter data: from a pointer of the workspace.
    /// - Throws: ``Failure`` outside a Git repository; ``ConfigError`` for a version of the pointer that cannot be
    ///   read: what it named is not known then.
    package init(of data: TrackedData, in workspace: Workspace) throws {
        let git = try workspace.git(), prefix = workspace.gitPrefix(git)
        var versions: [Version] = []
        for version in try git.versions(of: prefix + data.holder) {
            let entry = try version.bytes.flatMap { bytes in
                let pointer = try PointerFile(
                    "\(data.holder)@\(version.commit.prefix(8))", text: String(decoding: bytes, as: UTF8.self))
                return pointer.entries.first { $0.path.utf8.elementsEqual(data.entry.path.utf8) }
            }
            let md5 = entry?.md5 ?? ""
            if md5 != versions.last?.md5 {
                versions.append(Version(commit: version.commit, time: version.time, md5: md5))
            }
        }
        self.versions = versions
        self.workspace = workspace
        path = data.path
    }

    /// The directory as it was known at a moment.
    ///
    /// - Parameters:
    ///   - moment: nanoseconds since 1970, UTC. A partition of a day is over at the day's end.
    ///   - part: a file or directory of it, when only that is meant.
    /// - Complexity: the listings at the moment and now, and what differs between the versions after it.
    /// - Throws: ``ObjectStore/StoreError`` for a listing that is not in the cache; ``Failure`` with code
    ///   `partition.name`.
    package func known(at moment: Nanoseconds, _ partitions: PartitionedData, part: String? = nil) throws
        -> DataAsKnown
    {
        let seconds = Int(moment / 1_000_000_000)
        let recorded = versions.last { $0.time < seconds }
        var known = DataAsKnown(tree: DirectoryTree([]), commit: recorded?.commit)
        var taken: [[UInt8]: MD5Digest] = [:], later = Set<[UInt8]>()
        func take(_ tree: DirectoryTree, _ count: inout Int) throws {
            for index in 0..<tree.count {
                let name = Array(tree.paths.bytes[tree.paths.range(index)])
                guard taken[name] == nil, !later.contains(name) else { continue }
                let path = tree.paths[index]
                if let part, !path.isAtOrBelow(part) { continue }
                guard try partitions.key(path).isOver(by: seconds) else {
                    later.insert(name)
                    continue
                }
                taken[name] = tree.digests[index]
                count += 1
            }
        }
        if let recorded, !recorded.md5.isEmpty { try take(try listing(recorded.md5), &known.recorded) }
        var previous = recorded?.md5 ?? ""
        for version in versions where version.time >= seconds && !version.md5.isEmpty {
            for tree in try differing(from: previous, to: version.md5) { try take(tree, &known.backfilled) }
            previous = version.md5
        }
        known.later = later.count
        if let last = versions.last(where: { !$0.md5.isEmpty }), last.md5 != recorded?.md5 {
            let now = try listing(last.md5)
            for index in 0..<now.count {
                let digest = taken[Array(now.paths.bytes[now.paths.range(index)])]
                if let digest, digest != now.digests[index] { known.revised += 1 }
            }
        }
        var paths = PathList(), digests: [MD5Digest] = []
        for (name, digest) in taken {
            name.withUnsafeBytes { paths.append($0) }
            digests.append(digest)
        }
        known.tree = DirectoryTree(paths: paths, digests: digests)
        return known
    }

    /// The listings that tell what was known at a moment: of the version in force then, and of all after it.
    ///
    /// - Parameter moment: nanoseconds since 1970, UTC.
    package func listings(at moment: Nanoseconds) -> [String] {
        let seconds = Int(moment / 1_000_000_000)
        let first = versions.lastIndex { $0.time < seconds } ?? 0
        return versions[first...].map(\.md5).filter { !$0.isEmpty }
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

extension PartitionKey {
    /// Whether the span that the key's time names has ended; a key without a time is always over.
    ///
    /// - Parameter moment: seconds since 1970.
    package func isOver(by moment: Int) -> Bool {
        for field in fields {
            guard case .time(_, _, let text) = field.value, let span = PartitionInterval(text) else { continue }
            return span.last < moment
        }
        return true
    }
}
