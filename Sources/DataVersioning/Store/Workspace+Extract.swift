import Basics

extension Workspace {
    /// Writes data that is named as `PATH@REVISION` to a path of its own.
    ///
    /// - Throws: ``Failure`` when something stands at the target, or nothing is known under the reference.
    package func extract(_ reference: String, to output: String) throws -> TrackedData {
        guard let at = reference.lastIndex(of: "@"), at != reference.startIndex else {
            throw Failure(
                "data.reference", "found '\(reference)', expected PATH@REVISION", hint: "such as: Data/bars@HEAD~1",
                exitStatus: .usage)
        }
        let path = shown(Paths.absolute(String(reference[..<at]))),
            revision = String(reference[reference.index(after: at)...])
        guard
            let item = try trackedData(at: revision).first(where: { $0.path == path || path.hasPrefix($0.path + "/") })
        else {
            throw Failure(
                "data.unknown-target", "found no '\(path)' under version control at '\(revision)'",
                hint: "see what there was with: hftml diff \(revision)", exitStatus: .usage)
        }
        let target = Paths.absolute(output)
        guard !Paths.exists(target) else {
            throw Failure(
                "data.exists", "found something at '\(output)' already", hint: "choose another path", exitStatus: .usage
            )
        }
        try DataImport(self).copy(item, path, from: store, to: target)
        return item
    }
}
