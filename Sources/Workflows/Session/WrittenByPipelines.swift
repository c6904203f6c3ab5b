import Basics
import DataVersioning
import Pipelines

/// What hftml writes by itself: locks, ignore rules and declared outputs of pipelines, and the record of promotions and
/// signed heads that a backup brings back. It is no change of code.
enum WrittenByPipelines {
    private static let names: Set<String> = ["dvc.lock", "partitions.lock", ".gitignore"]
    /// Of the record, from the root: nothing reads them to make a result. Rules, keys, environments and settings lie
    /// beside them and count.
    private static let heads = "Registry/audit-heads.jsonl"
    private static let directories = ["Registry/promotions", TimestampStore.directory]
    /// What the documents of a promotion and tokens are; a script among them would be somebody's code.
    private static let endings = [".json", ".md", ".html", ".tsr", ".tsq"]
    /// Files that are looked at in a directory of which Git knows nothing.
    private static let mostFiles = 4096

    /// - Parameters:
    ///   - files: as Git names them, from the top of its work tree; a directory that it does not know ends with `/`.
    ///   - graph: nil where there is none; a pipeline that cannot be read takes nothing away: what it makes
    ///   counts as changed.
    static func leftOut(
        of files: [String], _ graph: PipelineGraph?, _ repository: GitRepository, _ session: Session
    ) -> [String] {
        guard !files.isEmpty else { return [] }
        guard let graph else {
            return files.filter { !names.contains(Paths.name($0)) }
        }
        let prefix = session.workspace.gitPrefix(repository)
        let outputs = graph.stages.flatMap { stage in stage.outputs.map { stage.absolute($0.path) } }
        let inputs = graph.stages.flatMap { stage in
            (stage.dependencies + stage.parameters.map(\.file)).map(stage.absolute)
        }
        let places = outputs + directories.map { Paths.join(session.root, $0) }
        func isWritten(_ path: String) -> Bool {
            if outputs.contains(where: path.isAtOrBelow) { return true }
            // What a stage reads makes its result, wherever it lies and whatever it is called.
            return (names.contains(Paths.name(path)) || isOfRecord(path, session))
                && !inputs.contains { path.isAtOrBelow($0) || $0.isBelow(path) }
        }
        return files.flatMap { file -> [String] in
            let isDirectory = file.hasSuffix("/"), name = isDirectory ? String(file.dropLast()) : file
            guard name.utf8.starts(with: prefix.utf8) else { return names.contains(Paths.name(name)) ? [] : [file] }
            let path = Paths.join(session.root, String(decoding: name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
            if isWritten(path) { return [] }
            // Git names a directory of which it knows nothing as a whole, whatever lies in it.
            guard isDirectory, places.contains(where: path.isAtOrAbove),
                let below = unknown(path, outputs, repository)
            else { return [file] }
            let rest = below.filter { !isWritten($0) }
            return rest.count == below.count ? [file] : rest.map { prefix + $0.part(below: session.root) }
        }
    }

    private static func isOfRecord(_ path: String, _ session: Session) -> Bool {
        guard path.isBelow(session.root) else { return false }
        let name = path.part(below: session.root)
        return name == heads
            || directories.contains { name.isBelow($0) } && endings.contains { name.hasSuffix($0) }
    }

    /// Files below a directory that Git does not ignore, without those of outputs; nil where there are too many, or one
    /// cannot be listed.
    private static func unknown(_ directory: String, _ outputs: [String], _ repository: GitRepository) -> [String]? {
        var found: [String] = [], waiting = [directory]
        while let place = waiting.popLast() {
            guard let entries = try? Paths.entries(place, isLenient: true) else { return nil }
            for path in entries.map({ Paths.join(place, $0) })
            where !repository.ignores(path) && !repository.ignores(path + "/")
                && !outputs.contains(where: path.isAtOrBelow)
            {
                if Paths.isRealDirectory(path) { waiting.append(path) } else { found.append(path) }
                guard found.count + waiting.count <= mostFiles else { return nil }
            }
        }
        return found.sorted()
    }
}

extension String {
    fileprivate func isAtOrAbove(_ other: String) -> Bool { other.isAtOrBelow(self) }
}
