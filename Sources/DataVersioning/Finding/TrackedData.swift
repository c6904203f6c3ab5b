import Basics
import Foundation

/// One output under version control, in the workspace or at a Git revision.
package struct TrackedData: Sendable {
    /// Relative to the workspace.
    package var path: String
    package var entry: DataEntry
    /// The `.dvc` or lock file that names it, relative to the workspace; a stage's outputs also name the stage.
    package var holder: String
    package var stage: String?
    /// What of a directory is meant, a file or a directory below it; nil for all of it. Nothing else of the directory
    /// is looked at, moved or written.
    package var part: String?
    /// Which partitions of a directory are meant, as ``part``; nil for all of them.
    package var partitions: PartitionFilter?
    /// Whether it is an older version, of which ``partitions`` may mean nothing: nobody asked for that very one.
    package var isOlder = false
    /// Whether the data can be fetched again from where it was imported.
    package var isImport = false

    package init(path: String, entry: DataEntry, holder: String, stage: String? = nil) {
        self.path = path
        self.entry = entry
        self.holder = holder
        self.stage = stage
    }

    /// Whether nothing of it is left out.
    package var isWhole: Bool { part == nil && partitions == nil }

    /// What is meant, relative to the workspace.
    package var meant: String { part.map { "\(path)/\($0)" } ?? path }
}

