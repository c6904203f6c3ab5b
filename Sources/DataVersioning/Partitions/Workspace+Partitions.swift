package import Basics

/// What somebody who records a directory says of its partitions.
package struct PartitionOrder: Sendable {
    /// Nil leaves what the pointer says.
    package var pattern: PartitionPattern?
    /// Nil leaves what the pointer says.
    package var closedBefore: CivilDate?
    /// Why closed days change, or partitions go.
    package var reason: String?
    /// Which partitions are recorded, where the workspace has only some of them; the others stay as the pointer says.
    package var only: PartitionFilter?

    package init(
        pattern: PartitionPattern? = nil, closedBefore: CivilDate? = nil, reason: String? = nil,
        only: PartitionFilter? = nil
    ) {
        self.pattern = pattern
        self.closedBefore = closedBefore
        self.reason = reason
        self.only = only
    }

    /// Before it is known whether there is anything to give one for.
    var withoutReason: PartitionOrder {
        var order = self
        order.reason = nil
        return order
    }
}

/// Changes of closed days, for the audit log.
package struct PartitionRevision: Sendable, Equatable {
    /// The directory, relative to the workspace.
    package var path: String
    package var reason: String
    /// Digests of the directory.
    package var from: String
    package var to: String
    package var changes: [ClosedChange]
    /// What the pointer said before, where the rule itself is loosened.
    package var loosened: String?
}

extension Workspace {
    /// What a directory's pointer is to say of partitions.
    ///
    /// - Parameters:
    ///   - old: what the pointer holds now.
    ///   - settled: in which state closed days were settled last.
    /// - Throws: ``Failure`` with code `partition.closed` for an order that would loosen the rule without a reason:
    ///   whoever records data may close more of the past, and opens it only on record.
    func partitions(_ order: PartitionOrder, old: DataEntry?, settled: SettledData?, at path: String) throws -> (
        new: PartitionedData?, loosened: String?
    ) {
        let before = try old.flatMap { try PartitionedData($0) }
        guard let pattern = order.pattern ?? before?.pattern else {
            guard order.closedBefore == nil, order.reason == nil || settled != nil else {
                throw Failure(
                    "partition.pattern", "found no pattern of partitions for '\(path)', expected one",
                    hint: "say how its files are named: hftml add '\(path)' --each "
                        + "'{date:%Y-%m-%d}_{symbol}.csv.gz'", exitStatus: .usage)
            }
            return (nil, try loosened(settled, to: nil, reason: order.reason, at: path))
        }
        let new = PartitionedData(pattern: pattern, closedBefore: order.closedBefore ?? before?.closedBefore)
        guard new.closedBefore == nil || new.pattern.hasTime else {
            throw Failure(
                "partition.pattern",
                "found no time in the pattern '\(pattern.text)' of '\(path)', expected one: days are closed by it",
                hint: "name the time in it, such as: hftml add '\(path)' --each '{date:%Y-%m-%d}_{symbol}.csv.gz'",
                exitStatus: .usage)
        }
        let opened = try loosened(settled, to: new, reason: order.reason, at: path)
        guard let before, let closed = before.closedBefore else { return (new, opened) }
        let isLooser = new.pattern.text != before.pattern.text || new.closedBefore.map { $0 < closed } ?? true
        guard isLooser else { return (new, opened) }
        guard order.reason != nil else {
            throw Failure(
                "partition.closed",
                "found days before \(closed) of '\(path)' closed under '\(before.pattern.text)', expected a reason to "
                    + "change that", hint: "say why: hftml add '\(path)' … --revise 'REASON'")
        }
        return (new, "\(before.pattern.text), closed before \(closed)")
    }

