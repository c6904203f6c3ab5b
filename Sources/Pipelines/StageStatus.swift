package import Basics
package import DataVersioning

/// Why a stage must run, or that it need not. One line each, with old and new.
package struct StageStatus: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        case neverRun
        case command(old: String, new: String)
        case dependency(String, old: String?, new: String?)
        case parameter(file: String, key: String, old: String?, new: String?)
        case output(String, old: String, new: String?)
        case partitions(String)
        /// Data that its pointer names, and that is neither here nor in the cache.
        case notFetched(String)
        /// What its outputs name is not where its command enters it, in words.
        case notOnRecord(String)
        case always
        case forced

        package var text: String {
            func short(_ md5: String?) -> String { md5.map { String($0.prefix(8)) } ?? "nothing" }
            switch self {
            case .neverRun: return "it has not run yet"
            case .command(let old, let new):
                let (from, to) = StageStatus.difference(old, new)
                return "its command changed (\(from) → \(to))"
            case .dependency(let path, nil, let new?): return "it reads \(path) now (\(short(new)))"
            case .dependency(let path, .some, nil): return "\(path) is gone or no longer read"
            case .dependency(let path, let old, let new): return "\(path) changed (\(short(old)) → \(short(new)))"
            case .parameter(_, let key, let old, let new):
                return "parameter \(key) changed (\(old ?? "nothing") → \(new ?? "nothing"))"
            case .output(let path, _, nil): return "\(path) is missing"
            case .output(let path, let old, let new): return "\(path) was altered (\(short(old)) → \(short(new)))"
            case .partitions(let text): return text
            case .notFetched(let path): return "\(path) is not fetched yet: hftml pull"
            case .notOnRecord(let text): return text
            case .always: return "it always runs"
            case .forced: return "it was forced"
            }
        }

        var isOutput: Bool { if case .output = self { true } else { false } }
    }

    package var changes: [Change]
    package var isCurrent: Bool { changes.isEmpty }
    /// Whether only outputs differ, so that the cache may give them back.
    package var isOnlyOutputs: Bool { !changes.isEmpty && changes.allSatisfy(\.isOutput) }

    /// Compares a stage with its lock entry and the disk. Costs one `stat` per unchanged file.
    ///
    /// - Parameters:
    ///   - locked: what the lock says of it.
    ///   - parameters: the values of the stage's parameters now.
    ///   - dependencies: receives what stands at the stage's dependencies now; nil for what is missing.
    package static func of(
        _ stage: Stage, locked: LockFile.Stage?, workspace: Workspace, parameters: [JSONValue.Entry],
        dependencies: inout ExactMap<DataEntry>
    ) throws -> StageStatus {
        let partitions = try stage.partitions.map { _ in
            try PartitionLock("\(Paths.parent(stage.file))/partitions.lock")
        }
        return try of(
            stage, locked: locked, partitions: partitions, workspace: workspace, parameters: parameters,
            dependencies: &dependencies)
    }

    /// The same for one who has read `partitions.lock`.
    static func of(
        _ stage: Stage, locked: LockFile.Stage?, partitions: PartitionLock?, workspace: Workspace,
        parameters: [JSONValue.Entry], dependencies: inout ExactMap<DataEntry>
    ) throws -> StageStatus {
        for path in stage.dependencies where dependencies[path] == nil {
            dependencies[path] = try workspace.entry(stage.absolute(path), shownAs: path)
        }
        guard let locked else { return StageStatus(changes: [.neverRun]) }
        var changes: [Change] = []
        if stage.alwaysRuns || stage.isCallback { changes.append(.always) }
        if locked.commands.map(ExactText.init) != stage.commands.map(ExactText.init) {
            changes.append(
                .command(old: locked.commands.joined(separator: "; "), new: stage.commands.joined(separator: "; ")))
        }
        if !stage.isFrozen {
            changes += try dependencyChanges(stage, locked, workspace, dependencies)
            changes += parameterChanges(old: locked.parameters, new: parameters)
            if changes.isEmpty, let spec = stage.partitions, let partitions {
                changes += partitionChanges(stage, spec, partitions, parameters, dependencies)
            }
        }
        for output in stage.outputs {
            guard let old = locked.outputs.first(where: { $0.path.isExactly(output.path) }) else {
                if changes.first != .neverRun { changes.insert(.neverRun, at: 0) }
                continue
            }
            let new = try workspace.entry(stage.absolute(output.path), shownAs: output.path, isLegacy: old.isLegacy)?
                .md5
            if new != old.md5 { changes.append(.output(output.path, old: old.md5, new: new)) }
        }
        return StageStatus(changes: changes)
    }

    private static func dependencyChanges(
        _ stage: Stage, _ locked: LockFile.Stage, _ workspace: Workspace, _ now: ExactMap<DataEntry>
    ) throws -> [Change] {
        var changes: [Change] = []
        let old = ExactMap(locked.dependencies.map { ($0.path, $0) })
        for path in stage.dependencies {
            var new = now[path]?.md5
            if let before = old[path], before.isLegacy {
                new = try workspace.entry(stage.absolute(path), shownAs: path, isLegacy: true)?.md5
            }
            if old[path]?.md5 != new || new == nil { changes.append(.dependency(path, old: old[path]?.md5, new: new)) }
        }
        let wanted = ExactSet(stage.dependencies)
        for entry in locked.dependencies where !wanted.contains(entry.path) {
            changes.append(.dependency(entry.path, old: entry.md5, new: nil))
        }
        return changes
    }

    /// What a partitioned stage does is in its lines alone: its command in `dvc.lock` says only that it is run.
    private static func partitionChanges(
        _ stage: Stage, _ spec: PartitionSpec, _ lock: PartitionLock, _ parameters: [JSONValue.Entry],
        _ now: ExactMap<DataEntry>
    ) -> [Change] {
        let inputs: [String]
        // A pattern that cannot read the names is another one than that of the record.
        do { inputs = try spec.inputs(stage).map(\.file) } catch let error as any UserFacingError {
            return [.partitions(error.message)]
        } catch { return [.partitions("\(error)")] }
        let recipe = spec.recipe(spec.shared.compactMap { now[$0] }, parameters)
        let lines = lock.lines(of: stage.name), known = ExactSet(inputs)
        let stale = inputs.count { input in lines[input].map { $0.recipe != recipe } ?? true }
        let gone = lines.keys.count { !known.contains($0) }
        guard stale + gone > 0 else { return [] }
        let texts =
            (stale > 0
                ? ["\(stale) of \(inputs.count) partitions were made by other commands, outputs or patterns"] : [])
            + (gone > 0 ? ["\(gone) \(gone == 1 ? "is" : "are") no longer meant"] : [])
        return [.partitions(texts.joined(separator: ", "))]
    }

    /// The parameters that differ, file by file.
    package static func parameterChanges(old: [JSONValue.Entry], new: [JSONValue.Entry]) -> [Change] {
        if old.isEmpty, new.isEmpty { return [] }
        var changes: [Change] = []
        let now = JSONValue(.map(new)), before = JSONValue(.map(old))
        for file in (now.mapValue ?? []).map(\.key) + (before.mapValue ?? []).map(\.key).filter({ now[key: $0] == nil })
        {
            let new = now[key: file]?.mapValue ?? [], old = before[key: file]?.mapValue ?? []
            for entry in new {
                let previous = old.first { $0.name == entry.name }?.value
                if previous.map({ isSame($0, entry.value) }) != true {
                    changes.append(
                        .parameter(file: file, key: entry.key, old: previous.map(shown), new: shown(entry.value)))
                }
            }
            for entry in old where !new.contains(where: { $0.name == entry.name }) {
                changes.append(.parameter(file: file, key: entry.key, old: shown(entry.value), new: nil))
            }
        }
        return changes
    }

    /// Equality, and not-a-number equals itself: a stage must not be stale for ever.
    private static func isSame(_ a: JSONValue, _ b: JSONValue) -> Bool {
        if let x = a.doubleValue, let y = b.doubleValue, x.isNaN, y.isNaN { return true }
        return a == b
    }

    private static func shown(_ value: JSONValue) -> String {
        let text = value.stringValue ?? value.text(.compact)
        return text.count > 40 ? String(text.prefix(38)) + "…" : text
    }

    /// The words in which two commands differ.
    private static func difference(_ old: String, _ new: String) -> (String, String) {
        let a = old.split(separator: " "), b = new.split(separator: " ")
        var start = 0
        while start < min(a.count, b.count), a[start] == b[start] { start += 1 }
        var end = 0
        while end < min(a.count, b.count) - start, a[a.count - 1 - end] == b[b.count - 1 - end] { end += 1 }
        func part(_ words: [Substring]) -> String {
            let text = words[start..<words.count - end].joined(separator: " ")
            return text.isEmpty ? "nothing" : text.count > 60 ? String(text.prefix(58)) + "…" : text
        }
        return (part(a), part(b))
    }
}
