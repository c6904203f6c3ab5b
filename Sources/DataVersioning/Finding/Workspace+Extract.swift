import Basics

extension Workspace {
    /// Writes data that is named as `PATH@REVISION` to a path of its own. What the cache lacks comes from the remote.
    ///
    /// - Parameter reference: the path may be one inside a tracked directory; then only that part is fetched and
    ///   written.
    /// - Throws: ``Failure`` when something stands at the target, or nothing is known under the reference.
    package func extract(
        _ reference: String, to output: String, remote: String? = nil, progress: TransferProgress? = nil
    ) throws -> TrackedData {
        guard let at = reference.lastIndex(of: "@"), at != reference.startIndex else {
            throw Failure(
                "data.reference", "found '\(reference)', expected PATH@REVISION", hint: "such as: Data/bars@HEAD~1",
                exitStatus: .usage)
        }
        let path = shown(Paths.absolute(String(reference[..<at]))),
            revision = String(reference[reference.index(after: at)...])
        guard let item = try trackedData(at: revision, path: path) else {
            throw Failure(
                "data.unknown-target", "found no '\(path)' under version control at '\(revision)'",
                hint: "see what there was with: hftml diff \(revision)", exitStatus: .usage)
        }
        let target = Paths.absolute(output)
        try checkFree(target, as: output)
        if try remote != nil || !isCached(item) {
            let fetched = try fetchAll([item], remote: remote, progress: progress)
            if let problem = fetched.problems.first { throw problem.failure }
        }
        try DataImport(self).copy(item, from: store, to: target)
        return item
    }
}
