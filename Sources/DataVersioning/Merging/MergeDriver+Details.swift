import Basics

/// What a pointer's `meta` says of a directory's very content: executable files, empty directories and its other
/// digests. It changes with every file, so it is merged with the content and is no word of a side.
extension MergeDriver {
    private static let keys = ["tree", "sha256"]

    /// A pointer's `meta` without it.
    static func withoutDetails(_ meta: JSONValue?) -> JSONValue? {
        guard var meta, var ours = meta[key: "hftml"] else { return meta }
        for key in keys { ours[key: key] = nil }
        meta[key: "hftml"] = ours.mapValue?.isEmpty == true ? nil : ours
        return meta.mapValue?.isEmpty == true ? nil : meta
    }

    /// Executable files and empty directories that either side added and neither took away; other digests from the
    /// side whose content it is.
    func mergeDetails(of entry: inout DataEntry, _ mine: DataEntry, _ other: DataEntry, _ old: DataEntry?) {
        guard [mine, other].contains(where: { $0.meta?[key: "hftml"] != nil }) else { return }
        var details = TreeDetails(mine).merged(with: TreeDetails(other), since: old.map(TreeDetails.init))
        if entry.isDirectory, let tree = try? workspace.store.tree(entry.md5, for: entry.path, isLegacy: entry.isLegacy)
        {
            details.keep(of: tree)
        }
        var meta = entry.meta ?? .map([(String, JSONValue)]())
        var ours = meta[key: "hftml"] ?? .map([(String, JSONValue)]())
        let digests = [mine, other].lazy.compactMap { $0.meta?[path: "hftml.sha256"] }
        ours[key: "sha256"] = digests.first { $0[key: "md5"]?.stringValue == entry.md5 }
        ours[key: "tree"] = details.node(of: entry.md5)
        meta[key: "hftml"] = ours.mapValue?.isEmpty == true ? nil : ours
        entry.meta = meta.mapValue?.isEmpty == true ? nil : meta
    }
}
