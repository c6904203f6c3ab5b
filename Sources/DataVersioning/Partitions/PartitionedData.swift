package import Basics

/// What a pointer says of a directory with one file per day and instrument, in `meta: hftml: partitions`.
package struct PartitionedData: Sendable, Equatable {
    package var pattern: PartitionPattern
    /// Partitions of earlier days are not to change, unless somebody says why.
    package var closedBefore: CivilDate?

    package init(pattern: PartitionPattern, closedBefore: CivilDate? = nil) {
        self.pattern = pattern
        self.closedBefore = closedBefore
    }

    /// - Returns: nil for data without partitions.
    /// - Throws: ``ConfigError`` for a malformed description, ``Failure`` with code `partition.pattern`.
    package init?(_ entry: DataEntry) throws {
        guard let node = entry.meta?[path: "hftml.partitions"] else { return nil }
        let reader = try ConfigReader(node, keys: ["pattern", "closedBefore"])
        pattern = try PartitionPattern(try reader.string("pattern"))
        guard let text = try reader.optionalString("closedBefore") else { return }
        guard let day = CivilDate(text) else {
            throw ConfigError(
                "found '\(text)' for 'closedBefore', expected a day such as 2025-01-01",
                at: reader.value("closedBefore")?.mark ?? node.mark, code: "partition.closed")
        }
        closedBefore = day
    }

    /// As it stands in the pointer.
    package var node: JSONValue {
        var node = JSONValue.map([("pattern", .string(pattern.text))])
        if let closedBefore { node[key: "closedBefore"] = .string(closedBefore.description) }
        return node
    }

    /// Reads the names of all files of a directory.
    ///
    /// - Throws: ``Failure`` with code `partition.name` for the first name that is not of the pattern: a file without
    ///   a key would be pulled by no filter and known at no time; and for two files with one key, of which nobody can
    ///   say which is the partition.
    package func keys(_ tree: DirectoryTree) throws -> [PartitionKey] {
        let keys = try (0..<tree.count).map { try key(tree.paths[$0]) }
        guard !pattern.isOneToOne else { return keys }
        var known: [ExactText: Int] = [:]
        for (index, key) in keys.enumerated() {
            guard let other = known.updateValue(index, forKey: identity(key)) else { continue }
            throw Failure(
                "partition.name",
                "found '\(tree.paths[other])' and '\(tree.paths[index])', which have one key under "
                    + "'\(pattern.text)' (\(key.fields.isEmpty ? "it has no fields" : key.description)); expected one "
                    + "file for each",
                hint: "take one of them out of the directory, or record a pattern that tells them apart: hftml add "
                    + "DATA --each PATTERN")
        }
        return keys
    }

    /// What makes a file the same partition as another one: equal for equal keys, whatever the files are called.
    func identity(_ key: PartitionKey) -> ExactText {
        ExactText(key.fields.map(\.value.description).joined(separator: "\0"))
    }

    /// - Throws: ``Failure`` with code `partition.name` for a name that is not of the pattern.
    package func key(_ name: String) throws -> PartitionKey {
        guard let key = try pattern.key(of: name) else {
            throw Failure(
                "partition.name", "found the file '\(name)', expected names of the pattern '\(pattern.text)'",
                hint: "move the file out of the directory, or record another pattern: hftml add DATA --each PATTERN")
        }
        return key
    }
}

/// A partition that differs between two versions, and may not without a reason: any of closed days, and any that goes.
package struct ClosedChange: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case added, changed, removed
    }

    package var name: String
    package var kind: Kind
}

extension DirectoryTree {
    /// Names that another listing has with other content, in order of their bytes. One pass over both listings.
    package func changed(from other: DirectoryTree) -> [String] {
        var names: [String] = [], j = 0
        for i in digests.indices {
            while j < other.count, other.paths.compare(j, with: paths, i) < 0 { j += 1 }
            guard j < other.count, other.paths.compare(j, with: paths, i) == 0 else { continue }
            if other.digests[j] != digests[i] { names.append(paths[i]) }
        }
        return names
    }
}

extension PartitionedData {
    /// Partitions that a version no longer has, in order of the names' bytes. One pass over both listings.
    static func removals(from old: DirectoryTree, to new: DirectoryTree) -> [ClosedChange] {
        var gone: [ClosedChange] = [], j = 0
        for i in 0..<old.count {
            while j < new.count, new.paths.compare(j, with: old.paths, i) < 0 { j += 1 }
            if j < new.count, new.paths.compare(j, with: old.paths, i) == 0 { continue }
            gone.append(ClosedChange(name: old.paths[i], kind: .removed))
        }
        return gone
    }

    /// What differs between two versions in partitions of closed days, in order of the names' bytes.
    ///
    /// - Parameter isStrict: whether a name that is not of the pattern is an error; else it is of no day.
    /// - Complexity: one pass over both listings; only what differs is read by the pattern.
    package func closedChanges(from old: DirectoryTree, to new: DirectoryTree, isStrict: Bool = true) throws
        -> [ClosedChange]
    {
        guard let closedBefore else { return [] }
        var changes: [ClosedChange] = [], i = 0, j = 0
        func note(_ name: String, _ kind: ClosedChange.Kind) throws {
            let key = isStrict ? try key(name) : try? key(name)
            if let day = key?.day, day < closedBefore { changes.append(ClosedChange(name: name, kind: kind)) }
        }
        while i < old.count || j < new.count {
            let order = i == old.count ? 1 : j == new.count ? -1 : old.paths.compare(i, with: new.paths, j)
            if order < 0 {
                try note(old.paths[i], .removed)
                i += 1
            } else if order > 0 {
                try note(new.paths[j], .added)
                j += 1
            } else {
                if old.digests[i] != new.digests[j] { try note(new.paths[j], .changed) }
                i += 1
                j += 1
            }
        }
        return changes
    }
}
