import Basics
import DataVersioning

/// Why a stage must run, or that it need not. One line each, with old and new.
package struct StageStatus: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        case neverRun
        case command
        case dependency(String, old: String?, new: String?)
        case output(String, old: String, new: String?)
        case always

        package var text: String {
            func short(_ md5: String?) -> String { md5.map { String($0.prefix(8)) } ?? "nothing" }
            switch self {
            case .neverRun: return "it has not run yet"
            case .command: return "its command changed"
            case .dependency(let path, let old, let new): return "\(path) changed (\(short(old)) → \(short(new)))"
            case .output(let path, _, nil): return "\(path) is missing"
            case .output(let path, let old, let new): return "\(path) was altered (\(short(old)) → \(short(new)))"
            case .always: return "it always runs"
            }
        }
    }

    package var changes: [Change]
    package var isCurrent: Bool { changes.isEmpty }
    /// Whether only outputs differ, so that the cache may give them back.
    package var isOnlyOutputs: Bool { !changes.isEmpty && changes.allSatisfy { if case .output = $0 { true } else { false } } }

    /// Compares a stage with its lock entry and the disk. Costs one `stat` per unchanged file.
    package static func of(_ stage: Stage, lock: LockFile, pipeline: Pipeline, workspace: Workspace) throws -> StageStatus {
        guard let locked = lock[stage.name] else { return StageStatus(changes: [.neverRun]) }
        var changes: [Change] = []
        if stage.alwaysRuns || (stage.dependencies.isEmpty && stage.outputs.isEmpty) { changes.append(.always) }
        if locked.commands != stage.commands { changes.append(.command) }
        if !stage.isFrozen {
            for path in stage.dependencies {
                let old = locked.dependencies.first { $0.path == path }?.md5
                let new = try workspace.entry(Paths.normalized(Paths.join(pipeline.directory, path)), shownAs: path)?.md5
                if old != new || old == nil { changes.append(.dependency(path, old: old, new: new)) }
            }
            for entry in locked.dependencies where !stage.dependencies.contains(entry.path) {
                changes.append(.dependency(entry.path, old: entry.md5, new: nil))
            }
        }
        for output in stage.outputs {
            guard let old = locked.outputs.first(where: { $0.path == output.path }) else {
                changes.append(.neverRun)
                continue
            }
            let new = try workspace.entry(Paths.join(pipeline.directory, output.path), shownAs: output.path)?.md5
            if new != old.md5 { changes.append(.output(output.path, old: old.md5, new: new)) }
        }
        return StageStatus(changes: changes)
    }
}
