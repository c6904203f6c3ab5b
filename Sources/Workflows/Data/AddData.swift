import Basics
package import DataVersioning
import Foundation
import Pipelines
package import Registry

/// Files and directories in; the same under version control, as DVC does it, out.
package enum AddData {
    /// What would be recorded.
    package struct Planned: Sendable, Equatable {
        /// As typed.
        package let path: String
        package let md5: String
        package let bytes: Int
        /// Nil for a single file.
        package let files: Int?
    }

    /// What is said of a directory's partitions, as typed.
    package struct Partitions: Sendable {
        private let each: String?
        private let closedBefore: String?
        private let revise: String?
        private let conditions: [String]

        /// - Parameters:
        ///   - each: how the files are named, `{date:%Y-%m-%d}_{symbol}.csv.gz`; nil leaves what the pointer says.
        ///   - closedBefore: a day; earlier ones are closed. Nil leaves what the pointer says.
        ///   - revise: why closed days change or partitions go; nil where they are not to.
        ///   - conditions: which partitions are recorded, as `date>=2024-03`; the others stay as they are. All when
        ///     empty.
        package init(
            each: String? = nil, closedBefore: String? = nil, revise: String? = nil, conditions: [String] = []
        ) {
            self.conditions = conditions
            self.each = each
            self.closedBefore = closedBefore
            self.revise = revise
        }

        /// - Throws: ``Failure`` for a malformed pattern or day and for an empty reason.
        fileprivate func order() throws -> PartitionOrder {
            let reason = revise?.trimmingCharacters(in: .whitespacesAndNewlines)
            guard reason?.isEmpty != true else {
                throw Failure("partition.closed", "found an empty reason, expected one", exitStatus: .usage)
            }
            let day = try closedBefore.map { text in
                guard let day = CivilDate(text) else {
                    throw Failure(
                        "partition.closed", "found '\(text)', expected a day", hint: "such as: 2025-01-01",
                        exitStatus: .usage)
                }
                return day
            }
            return PartitionOrder(
                pattern: try each.map { try PartitionPattern($0) }, closedBefore: day, reason: reason,
                only: try PartitionFilter(all: conditions))
        }
    }

    /// Hashes what would be added; writes nothing but the hash table.
    ///
    /// - Parameter partitions: as of ``run(_:simulation:partitions:in:registry:progress:onWait:)``.
    /// - Throws: ``FileError`` for a path where nothing stands; ``Failure`` for partitions that mean nothing.
    package static func plan(_ paths: [String], partitions: Partitions = Partitions(), in workspace: Workspace) throws
        -> [Planned]
    {
        let order = try partitions.order()
        return try paths.map { path in
            guard let entry = try workspace.planned(path, partitions: order) else {
                throw FileError("add", path, number: 2)
            }
            return Planned(path: path, md5: entry.md5, bytes: entry.size, files: entry.fileCount)
        }
    }

    /// Caches the content of every path, writes its pointer, ignores it in Git, and stages pointer and `.gitignore`
    /// where the settings say `core.autostage`.
    ///
    /// - Parameters:
    ///   - simulation: a configuration, beside the data, with which `simulate market` makes these bytes again; it is
    ///     kept in the pointer.
    ///   - partitions: how the files of a directory are named and which days are closed, where somebody says so.
    ///   - registry: whose audit log takes changes of closed days, before they are recorded.
    ///   - onWait: gets a sentence whenever another process has to finish first.
    /// - Throws: ``Failure`` for data that Git tracks, that a stage makes, that lies inside other tracked data or
    ///   outside the workspace.
    package static func run(
        _ paths: [String], simulation: String? = nil, partitions: Partitions = Partitions(),
        in workspace: Workspace, registry: (() throws -> RegistryDatabase)? = nil, progress: TransferProgress? = nil,
        onWait: (String) -> Void = { _ in }
    ) throws -> [RecordedData] {
        try checkNoStageMakes(paths, workspace)
        let order = try partitions.order()
        let recipe = simulation.map { JSONValue.map(["simulate": .string($0)]) }
        let added = try workspace.changing(paths.map { Paths.absolute($0) }, command: "hftml add", onWait: onWait) {
            try paths.map { path in
                let old = try workspace.pointer(covering: path)
                let pointer = try workspace.add(
                    path, recipe: recipe, partitions: order,
                    onRevision: { revision in
                        guard let registry else {
                            throw Failure("partition.closed", "found no registry to put the reason on record")
                        }
                        try registry().record(revision)
                    }, progress: progress)
                return RecordedData(
                    pointer,
                    dropped: workspace.dropped(from: old?.entry, to: pointer.entry, at: workspace.shown(pointer.path)))
            }
        }
        if workspace.settings.autostages {
            try workspace.git().stage(
                added.flatMap { [$0.pointer, Paths.join(Paths.parent($0.pointer), ".gitignore")] })
        }
        return added
    }

    /// One path has one owner. A pipeline that cannot be read is told of by the commands that need it.
    private static func checkNoStageMakes(_ paths: [String], _ workspace: Workspace) throws {
        let absolute = paths.map { Paths.absolute($0) }
        for file in try PipelineFiles.all(in: workspace) {
            for stage in (try? ReproducePipeline.load(file))?.stages ?? [] {
                for output in stage.outputs {
                    let made = stage.absolute(output.path)
                    guard let path = absolute.first(where: { $0.isAtOrBelow(made) || made.isBelow($0) }) else {
                        continue
                    }
                    throw Failure(
                        "data.stage-output",
                        "found '\(workspace.shown(made))' as output of stage '\(stage.name)' of "
                            + "'\(workspace.shown(file))', which overlaps '\(workspace.shown(path))'",
                        hint: "record it by its stage: hftml commit '\(workspace.shown(made))'")
                }
            }
        }
    }
}

extension RegistryDatabase {
    /// Puts changes of closed days on record, with at most a thousand names.
    fileprivate func record(_ revision: PartitionRevision) throws {
        var detail = JSONValue.map([
            "reason": .string(revision.reason), "from": .string(revision.from), "to": .string(revision.to),
            "partitions": .int(revision.changes.count),
            "names": .strings(revision.changes.prefix(1_000).map { "\($0.kind.rawValue) \($0.name)" }),
        ])
        if let loosened = revision.loosened { detail[key: "ruleBefore"] = .string(loosened) }
        try audit(action: "revise-data", subject: .data(revision.path), detail: detail)
    }
}
