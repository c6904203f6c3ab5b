import Basics
import Foundation

/// What a look at every byte of the cache found.
package struct CacheReport: Sendable {
    package struct Problem: Sendable {
        package var md5: String
        package var object: String
        package var problem: String
        /// Data of the workspace that needs the object.
        package var usedBy: [String]
    }

    package var objects = 0
    package var bytes = 0
    package var problems: [Problem] = []
    /// Files that could not be read to tell who needs an object.
    package var unreadable: [UnreadableFile] = []
}

extension Workspace {
    /// Hashes every object of the cache again, those of DVC 2 by its rule, and compares sizes and counts that pointers
    /// state.
    ///
    /// - Parameter isRemoving: whether damaged objects are removed, so that they can be fetched again.
    package func verifyCache(isRemoving: Bool = false, progress: TransferProgress? = nil) throws -> CacheReport {
        var report = CacheReport()
        let tracked = try tracked(), users = users(of: tracked.data)
        report.unreadable = tracked.unreadable
        let objects = try (store.objects() + store.legacyObjects()).sorted { $0.size > $1.size }
        progress?.expect(files: objects.count, bytes: objects.reduce(0) { $0 + $1.size })
        let found = try store.hash(objects, progress: progress)
        func add(_ md5: String, _ problem: String, isLegacy: Bool = false) {
            report.problems.append(
                .init(
                    md5: md5, object: store.path(md5, isLegacy: isLegacy), problem: problem, usedBy: users[md5] ?? []))
        }
        for (object, outcome) in zip(objects, found) {
            report.objects += 1
            report.bytes += object.size
            switch outcome {
            case .failure(let error): add(object.md5, error.message, isLegacy: object.isLegacy)
            case .success(let md5) where md5 != object.md5.prefix(32):
                add(object.md5, "its content hashes to \(md5)", isLegacy: object.isLegacy)
                if isRemoving { try Paths.remove(store.path(object.md5, isLegacy: object.isLegacy)) }
            case .success:
                guard object.md5.hasSuffix(".dir") else { continue }
                do { _ = try store.tree(object.md5, for: "", isLegacy: object.isLegacy) } catch {
                    add(object.md5, "its listing is malformed: \(error)", isLegacy: object.isLegacy)
                }
            }
        }
        for listing in try ListingChunks(store: store).verify(isRemoving: isRemoving) {
            report.objects += 1
            report.bytes += listing.bytes
            if let problem = listing.problem { add(listing.md5, problem) }
        }
        // What a damaged object makes untrue of a size is no second problem.
        let damaged = Set(report.problems.map(\.md5))
        for item in tracked.data where !item.entry.isLegacy { checkStated(item, without: damaged) { add($0, $1) } }
        return report
    }

    /// What needs an object, by its name; of a damaged listing only the listing's own name is known.
    func users(of data: [TrackedData]) -> [String: [String]] {
        var users: [String: [String]] = [:]
        for item in data {
            users[item.entry.md5, default: []].append(item.path)
            guard item.entry.isDirectory,
                let tree = try? store.tree(item.entry.md5, for: item.path, isLegacy: item.entry.isLegacy)
            else { continue }
            for (index, digest) in tree.digests.enumerated() {
                users[digest.hex, default: []].append("\(item.path)/\(tree.paths[index])")
            }
        }
        return users
    }

    /// DVC never looks at the size and count that a pointer states.
    private func checkStated(_ item: TrackedData, without damaged: Set<String>, _ add: (String, String) -> Void) {
        let md5 = item.entry.md5
        guard !damaged.contains(md5) else { return }
        guard item.entry.isDirectory else {
            if !item.entry.isSizeUnknown, let size = Paths.size(store.path(md5)), size != item.entry.size {
                add(md5, "it has \(size) bytes, and '\(item.holder)' states \(item.entry.size)")
            }
            return
        }
        guard let tree = try? store.tree(md5, for: item.path) else { return }
        if let count = item.entry.fileCount, count != tree.count {
            add(md5, "it lists \(tree.count) files, and '\(item.holder)' states \(count)")
        }
        guard damaged.isEmpty || !tree.digests.contains(where: { damaged.contains($0.hex) }) else { return }
        let sizes = tree.digests.map { Paths.size(store.path($0)) }
        if !item.entry.isSizeUnknown, !sizes.contains(nil), sizes.reduce(0, { $0 + ($1 ?? 0) }) != item.entry.size {
            add(
                md5,
                "its files have \(sizes.reduce(0) { $0 + ($1 ?? 0) }) bytes, and '\(item.holder)' states "
                    + "\(item.entry.size)"
            )
        }
    }

    /// SHA-256 of data, for attestations: of a file its bytes; of a directory the lines `SHA256  PATH` of its files in
    /// the order of their paths.
    package func sha256(of path: String) throws -> String {
        guard Paths.isDirectory(path) else { return try Digest.sha256(file: path) }
        let tree = try snapshot(path, isStoring: false).tree
        let lines = Guarded<[Int: String]>([:])
        let failure = Guarded<(any Error & Sendable)?>(nil)
        Parallel.ranges(tree.count, minimum: 4) { range in
            for index in range {
                do {
                    let line = "\(try Digest.sha256(file: "\(path)/\(tree.paths[index])"))  \(tree.paths[index])\n"
                    lines.update { $0[index] = line }
                } catch { failure.update { [error] in $0 = error } }
            }
        }
        if let error = failure.value { throw error }
        let text = (0..<tree.count).map { lines.value[$0] ?? "" }.joined()
        return Digest.sha256(text)
    }

    /// Records the SHA-256 of a pointer's data in its `meta`, beside the MD5 that it belongs to.
    package func attest(_ pointer: PointerFile) throws -> (pointer: PointerFile, sha256: String) {
        guard try state(of: pointer) == .unchanged else {
            throw Failure(
                "data.changed", "found '\(shown(pointer.dataPath))' changed or missing",
                hint: "record it first with: hftml add '\(shown(pointer.dataPath))'")
        }
        var pointer = pointer
        let digest = try sha256(of: pointer.dataPath)
        var meta = pointer.entry.meta ?? .map([(String, JSONValue)]())
        try meta.set(
            path: "hftml.sha256", to: .map([("digest", .string(digest)), ("md5", .string(pointer.entry.md5))]))
        pointer.entry.meta = meta
        try pointer.write()
        try hashes.save()
        return (pointer, digest)
    }
}
