import Basics
import DataVersioning

/// Files that a pointer or the lock of another stage says a stage reads, and that do not stand in the workspace: after
/// `pull --where`, say. What is made without them is a part, and must not be recorded as the whole.
struct RecordedInputs {
    /// Names as the stage says them, and their MD5s where the listing is here.
    private(set) var files: [(name: String, md5: String?)] = []
    /// How many more there are of which nobody here knows the names.
    private(set) var unnamed = 0
    /// What records them, and what brings them.
    private(set) var holder = ""
    private(set) var remedy = ""

    var isEmpty: Bool { files.isEmpty && unnamed == 0 }
    var names: [String] { files.map(\.name) }

    /// How many of them satisfy a condition; those without a name do.
    func count(_ condition: (String, String?) -> Bool) -> Int { files.count { condition($0.name, $0.md5) } + unnamed }

    mutating func add(_ found: [(name: String, md5: String?)], unnamed more: Int = 0, holder: String, remedy: String) {
        guard !found.isEmpty || more > 0 else { return }
        files += found
        unnamed += more
        if self.holder.isEmpty { (self.holder, self.remedy) = (holder, remedy) }
    }

    /// Why a stage cannot be run as a whole; nil where everything is here.
    func error(_ stage: Stage) -> PipelineRunner.StageError? {
        guard !isEmpty else { return nil }
        let count = files.count + unnamed, first = files.first.map { ", such as '\($0.name)'" } ?? ""
        return PipelineRunner.StageError(
            stage,
            "found \(count) \(count == 1 ? "file" : "files") of \(holder) missing in the workspace\(first); a part "
                + "would be recorded as the whole", advice: remedy)
    }
}

extension PipelineRunner {
    /// Recorded inputs of a partitioned stage that do not stand in the workspace.
    ///
    /// - Parameters:
    ///   - standing: the inputs that do.
    ///   - lines: what `partitions.lock` says of the stage: what stands in for a listing that is not in the cache.
    /// - Complexity: a `stat` per file; where something differs from its record, one pass over the listing.
    func absentInputs(
        _ index: Int, _ spec: PartitionSpec, standing: ExactSet, _ lines: [String: PartitionLock.Partition]
    ) throws -> RecordedInputs {
        let stage = graph.stages[index], name = PartitionSpec.base(of: spec.pattern), base = stage.absolute(name)
        var out = RecordedInputs()
        for maker in graph.makers(touching: base).map({ graph.stages[$0] })
        where maker.partitions != nil && locked(maker) == nil && !isWhole(maker) {
            // It ran in part, or not at all: what stands there is not all that it makes.
            out.add(
                [], unnamed: 1, holder: "what stage '\(maker.label)' has still to make",
                remedy: "run it first: hftml repro '\(workspace.shown(maker.file)):\(maker.name)'")
        }
        for record in try records(of: base) {
            let now = try workspace.entry(record.path, shownAs: record.entry.path, isLegacy: record.entry.isLegacy)
            if now?.md5 == record.entry.md5 { continue }
            guard record.entry.isDirectory else {
                let below = record.path.isBelow(base) ? [record.path.part(below: base)] : []
                let names = now == nil ? try spec.matching(stage, below).map(\.file) : []
                out.add(
                    names.map { ($0, record.entry.md5) }, holder: record.holder, remedy: record.remedy)
                continue
            }
            guard let tree = try listing(record.entry) else {
                let lost = try spec.matching(stage, lines.keys.map { below(name, $0) }).map(\.file).filter {
                    !standing.contains($0) && stage.absolute($0).isBelow(record.path)
                }
                let short = (record.entry.fileCount ?? 0) - (now?.fileCount ?? 0) - lost.count
                out.add(
                    lost.map { ($0, nil) }, unnamed: max(0, short), holder: record.holder, remedy: record.remedy)
                continue
            }
            let files = tree.files.compactMap { file -> (String, String)? in
                let path = "\(record.path)/\(file.path)"
                return path.isBelow(base) ? (path.part(below: base), file.md5) : nil
            }
            let digests = ExactMap(files.map { (name == "." ? $0.0 : "\(name)/\($0.0)", $0.1) })
            let missing = try spec.matching(stage, files.map(\.0)).map(\.file).filter { !standing.contains($0) }
            out.add(missing.map { ($0, digests[$0]) }, holder: record.holder, remedy: record.remedy)
        }
        return out
    }

