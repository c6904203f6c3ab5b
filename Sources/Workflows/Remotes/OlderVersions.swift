import Basics
import ConfigurationFiles
import DataVersioning

/// What other revisions name that the workspace does not: each content once, and only what was asked for.
struct OlderVersions {
    private let targets: [String]
    private let partitions: PartitionFilter?
    private let workspace: Workspace
    private var known: Set<Content> = []
    /// Parsed files by their content: of most of them many revisions hold the same.
    private var parsed: [String: Workspace.Tracked] = [:]
    private var repository: GitRepository?

    /// What a transfer would move for an output.
    private struct Content: Hashable {
        let md5: String
        let isLegacy: Bool
        let part: String?
        let remote: String?

        init(_ item: TrackedData) {
            (md5, isLegacy) = (item.entry.md5, item.entry.isLegacy)
            (part, remote) = (item.part, item.entry.remote)
        }
    }

    /// - Parameters:
    ///   - data: what is moved anyway.
    ///   - targets: as of a transfer; what a revision does not have of them is no mistake.
    ///   - partitions: of directories whose names have these fields; other data is not meant.
    init(beside data: [TrackedData], targets: [String], partitions: PartitionFilter?, in workspace: Workspace) {
        self.targets = targets
        self.partitions = partitions
        self.workspace = workspace
        known = Set(data.map { Content($0) })
    }

    /// What a revision names beside everything before it.
    ///
    /// - Throws: ``Failure`` where Git cannot be read.
    mutating func new(at revision: String) throws -> Workspace.Tracked {
        let git = try repository ?? workspace.git()
        repository = git
        var old = try limited(try workspace.tracked(at: revision, git, &parsed))
        let ours = old.data.filter { $0.entry.isCached && !$0.entry.md5.isEmpty && !known.contains(Content($0)) }
        var texts: [String: JSONValue?] = [:]
        old.data = try ours.compactMap { item in
            guard try isInCache(item, at: revision, git, &texts), known.insert(Content(item)).inserted else {
                return nil
            }
            var item = item
            item.isOlder = true
            return item
        }
        return old
    }

    private func limited(_ all: Workspace.Tracked) throws -> Workspace.Tracked {
        var out = targets.isEmpty ? all : Workspace.Tracked()
        for target in targets {
            do {
                let found = try workspace.limited(all, to: [target])
                out.data += found.data
                out.unreadable += found.unreadable
            } catch let error as Failure where error.code == "data.unknown-target" { continue }
        }
        guard let partitions else { return out }
        out.data = try out.data.compactMap { item in
            guard item.entry.isDirectory, let rule = try PartitionedData(item.entry),
                (try? partitions.check(rule.pattern)) != nil
            else { return nil }
            var item = item
            item.partitions = partitions
            return item
        }
        return out
    }

    /// Whether an output was ever to be in a cache. A lock does not tell: what Git holds itself was not, nor what the
    /// pipeline of that revision keeps out of it.
    private func isInCache(
        _ item: TrackedData, at revision: String, _ git: GitRepository, _ texts: inout [String: JSONValue?]
    ) throws -> Bool {
        guard let stage = item.stage else { return true }
        let prefix = workspace.gitPrefix(git), directory = Paths.parent(item.holder)
        if try git.file(prefix + item.path, at: revision) != nil { return false }
        for name in ["dvc.yaml", "pipeline.yaml"] {
            let path = directory == "." ? name : "\(directory)/\(name)"
            if texts[path] == nil {
                let bytes = try git.file(prefix + path, at: revision)
                // One that cannot be read keeps nothing out.
                texts[path] = bytes.flatMap { try? YAMLFile.parse(String(decoding: $0, as: UTF8.self), file: path) }
            }
            guard let document = texts[path] ?? nil else { continue }
            if uncached(stage, document).contains(where: { $0.isExactly(item.entry.path) }) { return false }
        }
        return true
    }

    /// Outputs of a stage, or of the one that it was made from by `foreach`, that say `cache: false`; of a native
    /// pipeline its metrics.
    private func uncached(_ stage: String, _ document: JSONValue) -> [String] {
        let stages = document[key: "stages"]
        let plain = stages?[key: stage] ?? stages?[key: String(stage.prefix { $0 != "@" })]
        guard let node = plain?[key: "do"] ?? plain else { return [] }
        return ["outs", "metrics", "plots"].flatMap { list in
            (node[key: list]?.listValue ?? []).compactMap { item in
                if let text = item.stringValue { return list == "metrics" && node[key: "cmd"] == nil ? text : nil }
                guard let entry = item.mapValue?.first, entry.value[key: "cache"]?.boolValue == false else {
                    return nil
                }
                return entry.key
            }
        }
    }
}
