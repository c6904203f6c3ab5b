import Basics

/// The state in which the closed days of data were settled last: as HEAD's pointer has it, or as it was put on record
/// with a reason since. Whatever came after, by another tool, an editor, or a removal, is compared with it.
struct SettledData {
    var md5: String
    var isLegacy = false
    var rule: PartitionedData
    var closedBefore: CivilDate
    /// The pointer at HEAD, relative to the workspace, where that has another name.
    var pointer: String?
}

extension Workspace {
    /// What the closed days of an output are compared with; nil without Git, and where HEAD closes none.
    ///
    /// - Parameters:
    ///   - pointer: absolute; need not be there.
    ///   - output: as the pointer calls it.
    ///   - current: what the pointer says now. The reason that it has for a change, and HEAD has not, settled that.
    func settled(_ pointer: String, output: String, current: DataEntry?, _ git: GitRepository?) throws -> SettledData? {
        guard let git, git.headCommit != nil else { return nil }
        guard let bytes = try git.file(gitPrefix(git) + shown(pointer), at: "HEAD") else {
            guard let current, (try? PartitionedData(current))?.closedBefore != nil else { return nil }
            return try settledElsewhere(current, git)
        }
        // What cannot be read says nothing of closed days.
        guard let head = try? PointerFile("\(shown(pointer))@HEAD", text: String(decoding: bytes, as: UTF8.self)),
            let entry = head.entries.first(where: { $0.path.isExactly(output) })
        else { return nil }
        return settled(by: entry, current)
    }

    private func settled(by entry: DataEntry, _ current: DataEntry?) -> SettledData? {
        let mark = current?.meta?[path: "hftml.revised"]
        if let mark, mark != entry.meta?[path: "hftml.revised"] { return SettledData(mark: mark) }
        guard let rule = try? PartitionedData(entry), let day = rule.closedBefore, entry.isDirectory else { return nil }
        return SettledData(md5: entry.md5, isLegacy: entry.isLegacy, rule: rule, closedBefore: day)
    }

    /// What the closed days of a directory are compared with that HEAD has under another name: its pointer is gone from
    /// the workspace, and at least half of its files are here. Nil where HEAD has none, or its listing is not here.
    ///
    /// - Parameter entry: whose listing is in the cache.
    /// - Complexity: all pointers of HEAD that are gone, and the listings of those that close days.
    func settledElsewhere(_ entry: DataEntry, _ git: GitRepository) throws -> SettledData? {
        var trees: [String: [GitRepository.TreeFile]] = [:], now: DirectoryTree?
        let prefix = gitPrefix(git)
        for file in try git.files(at: "HEAD", named: { $0.hasSuffix(".dvc") && $0.utf8.count > 4 }, known: &trees) {
            guard let path = file.path.rest(after: prefix), !Paths.exists("\(root)/\(path)"),
                let pointer = try? PointerFile("\(path)@HEAD", text: String(decoding: try file.read(), as: UTF8.self))
            else { continue }
            for old in pointer.entries {
                store.note(old)
                guard var settled = settled(by: old, entry), let before = try? listing(old) else { continue }
                guard let here = now ?? (try? listing(entry)) else { return nil }
                now = here
                guard before.count > 0, before.shared(with: here) * 2 >= before.count else { continue }
                settled.pointer = path
                return settled
            }
        }
        return nil
    }

    /// What a pointer says of closed days that nobody gave a reason for, as a sentence; nil where it is in order.
    ///
    /// - Parameter git: the repository around the workspace, opened once for many pointers.
    /// - Complexity: HEAD's pointer; both listings, where that has closed days and other content.
    /// - Throws: ``FileError``, ``Failure`` where Git cannot be read.
    package func unsettledChange(of pointer: PointerFile, _ git: GitRepository?) throws -> String? {
        for entry in pointer.entries {
            guard let settled = try settled(pointer.path, output: entry.path, current: entry, git) else { continue }
            let path = shown(pointer.dataPath(entry))
            if settled.isLooser(try PartitionedData(entry)) {
                return "closed days opened without a reason: before \(settled.closedBefore)"
            }
            guard entry.md5 != settled.md5 else { continue }
            guard entry.isDirectory else { return "closed days went without a reason" }
            do {
                let changes = try closedChanges(since: settled, to: try listing(entry), of: path)
                guard let first = changes.first else { continue }
                return "closed days changed without a reason: \(first.name)"
                    + (changes.count > 1 ? " and \(changes.count - 1) more" : "")
            } catch let error as any UserFacingError { return "closed days cannot be compared: \(error.message)" }
        }
        return nil
    }

