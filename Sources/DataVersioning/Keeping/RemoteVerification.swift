import Basics
import Foundation

/// What a look at every byte of a remote found.
package struct RemoteReport: Sendable {
    package struct Problem: Sendable {
        package var md5: String
        package var key: String
        package var problem: String
        /// Data of the workspace that needs the object.
        package var usedBy: [String]
        /// Where a whole copy came from that replaced the object; nil where it was not replaced.
        package var repairedFrom: String?
    }

    package var url = ""
    package var objects = 0
    package var bytes = 0
    package var problems: [Problem] = []
    package var unreadable: [UnreadableFile] = []
}

/// Reads all objects of a remote again, and replaces damaged ones by whole copies from the cache or another remote.
package struct RemoteVerification {
    private let workspace: Workspace
    private let name: String
    private let remote: any RemoteStorage

    /// - Parameter name: the default remote when nil.
    package init(_ workspace: Workspace, remote name: String?, jobs: Int? = nil) throws {
        self.workspace = workspace
        let settings = try workspace.settings.remote(name)
        self.name = settings.name
        remote = try settings.open(jobs: jobs)
    }

    /// - Parameter isRepairing: whether damaged objects are replaced where a whole copy exists. Nothing is
    ///   ever removed.
    /// - Throws: ``RemoteError`` for a remote that does not answer or cannot list what it has.
    package func run(isRepairing: Bool = false, progress: TransferProgress? = nil) throws -> RemoteReport {
        let tracked = try workspace.tracked(), users = workspace.users(of: tracked.data)
        var report = RemoteReport(url: remote.url, unreadable: tracked.unreadable)
        let objects = try listed(tracked.data)
        report.objects = objects.count
        report.bytes = objects.reduce(0) { $0 + $1.size }
        progress?.expect(files: objects.count, bytes: report.bytes)
        for (object, outcome) in zip(objects, try hash(objects, progress)) {
            let problem: String
            switch outcome {
            case .success(let md5) where md5 == object.md5.prefix(32): continue
            case .success(let md5): problem = "its content hashes to \(md5)"
            case .failure(let error): problem = error.message
            }
            let moved = Transfers.Object(md5: object.md5, isLegacy: object.isLegacy, name: object.md5)
            report.problems.append(
                .init(
                    md5: object.md5, key: moved.key, problem: problem, usedBy: users[object.md5] ?? [],
                    repairedFrom: isRepairing ? try repair(moved, progress) : nil))
        }
        return report
    }

    /// What the remote has; of DVC 2 what the workspace names.
    private func listed(_ data: [TrackedData]) throws -> [StoredObject] {
        var out: [StoredObject] = []
        for item in try remote.list("files/md5") {
            let md5 = item.key.split(separator: "/").suffix(2).joined()
            guard MD5Digest(hex: md5.hasSuffix(".dir") ? md5.dropLast(4) : md5[...]) != nil else { continue }
            out.append(StoredObject(md5: md5, size: item.size, lastUse: item.modified))
        }
        let legacy = try workspace.objects(of: data).filter(\.isLegacy)
        let missing = try Set(remote.missing(legacy.map(\.key)))
        for (index, object) in legacy.enumerated() where !missing.contains(index) {
            out.append(StoredObject(md5: object.md5, isLegacy: true, size: 0, lastUse: 0))
        }
        return out.sorted { ($0.size, $1.md5) > ($1.size, $0.md5) }
    }

    private enum HashOutcome: Sendable {
        case success(String)
        case failure(any UserFacingError)
    }

    private func hash(_ objects: [StoredObject], _ progress: TransferProgress?) throws -> [HashOutcome] {
        if let directory = remote as? DirectoryRemote {
            return try directory.store.hash(objects, progress: progress).map {
                switch $0 {
                case .success(let md5): .success(md5)
                case .failure(let error): .failure(error)
                }
            }
        }
        let folder = workspace.store.partial
        try workspace.store.makePartial()
        let found = Guarded<[Int: HashOutcome]>([:])
        try Transfers.parallel(objects.count, threads: remote.parallelTransfers) { index in
            let object = objects[index], partial = "\(folder)/\(getpid())-verify-\(index)"
            unlink(partial)
            defer { unlink(partial) }
            let key = Transfers.Object(md5: object.md5, isLegacy: object.isLegacy, name: object.md5).key
            do {
                try remote.download(key, to: partial, progress: progress)
                let md5 = object.isLegacy ? try LegacyHash.md5(partial) : try StreamedFile.hash(partial).digest.hex
                found.update { $0[index] = .success(md5) }
            } catch let error as RemoteError where error.code == "remote.missing-object" {
                found.update { $0[index] = .failure(error) }
            }
            progress?.add(files: 1, bytes: 0)
        }
        return objects.indices.map { found.value[$0] ?? .success("") }
    }

    /// Puts a whole copy in the place of a damaged object.
    ///
    /// - Returns: where the copy came from; nil where nobody has one.
    private func repair(_ object: Transfers.Object, _ progress: TransferProgress?) throws -> String? {
        let store = workspace.store, path = store.path(object.md5, isLegacy: object.isLegacy)
        // Over the damaged one, which every kind of storage replaces at once: an upload that fails leaves what was
        // there.
        func send() throws { try remote.upload(path, to: object.key, progress: progress) }
        if Paths.exists(path), try store.damaged([object]).isEmpty {
            try send()
            return "the cache"
        }
        for other in workspace.settings.remoteNames where other != name {
            guard let storage = try? workspace.settings.remote(other).open(),
                let fetched = try? Transfers(store: store, remote: storage).fetch(
                    [object], isReplacing: true, progress: progress), fetched.failures.isEmpty
            else { continue }
            try send()
            return "remote '\(other)'"
        }
        return nil
    }
}