    /// Files of data with partitions that a plain stage reads, and that do not stand in the workspace: of a pointer, or
    /// of what another stage made partition by partition.
    func absentPartitions(_ stage: Stage) throws -> RecordedInputs {
        var out = RecordedInputs()
        for dependency in stage.dependencies {
            let base = stage.absolute(dependency)
            let pointers = try pointerRecords(of: base).filter { $0.entry.meta?[path: "hftml.partitions"] != nil }
            for maker in graph.makers(touching: base).map({ graph.stages[$0] })
            where maker.partitions != nil && locked(maker) == nil && !isWhole(maker)
                && partitions[maker.file]?.lines(of: maker.name).isEmpty == false
            {
                out.add(
                    [], unnamed: 1, holder: "what stage '\(maker.label)' has still to make",
                    remedy: "run it first: hftml repro '\(workspace.shown(maker.file)):\(maker.name)'")
            }
            for record in pointers + made(base, where: { $0.partitions != nil }) where record.entry.isDirectory {
                let now = try workspace.entry(record.path, shownAs: record.entry.path, isLegacy: record.entry.isLegacy)
                if now?.md5 == record.entry.md5 { continue }
                guard let tree = try listing(record.entry) else {
                    let short = (record.entry.fileCount ?? 0) - (now?.fileCount ?? 0)
                    out.add([], unnamed: max(0, short), holder: record.holder, remedy: record.remedy)
                    continue
                }
                let missing = tree.files.filter { file in
                    let path = "\(record.path)/\(file.path)"
                    return path.isAtOrBelow(base) && !Paths.exists(path)
                }
                out.add(
                    missing.map { (workspace.shown("\(record.path)/\($0.path)"), $0.md5) }, holder: record.holder,
                    remedy: record.remedy)
            }
        }
        return out
    }

    /// Whether a stage has just run, or was just found to be as recorded.
    private func isWhole(_ stage: Stage) -> Bool {
        guard !stage.isFrozen, let index = graph.position(of: stage.name, in: stage.file) else { return false }
        return states[index] == .done
    }

    private func below(_ base: String, _ input: String) -> String {
        base == "." ? input : input.isBelow(base) ? input.part(below: base) : input
    }

    private func listing(_ entry: DataEntry) throws -> DirectoryTree? {
        do { return try workspace.store.tree(entry.md5, for: entry.path, isLegacy: entry.isLegacy) } catch let error
            as ObjectStore.StoreError
        {
            if case .missing = error { return nil }
            throw error
        }
    }

    /// An entry with the place of its data.
    private struct Record {
        var entry: DataEntry
        var path: String
        var holder: String
        var remedy: String
    }

    private func records(of base: String) throws -> [Record] {
        try pointerRecords(of: base) + made(base, where: { _ in true })
    }

    /// What the locks of other stages say, unless they have just run as wholes.
    private func made(_ base: String, where isMeant: (Stage) -> Bool) -> [Record] {
        var records: [Record] = []
        for stage in graph.makers(touching: base).map({ graph.stages[$0] }) where isMeant(stage) && !isWhole(stage) {
            let locked = locked(stage),
                remedy = "run it first: hftml repro '\(workspace.shown(stage.file)):\(stage.name)'"
            for output in stage.outputs {
                let path = stage.absolute(output.path)
                guard base.isAtOrBelow(path) || path.isBelow(base),
                    let entry = locked?.outputs.first(where: { $0.path.isExactly(output.path) })
                else { continue }
                records.append(
                    Record(entry: entry, path: path, holder: "what stage '\(stage.label)' made", remedy: remedy))
            }
        }
        return records
    }

    private func pointerRecords(of base: String) throws -> [Record] {
        var pointers: [PointerFile] = []
        if let pointer = try workspace.pointer(covering: base) { pointers.append(pointer) }
        for node in graph.pointers
        where node.outputs.contains(where: { $0.isBelow(base) || base.isAtOrBelow($0) })
            && !pointers.contains(where: { $0.path.isExactly(node.file) })
        {
            pointers.append(try workspace.pointer(at: node.file))
        }
        return pointers.flatMap { pointer in
            let shown = workspace.shown(pointer.path)
            return pointer.entries.compactMap { entry -> Record? in
                let path = pointer.dataPath(entry), data = workspace.shown(path)
                guard base.isAtOrBelow(path) || path.isBelow(base), !entry.md5.isEmpty else { return nil }
                let command = workspace.isCached(entry) ? "checkout" : "pull"
                let reason = entry.meta?[path: "hftml.partitions"] == nil ? "" : " --revise 'REASON'"
                return Record(
                    entry: entry, path: path, holder: "'\(shown)'",
                    remedy:
                        "bring them: hftml \(command) '\(data)'; run those that are here: hftml repro --where …; or "
                        + "record that they are gone: hftml add '\(data)'\(reason)")
            }
        }
    }
}
