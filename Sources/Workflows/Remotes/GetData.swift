package import Basics
package import DataVersioning

/// `PATH@REVISION` or `PATH@as-of:DAY` in; the data as it was then, at a path outside version control, out.
package enum GetData {
    package struct Outcome: Sendable, Equatable {
        /// Where it was written, as given.
        package let path: String
        /// Of the whole output under version control that it belongs to, or, as of a day, of what was written.
        package let md5: String
        /// As of a day: what was known.
        package let known: Known?
    }

    /// How the files of a directory that was known at a moment came to be known.
    package struct Known: Sendable, Equatable {
        /// The last commit by the moment; nil when the data was not under version control yet.
        package let commit: String?
        /// In a version that was recorded by the moment.
        package let recorded: Int
        /// First recorded later; in their first version.
        package let backfilled: Int
        /// Of these, corrected after the moment; the corrections are left out.
        package let revised: Int
        /// Left out: not over by the moment.
        package let later: Int
        /// Left out: recorded once, withdrawn by the moment, recorded again after it.
        package let withdrawn: Int
        /// Why the history may not be whole, in a sentence; nil where it is.
        package let doubt: String?

        init(_ known: DataAsKnown) {
            commit = known.commit
            recorded = known.recorded
            backfilled = known.backfilled
            revised = known.revised
            later = known.later
            withdrawn = known.withdrawn
            doubt = known.doubt
        }
    }

    /// A path inside a tracked directory names that part of it. What the cache lacks comes from the remote.
    ///
    /// Beside a directory whose pointer says how its files are named lies then where it comes from, see
    /// ``ExtractedSource``.
    ///
    /// - Parameter remote: the default remote when nil.
    /// - Throws: ``Failure`` with code `data.exists` where something stands at the target.
    package static func run(
        _ reference: String, to output: String, remote: String? = nil, in workspace: Workspace,
        progress: TransferProgress? = nil
    ) throws -> Outcome {
        try ExtractedSource.requireFree(beside: output)
        if let (path, moment) = try asOf(reference) {
            let made = try workspace.extract(path, asOf: moment, to: output, remote: remote, progress: progress)
            try note(reference, try workspace.trackedData([path]).first, md5: made.md5, at: output, workspace)
            return Outcome(path: output, md5: made.md5, known: Known(made.known))
        }
        let item = try workspace.extract(reference, to: output, remote: remote, progress: progress)
        try note(reference, item, md5: item.part == nil ? item.entry.md5 : nil, at: output, workspace)
        return Outcome(path: output, md5: item.entry.md5, known: nil)
    }

    private static func note(
        _ reference: String, _ item: TrackedData?, md5: String?, at output: String, _ workspace: Workspace
    ) throws {
        guard let item, Paths.isDirectory(output), let partitions = try PartitionedData(item.entry) else {
            // What stood here before came from elsewhere.
            return try Paths.remove(ExtractedSource.path(of: output))
        }
        try ExtractedSource(
            reference: workspace.shown(Paths.absolute(reference)), source: item.path, part: item.part,
            pattern: partitions.pattern.text, md5: md5
        ).write(beside: output)
    }

    /// The path and moment of `PATH@as-of:2024-03-01` (the end of the day, UTC) or `…T09:30`; nil for other references.
    ///
    /// - Throws: ``Failure`` for a time that does not exist.
    package static func asOf(_ reference: String) throws -> (path: String, moment: Nanoseconds)? {
        guard let mark = reference.range(ofLast: "@as-of:") else { return nil }
        let text = String(reference[mark.upperBound...])
        guard let moment = TimeText.parseKnownBy(text) else {
            throw Failure(
                "data.reference", "found the time '\(text)' in '\(reference)', expected a day",
                hint: "such as: Data/daily@as-of:2024-03-01", exitStatus: .usage)
        }
        return (String(reference[..<mark.lowerBound]), moment)
    }
}

extension String {
    /// Where another text stands in this one for the last time.
    fileprivate func range(ofLast other: String) -> Range<Index>? {
        indices.reversed().lazy.filter { self[$0...].hasPrefix(other) }.first.map {
            $0..<self.index($0, offsetBy: other.count)
        }
    }
}