extension Workspace {
    /// What files name, and the files that cannot be read.
    package struct Tracked: Sendable {
        /// Sorted by path.
        package var data: [TrackedData] = []
        package var unreadable: [UnreadableFile] = []

        package init(data: [TrackedData] = [], unreadable: [UnreadableFile] = []) {
            self.data = data
            self.unreadable = unreadable
        }

        /// All of it.
        ///
        /// - Throws: ``Failure`` that names the first file that cannot be read.
        package func whole() throws -> [TrackedData] {
            if let first = unreadable.first { throw first.failure }
            return data
        }

        mutating func sort() { data.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) } }
    }

    static func holdsData(_ name: String) -> Bool {
        name == "dvc.lock" || (name.hasSuffix(".dvc") && name != ".dvc")
    }

    /// What a `.dvc` or lock file names.
    func items(_ file: String, text: String) throws -> [TrackedData] {
        let base = Paths.parent(file)
        func relative(_ path: String) -> String { shown(Paths.normalized(Paths.join(base == "." ? "" : base, path))) }
        guard Paths.name(file) == "dvc.lock" else { return items(try PointerFile(file, text: text), holder: file) }
        return try LockFile(file, text: text).stages.flatMap { name, stage in
            stage.outputs.map {
                store.note($0)
                return TrackedData(path: relative($0.path), entry: $0, holder: file, stage: name)
            }
        }
    }

    private func items(_ pointer: PointerFile, holder: String) -> [TrackedData] {
        pointer.entries.map {
            store.note($0)
            var item = TrackedData(path: shown(pointer.dataPath($0)), entry: $0, holder: holder)
            item.isImport = pointer.isImport
            return item
        }
    }

    /// Everything under version control in the workspace as its files say.
    ///
    /// - Parameters:
    ///   - targets: pointer files, data paths or directories, and files and directories inside tracked directories; all
    ///     when empty.
    ///   - includesIgnored: whether to look into directories that Git ignores.
    /// - Throws: ``Failure`` with code `data.unknown-target`.
    package func tracked(_ targets: [String] = [], includesIgnored: Bool = false) throws -> Tracked {
        let found = try find(named: Workspace.holdsData, includesIgnored: includesIgnored)
        var all = Tracked(data: [], unreadable: found.unreadable)
        for file in found.paths {
            do {
                all.data +=
                    file.hasSuffix(".dvc")
                    ? items(try pointer(at: file, isSteady: true), holder: shown(file))
                    : try items(shown(file), text: try steadyText(file))
            } catch { all.unreadable.append(UnreadableFile(shown(file), error)) }
        }
        all.sort()
        return targets.isEmpty ? all : try limited(all, to: targets)
    }

    /// Everything under version control in the workspace.
    ///
    /// - Throws: as ``tracked(_:includesIgnored:)``, and ``Failure`` for a file that cannot be read.
    package func trackedData(_ targets: [String] = []) throws -> [TrackedData] { try tracked(targets).whole() }

    /// Of what was found only what targets mean.
    ///
    /// - Throws: ``Failure`` with code `data.unknown-target`.
    package func limited(_ all: Tracked, to targets: [String]) throws -> Tracked {
        var out = Tracked()
        for target in targets {
            let path = shown(Paths.absolute(target))
            if path == root { return all }
            var found: [TrackedData] = []
            for item in all.data {
                if item.holder.isExactly(path) || item.path.isExactly(path) || item.path.isBelow(path) {
                    found.append(item)
                } else if let part = path.path(below: item.path) {
                    found.append(item)
                    found[found.count - 1].part = part
                }
            }
            let unreadable = all.unreadable.filter {
                $0.path.isExactly(path) || $0.path.isBelow(path) || $0.path.isExactly("\(path).dvc")
            }
            if found.isEmpty, unreadable.isEmpty {
                throw Failure(
                    "data.unknown-target", "found nothing under version control at '\(target)'",
                    hint: NearestName.of(path, in: all.data.flatMap { [$0.path, $0.holder] }).map {
                        "did you mean '\($0)'?"
                    } ?? "see what there is with: hftml status", exitStatus: .usage)
            }
            out.data += found
            out.unreadable += unreadable
        }
        out.data = Workspace.withoutRepeats(out.data)
        return out
    }

    /// Each once; parts only of what is not meant as a whole.
    private static func withoutRepeats(_ data: [TrackedData]) -> [TrackedData] {
        guard data.count > 1 else { return data }
        var whole: Set<[UInt8]> = []
        for item in data where item.part == nil { whole.insert(Array("\(item.holder)\0\(item.path)".utf8)) }
        var seen: Set<[UInt8]> = []
        return data.filter { item in
            let key = Array("\(item.holder)\0\(item.path)".utf8)
            if item.part != nil, whole.contains(key) { return false }
            return seen.insert(key + [0] + Array((item.part ?? "").utf8)).inserted
        }
    }

    // MARK: At revisions

    /// Everything under version control at a Git revision, as far as its files can be read.
    package func tracked(at revision: String) throws -> Tracked {
        let repository = try git()
        var cache: [String: Tracked] = [:]
        return try tracked(at: revision, repository, &cache)
    }

    /// Everything under version control at a Git revision.
    ///
    /// - Throws: also for a file that cannot be read.
    package func trackedData(at revision: String) throws -> [TrackedData] { try tracked(at: revision).whole() }

    /// The data at a path of a revision; nil where nothing there is under version control.
    ///
    /// - Throws: ``Failure`` where a file that cannot be read may be the one that would name it.
    package func trackedData(at revision: String, path: String) throws -> TrackedData? {
        let all = try tracked(at: revision)
        for item in all.data {
            if item.path.isExactly(path) { return item }
            guard let part = path.path(below: item.path) else { continue }
            var item = item
            item.part = part
            return item
        }
        if let first = all.unreadable.first { throw first.failure }
        return nil
    }

    /// - Parameter cache: parsed files by the identity of their content, for walks over many revisions.
    package func tracked(at revision: String, _ repository: GitRepository, _ cache: inout [String: Tracked]) throws
        -> Tracked
    {
        let prefix = gitPrefix(repository)
        var out = Tracked()
        var commit: String?
        for file in try repository.files(at: revision, named: Workspace.holdsData) {
            guard let path = file.path.rest(after: prefix) else { continue }
            let key = "\(file.id) \(path)"
            if let known = cache[key] {
                out.data += known.data
                out.unreadable += known.unreadable
                continue
            }
            var parsed = Tracked()
            do {
                parsed.data = try items(path, text: String(decoding: try file.read(), as: UTF8.self))
            } catch {
                commit = try commit ?? repository.commit(revision)
                parsed.unreadable = [UnreadableFile(path, commit: commit, error)]
            }
            cache[key] = parsed
            out.data += parsed.data
            out.unreadable += parsed.unreadable
        }
        out.sort()
        return out
    }

    package func git() throws -> GitRepository {
        guard let repository = try GitRepository.around(root) else {
            throw Failure(
                "git.none", "found no Git repository around '\(root)'", hint: "revisions need one: git init",
                exitStatus: .usage)
        }
        return repository
    }

    /// From the top of the Git work tree to this workspace, with a slash at the end; usually empty.
    package func gitPrefix(_ repository: GitRepository) -> String {
        guard let top = repository.root.map({ Paths.resolved($0) }) else { return "" }
        let own = Paths.resolved(root)
        return own.path(below: top).map { $0 + "/" } ?? ""
    }
}
