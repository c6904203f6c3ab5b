import Basics

/// Merges pointer and lock files as what they are, not as lines: Git calls it for `*.dvc`, `dvc.lock` and
/// `partitions.lock`.
package struct MergeDriver {
    /// The outcome: the merged text, and what a person should know.
    package struct Result {
        package var text: String
        package var notes: [String] = []
    }

    let workspace: Workspace

    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// - Parameters:
    ///   - path: where the file lies in the work tree; its name tells the format.
    /// - Throws: ``Failure`` with code `merge.conflict` for a person to decide.
    package func merge(base: String, ours: String, theirs: String, path: String) throws -> Result {
        if ours.isExactly(theirs) || theirs.isExactly(base) { return Result(text: ours) }
        if ours.isExactly(base) { return Result(text: theirs) }
        switch Paths.name(path) {
        case "dvc.lock": return try mergeLocks(base, ours, theirs, path)
        case "partitions.lock": return mergeLines(base, ours, theirs)
        default: return try mergePointers(base, ours, theirs, path)
        }
    }

    /// Stage by stage, by all that an entry says. A stage that ran on both sides with different results belongs to
    /// neither; it is left out and runs again.
    private func mergeLocks(_ base: String, _ ours: String, _ theirs: String, _ path: String) throws -> Result {
        let old = base.isEmpty ? nil : try LockFile(path, text: base)
        var merged = try LockFile(path, text: ours)
        let other = try LockFile(path, text: theirs)
        var notes: [String] = []
        let names = merged.stages.map(\.name) + other.stages.map(\.name).filter { merged.node($0) == nil }
        for name in names {
            let mine = merged.node(name), there = other.node(name), before = old?.node(name)
            if mine == there || there == before { continue }
            if mine == before || mine == nil {
                merged.take(name, from: other)
            } else if there != nil {
                merged.remove(name)
                notes.append("stage '\(name)' was run on both sides with different results; it will run again")
            }
        }
        return Result(text: merged.text(), notes: notes)
    }

    /// Line by line, by stage and input.
    private func mergeLines(_ base: String, _ ours: String, _ theirs: String) -> Result {
        func table(_ text: String) -> [ExactText: String] {
            Dictionary(
                text.textLines().filter { !$0.hasPrefix("#") }.map { line in
                    let key = line.split(separator: "\t", omittingEmptySubsequences: false).prefix(2)
                    return (ExactText(key.joined(separator: "\t")), String(line))
                }
            ) { $1 }
        }
        let old = table(base), mine = table(ours), other = table(theirs)
        var notes: [String] = [], merged: [ExactText: String] = [:]
        for key in Set(mine.keys).union(other.keys) {
            if same(mine[key], other[key]) || same(other[key], old[key]) {
                merged[key] = mine[key]
            } else if same(mine[key], old[key]) {
                merged[key] = other[key]
            } else {
                notes.append(
                    "the partition '\(key.text.replacing("\t", with: " "))' was run on both sides with different "
                        + "results; it will run again"
                )
            }
        }
        let header = ours.textLines().filter { $0.hasPrefix("#") }
        return Result(
            text: (header.map(String.init) + merged.keys.sorted().compactMap { merged[$0] }).joined(separator: "\n")
                + "\n", notes: notes.sorted())
    }

    private func same(_ a: String?, _ b: String?) -> Bool { a.map(ExactText.init) == b.map(ExactText.init) }
}
