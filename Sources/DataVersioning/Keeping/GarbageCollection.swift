import Basics
import Foundation

/// What may be dropped from the cache, and the trash where it waits before it is gone.
package struct GarbageCollection {
    /// What must stay: at least one scope has to be chosen.
    package struct Scope: Sendable {
        /// What the workspace's files name.
        package var workspace = false
        package var allBranches = false
        package var allTags = false
        package var allCommits = false
        /// The last so many commits of these revisions.
        package var lastCommits: Int?
        package var revisions: [String] = []
        /// Commits not older than this, in seconds since 1970.
        package var since: Int?
        /// Other workspaces that share the cache.
        package var projects: [String] = []
        package init() {}

        package var isEmpty: Bool {
            !workspace && !allBranches && !allTags && !allCommits && lastCommits == nil && revisions.isEmpty
                && since == nil
        }

        var needsHistory: Bool {
            allBranches || allTags || allCommits || lastCommits != nil || !revisions.isEmpty || since != nil
        }
    }

    package struct Candidate: Sendable {
        package var md5: String
        package var size: Int
        package var lastUse: Int
        /// Where it once belonged, as far as listings and history tell.
        package var name: String?

        package init(md5: String, size: Int, lastUse: Int, name: String?) {
            self.md5 = md5
            self.size = size
            self.lastUse = lastUse
            self.name = name
        }
    }

    private let workspace: Workspace
    private var trash: String { "\(workspace.store.directory)/.hftml-trash" }

    package init(_ workspace: Workspace) { self.workspace = workspace }

    // MARK: What stays

    /// Hashes that something in scope needs. What cannot be read is an error: nobody knows what it needs.
    private func used(_ scope: Scope, protected: Set<String>) throws -> Set<String> {
        var data = try inWorkspace(workspace)
        for project in scope.projects {
            data += try inWorkspace(try Workspace.find(from: project, environment: workspace.environment))
        }
        if scope.needsHistory {
            let repository = try workspace.git()
            var cache: [String: Workspace.Tracked] = [:]
            for commit in try commits(scope, repository).sorted() {
                data += try whole(try workspace.tracked(at: commit, repository, &cache))
            }
        }
        var keep: Set<String> = []
        func add(_ md5: String) throws {
            // A listing that is not here has no files here that it alone keeps alive; a damaged one does, and must be
            // mended first.
            guard !md5.isEmpty, keep.insert(md5).inserted, md5.hasSuffix(".dir"), workspace.store.contains(md5) else {
                return
            }
            for digest in try workspace.store.tree(md5, for: md5).digests { keep.insert(digest.hex) }
        }
        for item in data {
            // Other workspaces have read theirs for stores of their own.
            workspace.store.note(item.entry)
            try add(item.entry.md5)
        }
        for md5 in protected { try add(md5) }
        return keep
    }

    private func whole(_ tracked: Workspace.Tracked) throws -> [TrackedData] {
        guard let first = tracked.unreadable.first else { return tracked.data }
        let failure = first.failure
        throw Failure(
            "gc.unreadable", "\(failure.message); what it names would be taken for unused",
            hint: first.commit == nil
                ? "mend the file and run the same command again; nothing was removed"
                : "leave that commit out, such as: hftml gc --workspace --all-branches; nothing was removed"
        )
    }

    /// What a workspace names. What directories that Git ignores name is kept as well, as far as it can be read: they
    /// are looked at for nothing else.
    private func inWorkspace(_ workspace: Workspace) throws -> [TrackedData] {
        try whole(try workspace.tracked()) + workspace.tracked(includesIgnored: true).data
    }

    private func commits(_ scope: Scope, _ repository: GitRepository) throws -> Set<String> {
        if scope.allCommits || scope.since != nil, repository.isShallow {
            throw Failure(
                "gc.unreadable", "found a shallow clone, whose older commits are not here to say what they need",
                hint: "fetch them first with: git fetch --unshallow; nothing was removed")
        }
        var out: Set<String> = []
        if scope.allCommits {
            out.formUnion(try repository.history())
            let unnamed = try repository.unnamedCommits()
            if !unnamed.isEmpty { out.formUnion(try repository.history(from: unnamed)) }
        }
        if scope.allBranches { out.formUnion(try tips(["refs/heads/", "refs/remotes/"], repository)) }
        if scope.allTags { out.formUnion(try tips(["refs/tags/"], repository)) }
        let starts = scope.revisions.isEmpty ? ["HEAD"] : scope.revisions
        if let count = scope.lastCommits {
            for start in starts { out.formUnion(try repository.history(from: [start], limit: count)) }
        } else {
            for name in scope.revisions { out.insert(try repository.commit(name)) }
        }
        if let since = scope.since {
            for id in try repository.history() where try repository.date(of: id) >= since { out.insert(id) }
        }
        return out
    }

    /// Commits at the ends of references. One that names a file or a tree has none; one that leads nowhere is an error.
    private func tips(_ kinds: [String], _ repository: GitRepository) throws -> [String] {
        try kinds.flatMap { try repository.references(below: $0) }.compactMap { try repository.commitIfAny($0) }
    }

    // MARK: What goes

    /// Everything that no scope needs, largest first.
    ///
    /// - Parameter protected: hashes that must stay whatever the scope says, such as those of registered model
    ///   versions.
    package func candidates(_ scope: Scope, protected: Set<String>) throws -> [Candidate] {
        guard !scope.isEmpty else {
            throw Failure(
                "gc.scope", "found no scope, so nothing says what must stay",
                hint: "choose one, such as: hftml gc --workspace --all-commits", exitStatus: .usage)
        }
        let keep = try used(scope, protected: protected)
        let objects = try workspace.store.objects().filter { !keep.contains($0.md5) }
        let names = names(for: Set(objects.map(\.md5)))
        return objects.map { Candidate(md5: $0.md5, size: $0.size, lastUse: $0.lastUse, name: names[$0.md5]) }.sorted {
            ($0.size, $1.md5) > ($1.size, $0.md5)
        }
    }

    private func names(for wanted: Set<String>) -> [String: String] {
        var out: [String: String] = [:]
        guard !wanted.isEmpty else { return out }
        func add(_ md5: String, _ name: String) {
            if wanted.contains(md5), out[md5] == nil { out[md5] = name }
            guard md5.hasSuffix(".dir"), let tree = try? workspace.store.tree(md5, for: name) else { return }
            for (index, digest) in tree.digests.enumerated() where wanted.contains(digest.hex) && out[digest.hex] == nil
            { out[digest.hex] = "\(name)/\(tree.paths[index])" }
        }
        if let repository = try? workspace.git(),
            let commits = try? repository.history(limit: 2_000)
        {
            var cache: [String: Workspace.Tracked] = [:], seen: Set<String> = []
            for commit in commits {
                // Only names for people come from here; what stays was decided before.
                for item in (try? workspace.tracked(at: commit, repository, &cache))?.data ?? []
                where seen.insert(item.entry.md5).inserted { add(item.entry.md5, item.path) }
            }
        }
        for md5 in wanted where md5.hasSuffix(".dir") && out[md5] == nil { add(md5, "(a directory of no commit)") }
        return out
    }

    /// Moves objects to the trash, from where `restore` brings them back until their time is over.
    package func discard(_ candidates: [Candidate]) throws {
        guard !candidates.isEmpty else { return }
        let folder = "\(trash)/\(Clock.system.now() / 1_000_000_000)-\(getpid())"
        try Paths.makeDirectory(folder)
        // Listings first: an interrupted run must not leave a listing whose files are gone.
        for item in candidates.sorted(by: { $0.md5.hasSuffix(".dir") && !$1.md5.hasSuffix(".dir") }) {
            guard rename(workspace.store.path(item.md5), "\(folder)/\(item.md5)") == 0 || errno == ENOENT else {
                throw FileError("move to the trash", workspace.store.path(item.md5))
            }
        }
    }

    /// Removes listings in parts that no scope needs, as old as what goes from the trash: they are no objects that
    /// could wait there.
    ///
    /// - Returns: number and bytes of the files that are gone for good.
    /// - Throws: as ``candidates(_:protected:)``.
    package func removeListings(_ scope: Scope, protected: Set<String>, olderThan seconds: Int) throws -> (
        objects: Int, bytes: Int
    ) {
        let chunks = ListingChunks(store: workspace.store)
        guard chunks.isUsed else { return (0, 0) }
        return try chunks.removeUnused(keep: try used(scope, protected: protected), olderThan: seconds)
    }

    /// Empties what has waited in the trash longer than the grace period.
    ///
    /// - Returns: number and bytes of the objects that are gone for good.
    package func emptyTrash(olderThan seconds: Int) throws -> (objects: Int, bytes: Int) {
        var result = (objects: 0, bytes: 0)
        guard Paths.isRealDirectory(trash) else { return result }
        let now = Int(Clock.system.now() / 1_000_000_000)
        for name in try Paths.entries(trash) {
            guard let time = name.split(separator: "-").first.flatMap({ Int($0) }),
                time.saturatingPlus(seconds) <= now
            else {
                continue
            }
            for file in try Paths.entries("\(trash)/\(name)") {
                result.objects += 1
                result.bytes += Paths.size("\(trash)/\(name)/\(file)") ?? 0
            }
            try Paths.remove("\(trash)/\(name)")
        }
        return result
    }

    /// Brings everything in the trash back.
    package func restore() throws -> Int {
        guard Paths.isRealDirectory(trash) else { return 0 }
        var count = 0
        for folder in try Paths.entries(trash) {
            // Files before listings.
            for md5 in try Paths.entries("\(trash)/\(folder)").sorted(by: {
                !$0.hasSuffix(".dir") && $1.hasSuffix(".dir")
            }) {
                guard MD5Digest(hex: md5.prefix(32)) != nil else { continue }
                try Paths.makeDirectory(Paths.parent(workspace.store.path(md5)))
                guard rename("\(trash)/\(folder)/\(md5)", workspace.store.path(md5)) == 0 else {
                    throw FileError("restore", md5)
                }
                count += 1
            }
            try Paths.remove("\(trash)/\(folder)")
        }
        return count
    }

    /// Objects of a remote that no scope needs.
    package func candidates(_ scope: Scope, protected: Set<String>, remote: any RemoteStorage) throws -> [(
        key: String, size: Int, modified: Int
    )] {
        let keep = try used(scope, protected: protected)
        // A listing that is not here may name files that are only there: without it nothing can be judged.
        for md5 in keep where md5.hasSuffix(".dir") && !workspace.store.contains(md5) {
            throw ObjectStore.StoreError.missing(md5: md5, path: "a directory that is in scope")
        }
        return try remote.list("files/md5").filter { item in
            !keep.contains(item.key.split(separator: "/").suffix(2).joined())
        }
    }
}
