import Basics

/// The versions of an output along first parents, under every name that its pointer had.
///
/// A commit that adds a pointer and removes another one, whose data is equal or mostly equal, renamed it; so did two
/// commits, of which the first removes and a later one adds. A copy of a pointer goes on as what it was copied from.
/// Without that, what was corrected before a rename would be the first version after it.
struct PointerTrail {
    /// Oldest first; one for each commit that changed pointer or place. No MD5 where there was no pointer.
    private(set) var versions: [PartitionHistory.Version] = []
    /// A sentence on a pointer that went where this one came, and of which nobody can tell whether it is the same data.
    private(set) var unfollowed: String?

    private let workspace: Workspace
    private let git: GitRepository
    private let fetch: ([String]) throws -> Void
    /// Trees that were read, for ``GitRepository/files(at:named:known:)``.
    private var trees: [String: [GitRepository.TreeFile]] = [:]

    /// A pointer from the top of the work tree, and the output that is meant of it.
    private struct Place: Equatable {
        var pointer: String
        var output: String
    }

    /// - Parameters:
    ///   - data: from a pointer of the workspace.
    ///   - fetch: brings listings that the cache lacks.
    /// - Complexity: one look at a tree per commit; where the pointer was not there, all pointers of the commit.
    /// - Throws: ``Failure`` outside a Git repository; ``ConfigError`` for a version of the pointer that cannot be
    ///   read: what it named is not known then.
    init(of data: TrackedData, in workspace: Workspace, fetch: @escaping ([String]) throws -> Void) throws {
        self.workspace = workspace
        self.fetch = fetch
        git = try workspace.git()
        let prefix = workspace.gitPrefix(git), commits = try git.firstParents(of: "HEAD")
        var place = Place(pointer: prefix + data.holder, output: data.entry.path), isThere = true
        var last = data.entry.md5, identity: String?, newestFirst: [PartitionHistory.Version] = []
        for (index, commit) in commits.enumerated() {
            var now = try git.identity(of: place.pointer, at: commit.id)
            var md5 = now != nil && now == identity ? last : try content(of: place, at: commit.id)
            if md5 == nil {
                let gone = try pointers(at: commit.id, without: index == 0 ? nil : commits[index - 1].id, prefix)
                if let origin = try origin(of: last, gone, at: commit.id, isThere: isThere, place) {
                    place = origin
                    now = try git.identity(of: place.pointer, at: commit.id)
                    md5 = try content(of: place, at: commit.id)
                }
            }
            identity = now
            isThere = md5 != nil
            newestFirst.append(.init(commit: commit.id, time: commit.time, md5: md5 ?? ""))
            last = md5 ?? last
        }
        var latest = Int.min
        for var version in newestFirst.reversed() {
            // What comes later in the history was never known earlier, whatever the clock said.
            latest = max(latest, version.time)
            version.time = latest
            if version.md5 != versions.last?.md5 ?? "" { versions.append(version) }
        }
    }

    /// Nil where pointer or output are not there.
    private func content(of place: Place, at commit: String) throws -> String? {
        guard let bytes = try git.file(place.pointer, at: commit) else { return nil }
        let pointer = try PointerFile(
            "\(place.pointer)@\(commit.prefix(8))", text: String(decoding: bytes, as: UTF8.self))
        pointer.entries.forEach(workspace.store.note)
        return pointer.entries.first { $0.path.isExactly(place.output) }?.md5
    }

    /// The pointers of a commit, and whether the one after it, or the workspace, has them no more.
    private mutating func pointers(at commit: String, without next: String?, _ prefix: String) throws
        -> [(file: GitRepository.TreeFile, isGone: Bool)]
    {
        func isPointer(_ name: String) -> Bool { name.hasSuffix(".dvc") && name.utf8.count > 4 }
        let files = try git.files(at: commit, named: isPointer, known: &trees)
        guard let next else {
            return files.compactMap { file in
                file.path.rest(after: prefix).map { (file, !Paths.exists("\(workspace.root)/\($0)")) }
            }
        }
        let kept = ExactSet(try git.files(at: next, named: isPointer, known: &trees).map(\.path))
        return files.map { ($0, !kept.contains($0.path)) }
    }

    /// Where the data was before a commit that has it elsewhere.
    ///
    /// - Parameters:
    ///   - md5: of the data after it.
    ///   - isThere: whether the commit after this one is the first that has the data at its place; else it was not
    ///     there for some time.
    private mutating func origin(
        of md5: String, _ pointers: [(file: GitRepository.TreeFile, isGone: Bool)], at commit: String, isThere: Bool,
        _ place: Place
    ) throws -> Place? {
        var best: (place: Place, rank: Int)?, doubt: String?
        for (file, isGone) in pointers where isGone || isThere {
            guard
                let pointer = try? PointerFile(
                    "\(file.path)@\(commit.prefix(8))", text: String(decoding: try file.read(), as: UTF8.self))
            else {
                doubt = isGone ? file.path : doubt
                continue
            }
            for entry in pointer.entries where !entry.md5.isEmpty {
                workspace.store.note(entry)
                guard isGone || entry.md5 == md5 else { continue }
                let likeness = likeness(entry.md5, md5, mayFetch: isThere)
                if case .alike(let rank) = likeness, rank > best?.rank ?? 0 {
                    best = (Place(pointer: file.path, output: entry.path), rank)
                }
                if case .unknown = likeness { doubt = file.path }
            }
        }
        if best == nil, isThere, let doubt, unfollowed == nil {
            unfollowed =
                "its history begins where '\(doubt)' went, after \(commit.prefix(8)); whether that is the same data "
                + "under another name cannot be told, so what it recorded is left out"
        }
        return best?.place
    }

    private enum Likeness {
        /// The more the greater.
        case alike(Int)
        case different
        case unknown
    }

    /// Whether most files of two directories are the same. Files of the same names with other content may be a
    /// correction of all of them, or other data that is named alike.
    private func likeness(_ old: String, _ new: String, mayFetch: Bool) -> Likeness {
        if old == new { return .alike(.max) }
        guard old.hasSuffix(".dir"), new.hasSuffix(".dir") else { return .different }
        if mayFetch { do { try fetch([old, new]) } catch { return .unknown } }
        let reader = ListingReader(store: workspace.store)
        guard let before = try? reader.tree(old, for: old), let after = try? reader.tree(new, for: new) else {
            return .unknown
        }
        var names = 0, equal = 0, other = 0
        for index in 0..<after.count {
            while other < before.count, before.paths.compare(other, with: after.paths, index) < 0 { other += 1 }
            guard other < before.count, before.paths.compare(other, with: after.paths, index) == 0 else { continue }
            names += 1
            if before.digests[other] == after.digests[index] { equal += 1 }
        }
        if equal * 2 >= max(before.count, after.count) { return .alike(max(equal, 1)) }
        return names == 0 ? .different : .unknown
    }
}
