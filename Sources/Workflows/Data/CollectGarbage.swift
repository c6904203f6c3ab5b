import Basics
import DataVersioning
import Foundation
import Registry

/// A cache in; what nobody needs any more, named and moved to the trash, out. What a registered model version stands on
/// is never touched.
package struct CollectGarbage {
    /// What must stay, and what to do with the rest. At least one scope has to be chosen.
    package struct Request: Sendable {
        /// Keeps what the workspace names.
        package var workspace = false
        package var allBranches = false
        package var allTags = false
        package var allCommits = false
        /// Keeps what the last so many commits of HEAD, or of ``revisions``, name.
        package var lastCommits: Int?
        package var revisions: [String] = []
        /// Keeps what commits since this day name, `YYYY-MM-DD`.
        package var since: String?
        /// Other workspaces that share the cache.
        package var projects: [String] = []
        /// Whether to remove from the remote too, at once and for good.
        package var includesRemote = false
        /// The default remote when nil.
        package var remote: String?
        /// How long objects wait in the trash.
        package var graceDays = 14

        package init() {}
    }

    package struct Object: Sendable, Equatable {
        /// With `.dir` for a directory's listing.
        package let md5: String
        package let bytes: Int
        /// Seconds since 1970.
        package let lastUse: Int
        /// Where it once belonged, as far as listings and history tell.
        package let path: String?
    }

    package struct RemoteObject: Sendable, Equatable {
        package let key: String
        package let bytes: Int
        /// Seconds since 1970.
        package let modified: Int
    }

    /// What nothing needs: of the cache, largest first, and of the remote.
    package struct Plan: Sendable, Equatable {
        package let objects: [Object]
        package let remoteObjects: [RemoteObject]

        package var bytes: Int { objects.reduce(0) { $0 + $1.bytes } }
    }

    package struct Outcome: Sendable, Equatable {
        package let plan: Plan
        /// Objects that had waited in the trash long enough and are gone for good.
        package let emptiedObjects: Int
        package let emptiedBytes: Int
    }

    /// A hundred years.
    private static let mostGraceDays = 36_500

    private let session: Session

    package init(_ session: Session) { self.session = session }

    /// What would go; moves nothing.
    ///
    /// - Throws: ``Failure`` with code `gc.scope`, `usage.gc` or `usage.date`.
    package func plan(_ request: Request, onWait: (String) -> Void = { _ in }) throws -> Plan {
        let scope = try scope(request)
        return try changing(onWait) { try plan(request, scope, try protected()) }
    }

    /// Moves to the trash what nothing needs, removes it from the remote where that is asked for, and empties the
    /// trash of what waited there long enough.
    ///
    /// - Parameter isConfirmed: whether somebody agreed to lose what goes from the remote.
    /// - Throws: ``Failure`` with code `gc.confirm` where objects would go from the remote and nobody agreed; then
    ///   nothing has moved.
    package func run(
        _ request: Request, isConfirmed: Bool, onWait: (String) -> Void = { _ in }
    ) throws -> Outcome {
        let scope = try scope(request)
        return try changing(onWait) {
            // Under the lock: a version that is registered meanwhile would lose what it stands on.
            let protected = try protected()
            let storage = try storage(request)
            let collection = GarbageCollection(session.workspace)
            let plan = try plan(request, scope, protected)
            if !plan.remoteObjects.isEmpty, !isConfirmed {
                throw Failure(
                    "gc.confirm",
                    "found \(plan.remoteObjects.count) objects that would be gone from the remote for good",
                    hint: "look at them with --dry-run, and then add --yes")
            }
            try collection.discard(
                plan.objects.map { .init(md5: $0.md5, size: $0.bytes, lastUse: $0.lastUse, name: $0.path) })
            // Listings first: a listing at the remote always means that its files are there.
            let (listed, files) = (
                plan.remoteObjects.filter { $0.key.hasSuffix(".dir") },
                plan.remoteObjects.filter { !$0.key.hasSuffix(".dir") }
            )
            for item in listed + files { try storage?.remove(item.key) }
            let grace = request.graceDays * 86_400, gone = try collection.emptyTrash(olderThan: grace)
            let listings = try collection.removeListings(scope, protected: protected, olderThan: grace)
            return Outcome(
                plan: plan, emptiedObjects: gone.objects + listings.objects,
                emptiedBytes: gone.bytes + listings.bytes)
        }
    }

    /// Brings everything in the trash back.
    ///
    /// - Returns: how many objects came back.
    package func restore(onWait: (String) -> Void = { _ in }) throws -> Int {
        try changing(onWait) { try GarbageCollection(session.workspace).restore() }
    }

    private func changing<T>(_ onWait: (String) -> Void, _ body: () throws -> T) throws -> T {
        try session.workspace.changing([], command: "hftml gc", onWait: onWait, body)
    }

    private func storage(_ request: Request) throws -> (any RemoteStorage)? {
        request.includesRemote ? try session.workspace.settings.remote(request.remote).open() : nil
    }

    private func plan(_ request: Request, _ scope: GarbageCollection.Scope, _ protected: Set<String>) throws -> Plan {
        let collection = GarbageCollection(session.workspace)
        let objects = try collection.candidates(scope, protected: protected)
        let remote =
            try storage(request).map { try collection.candidates(scope, protected: protected, remote: $0) } ?? []
        return Plan(
            objects: objects.map { Object(md5: $0.md5, bytes: $0.size, lastUse: $0.lastUse, path: $0.name) },
            remoteObjects: remote.map { RemoteObject(key: $0.key, bytes: $0.size, modified: $0.modified) })
    }

    private func scope(_ request: Request) throws -> GarbageCollection.Scope {
        guard (0...Self.mostGraceDays).contains(request.graceDays), request.lastCommits.map({ $0 > 0 }) ?? true else {
            throw Failure(
                "usage.gc",
                "found \(request.graceDays) days and \(request.lastCommits.map(String.init) ?? "no number of") "
                    + "commits, expected 0 to \(Self.mostGraceDays) days and 1 or more commits", exitStatus: .usage)
        }
        var scope = GarbageCollection.Scope()
        (scope.workspace, scope.allBranches) = (request.workspace, request.allBranches)
        (scope.allTags, scope.allCommits) = (request.allTags, request.allCommits)
        (scope.lastCommits, scope.revisions) = (request.lastCommits, request.revisions)
        scope.projects = request.projects
        if let date = request.since {
            guard let day = try? Date("\(date)T00:00:00Z", strategy: .iso8601) else {
                throw Failure("usage.date", "found the date '\(date)', expected YYYY-MM-DD", exitStatus: .usage)
            }
            scope.since = Int(saturating: day.timeIntervalSince1970)
        }
        return scope
    }

    /// Hashes that lineage of any model version names, and all that the commits of those versions have under version
    /// control. A version that is hidden counts as well: it can be restored.
    package func protected() throws -> Set<String> {
        guard Paths.exists(session.registryPath) else { return [] }
        let registry = try session.registry()
        var hashes: Set<String> = [], commits: Set<String> = []
        for version in try registry.versions(stage: .all) {
            for node in try registry.lineage(of: RegisterModel.node(version).id).nodes {
                if node.id.hasPrefix("md5:") { hashes.insert(String(node.id.dropFirst(4))) }
                if node.kind == .code, let commit = node.attributes[.commit] { commits.insert(commit) }
            }
        }
        // A commit of another clone names nothing here. A Git that cannot be read is an error: it decides what goes.
        guard !commits.isEmpty, let repository = try GitRepository.around(session.root) else { return hashes }
        for commit in commits.sorted() where try repository.holds(commit: commit) {
            for item in try session.workspace.trackedData(at: commit) where !item.entry.md5.isEmpty {
                hashes.insert(item.entry.md5)
            }
        }
        return hashes
    }
}