    private func listing(_ entry: DataEntry) throws -> DirectoryTree {
        try store.tree(entry.md5, for: entry.path, isLegacy: entry.isLegacy)
    }

    /// - Throws: ``Failure`` where the listing that was settled is not in the cache.
    func closedChanges(since settled: SettledData, to tree: DirectoryTree, of path: String) throws -> [ClosedChange] {
        let before: DirectoryTree
        do { before = try store.tree(settled.md5, for: path, isLegacy: settled.isLegacy) } catch ObjectStore.StoreError
            .missing(let md5, _)
        {
            throw Failure(
                "data.missing-object",
                "found no object \(md5) in the cache, the listing of '\(path)' at HEAD, expected it to see whether "
                    + "closed days change", hint: "fetch it with: hftml fetch --all-branches '\(path)'")
        }
        return try settled.rule.closedChanges(from: before, to: tree, isStrict: false)
    }

    /// Closed days that differ from what was settled and not from the pointer: it was changed by something else.
    func unsettled(_ path: String, _ changes: [ClosedChange], _ settled: SettledData?) -> Failure {
        let back =
            settled?.pointer.map { "bring back the data under its name at HEAD with: git checkout HEAD -- '\($0)'" }
            ?? "take back the pointer with: git checkout HEAD -- '\(path).dvc', and the files with: hftml checkout "
            + "'\(path)/FILE' --force"
        return Failure(
            "partition.closed",
            "found closed days of '\(path)' changed since HEAD without a reason: "
                + changes.prefix(3).map { "\($0.name) (\($0.kind.rawValue))" }.joined(separator: ", ")
                + (changes.count > 3 ? " and \(changes.count - 3) more" : ""),
            hint: back + "; or say why they change: hftml add '\(path)' --revise 'REASON'")
    }

    /// - Throws: ``Failure`` with code `partition.closed` where a rule would open days that were settled as closed, and
    ///   nobody says why.
    /// - Returns: what the rule was, where it is loosened for a reason.
    func loosened(_ settled: SettledData?, to new: PartitionedData?, reason: String?, at path: String) throws -> String?
    {
        guard let settled, settled.isLooser(new) else { return nil }
        guard reason != nil else {
            throw Failure(
                "partition.closed",
                "found days before \(settled.closedBefore) of '\(path)' closed under '\(settled.rule.pattern.text)' "
                    + "at HEAD\(settled.pointer.map { " by '\($0)'" } ?? ""), expected the same or a reason to change "
                    + "that",
                hint: "keep it with: hftml add '\(path)' --each '\(settled.rule.pattern.text)' --closed-before "
                    + "\(settled.closedBefore); or say why: hftml add '\(path)' --revise 'REASON'")
        }
        return "\(settled.rule.pattern.text), closed before \(settled.closedBefore)"
    }
}

extension SettledData {
    /// From what ``node(_:_:)`` made; nil where no day is closed by it.
    init?(mark: JSONValue) {
        guard let md5 = mark[key: "md5"]?.stringValue, let text = mark[key: "pattern"]?.stringValue,
            let pattern = try? PartitionPattern(text),
            let day = mark[key: "closedBefore"]?.stringValue.flatMap({ CivilDate($0) })
        else { return nil }
        self.init(md5: md5, rule: PartitionedData(pattern: pattern, closedBefore: day), closedBefore: day)
    }

    /// The words beside an output, with a mark that the content and its rule were put on record for a reason.
    static func marked(_ meta: JSONValue?, _ md5: String, _ rule: PartitionedData?) -> JSONValue {
        var mark = rule?.node ?? .map([(String, JSONValue)]())
        mark[key: "md5"] = .string(md5)
        var meta = meta ?? .map([(String, JSONValue)]()), ours = meta[key: "hftml"] ?? .map([(String, JSONValue)]())
        ours[key: "revised"] = mark
        meta[key: "hftml"] = ours
        return meta
    }

    /// Whether another rule leaves days open that are closed by this one.
    func isLooser(_ new: PartitionedData?) -> Bool {
        new?.pattern.text.isExactly(rule.pattern.text) != true || new?.closedBefore.map { $0 < closedBefore } ?? true
    }
}

extension DirectoryTree {
    /// How many files another listing has under the same names with the same content. One pass over both.
    fileprivate func shared(with other: DirectoryTree) -> Int {
        var count = 0, j = 0
        for i in digests.indices {
            while j < other.count, other.paths.compare(j, with: paths, i) < 0 { j += 1 }
            guard j < other.count, other.paths.compare(j, with: paths, i) == 0 else { continue }
            if other.digests[j] == digests[i] { count += 1 }
        }
        return count
    }
}