    /// Checks a directory that was read against what its pointer held, and against what was settled last.
    ///
    /// - Returns: what is to go on record; nil when no closed day changes and no rule is loosened.
    /// - Throws: ``Failure`` with code `partition.name` for a file without a key, `partition.closed` for a closed day
    ///   that changes without a reason, `partition.missing` for any partition that goes without one.
    func revision(
        of path: String, from old: DataEntry?, to new: DataEntry, _ partitions: PartitionedData?, loosened: String?,
        settled: SettledData?, reason: String?
    ) throws -> PartitionRevision? {
        guard let partitions else {
            // The rule goes, for a reason.
            guard let settled, let loosened, let reason else { return nil }
            let tree = new.isDirectory ? try store.tree(new.md5, for: path) : DirectoryTree([])
            return PartitionRevision(
                path: path, reason: reason, from: settled.md5, to: new.md5,
                changes: try closedChanges(since: settled, to: tree, of: path), loosened: loosened)
        }
        guard new.isDirectory else {
            throw Failure(
                "partition.pattern", "found the file '\(path)', expected a directory of partitions", exitStatus: .usage)
        }
        let tree = try store.tree(new.md5, for: path)
        let before = try old.flatMap { $0.isDirectory ? try store.tree($0.md5, for: path, isLegacy: $0.isLegacy) : nil }
        // Earlier programs kept the listing in parts alone, which DVC does not see.
        if let old, before != nil, !old.isLegacy { try store.writeWhole(listing: old.md5, for: path) }
        let rule = try old.flatMap { try PartitionedData($0) }
        // Of nothing no pattern can be right, and with a closed past every file that comes would be a revision.
        guard tree.count > 0 || before?.count ?? 0 > 0 else {
            throw Failure(
                "partition.none", "found no file in '\(path)', expected at least one of '\(partitions.pattern.text)'",
                hint: "record it when the first file is there", exitStatus: .usage)
        }
        try checkNames(tree, knownFrom: rule?.pattern == partitions.pattern ? before : nil, partitions)
        var changes = try before.flatMap { try rule?.closedChanges(from: $0, to: tree) } ?? []
        let gone = rule == nil ? [] : before.map { PartitionedData.removals(from: $0, to: tree) } ?? []
        var unseen: [ClosedChange] = []
        if let settled, settled.md5 != old?.md5 || settled.rule != rule {
            let known = ExactSet(changes.map(\.name))
            unseen = try closedChanges(since: settled, to: tree, of: path).filter { !known.contains($0.name) }
        }
        guard !changes.isEmpty || !gone.isEmpty || !unseen.isEmpty || loosened != nil else { return nil }
        guard let reason else {
            if !gone.isEmpty, changes.allSatisfy({ $0.kind == .removed }) {
                throw missing(path, gone, of: before?.count ?? 0)
            }
            guard !changes.isEmpty else { throw unsettled(path, unseen, settled) }
            throw closed(path, changes)
        }
        changes += unseen
        let known = ExactSet(changes.map(\.name))
        changes += gone.filter { !known.contains($0.name) }
        return PartitionRevision(
            path: path, reason: reason, from: old?.md5 ?? settled?.md5 ?? "", to: new.md5, changes: changes,
            loosened: loosened)
    }

    /// A file that is not in the workspace may have been left out of it, by `pull --where`, or be lost.
    private func missing(_ path: String, _ gone: [ClosedChange], of count: Int) -> Failure {
        Failure(
            "partition.missing",
            "found \(gone.count) of the \(count) recorded partitions of '\(path)' not in the workspace: "
                + gone.prefix(3).map(\.name).joined(separator: ", ") + (gone.count > 3 ? ", …" : ""),
            hint: "record only some, and leave the others as they are: hftml add '\(path)' --where 'FIELD>=VALUE'; "
                + "bring them back: hftml checkout '\(path)'; or say why they go: hftml add '\(path)' --revise 'REASON'"
        )
    }

    private func closed(_ path: String, _ changes: [ClosedChange]) -> Failure {
        let counts = [ClosedChange.Kind.added, .changed, .removed].compactMap { kind in
            let count = changes.count { $0.kind == kind }
            return count == 0 ? nil : "\(count) \(kind.rawValue)"
        }
        let names = changes.prefix(3).map { "\($0.name) (\($0.kind.rawValue))" }.joined(separator: ", ")
        return Failure(
            "partition.closed",
            "found changes in closed days of '\(path)': \(counts.joined(separator: ", ")): \(names)"
                + (changes.count > 3 ? ", …" : ""),
            hint: restoring(changes, of: path) + "say why they change: hftml add '\(path)' --revise 'REASON'")
    }

    /// How to undo changes, and nothing beside them: new days may stand in the same directory.
    private func restoring(_ changes: [ClosedChange], of path: String) -> String {
        let known = changes.filter { $0.kind != .added }, new = changes.filter { $0.kind == .added }
        func list(_ changes: [ClosedChange]) -> String {
            changes.prefix(3).map { "'\(path)/\($0.name)'" }.joined(separator: " ")
                + (changes.count > 3 ? " …" : "")
        }
        return (known.isEmpty ? "" : "put back what was recorded: hftml checkout \(list(known)) --force; ")
            + (new.isEmpty ? "" : "move away what is new: \(list(new)); ") + (changes.isEmpty ? "" : "or ")
    }

    /// Every name has a key, and no two have the same; names that stood there before under the same pattern have been
    /// read, unless a new one may have the key of one of them.
    private func checkNames(_ tree: DirectoryTree, knownFrom old: DirectoryTree?, _ partitions: PartitionedData) throws
    {
        guard partitions.pattern.isOneToOne else {
            _ = try partitions.keys(tree)
            return
        }
        var other = 0
        for index in 0..<tree.count {
            if let old {
                while other < old.count, old.paths.compare(other, with: tree.paths, index) < 0 { other += 1 }
                if other < old.count, old.paths.compare(other, with: tree.paths, index) == 0 { continue }
            }
            _ = try partitions.key(tree.paths[index])
        }
    }
}
