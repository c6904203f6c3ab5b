import Basics
package import DataVersioning

/// Data of elsewhere in; the same in the workspace, with its source on record, out.
package enum ImportData {
    /// From a path, an `http(s)://`, `s3://`, `ssh://` or `remote://` address.
    ///
    /// - Parameters:
    ///   - url: a relative path is kept relative to the pointer, so that the repository can move with its source.
    ///   - output: a path, or a directory to put it into; the last part of the address when nil.
    ///   - downloads: false to note the source and fetch nothing.
    package static func fromURL(
        _ url: String, to output: String? = nil, downloads: Bool = true, in workspace: Workspace,
        progress: TransferProgress? = nil, onWait: (String) -> Void = { _ in }
    ) throws -> RecordedData {
        let target = target(output, named: url)
        var source = url
        if !url.contains("://"), !url.hasPrefix("/") {
            source = Paths.relative(Paths.absolute(url), to: Paths.parent(Paths.absolute(target)))
        }
        return RecordedData(
            try workspace.changing([Paths.absolute(target)], command: "hftml import-url", onWait: onWait) {
                try DataImport(workspace).fromURL(source, to: target, isDownloading: downloads, progress: progress)
            })
    }

    /// From another Git repository under DVC or hftml.
    ///
    /// - Parameters:
    ///   - url: an address, or a path.
    ///   - path: the data's path there.
    ///   - revision: a branch, tag or commit there; its newest commit when nil.
    ///   - output: a path, or a directory to put it into; the path's last part when nil.
    package static func fromRepository(
        _ url: String, path: String, revision: String? = nil, to output: String? = nil, in workspace: Workspace,
        progress: TransferProgress? = nil, onWait: (String) -> Void = { _ in }
    ) throws -> RecordedData {
        let target = target(output, named: path)
        let source = url.contains("://") || url.hasPrefix("/") || !Paths.isDirectory(url) ? url : Paths.absolute(url)
        return RecordedData(
            try workspace.changing([Paths.absolute(target)], command: "hftml import", onWait: onWait) {
                try DataImport(workspace).fromRepository(
                    source, path: path, revision: revision, to: target, progress: progress)
            })
    }

    private static func target(_ output: String?, named source: String) -> String {
        let target = output ?? Paths.name(source)
        return Paths.isDirectory(target) ? Paths.join(target, Paths.name(source)) : target
    }
}
