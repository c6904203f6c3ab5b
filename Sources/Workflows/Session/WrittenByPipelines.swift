import Basics
import DataVersioning
import Pipelines

/// What running a pipeline writes by itself: locks, ignore rules and declared outputs. It is no change of code.
enum WrittenByPipelines {
    private static let names: Set<String> = ["dvc.lock", "partitions.lock", ".gitignore"]

    /// - Parameter files: as Git names them, from the top of its work tree; a directory that it does not know ends
    ///   with `/`.
    static func leftOut(of files: [String], _ repository: GitRepository, _ session: Session) -> [String] {
        let others = files.filter { !names.contains(Paths.name($0)) }
        guard !others.isEmpty else { return [] }
        // A pipeline that cannot be read takes nothing away: what it makes counts as changed.
        guard let graph = try? WorkspaceGraph.load(in: session.workspace).graph else { return others }
        let prefix = session.workspace.gitPrefix(repository).utf8
        let outputs = graph.stages.flatMap { stage in stage.outputs.map { stage.absolute($0.path) } }
        return others.filter { file in
            let name = file.hasSuffix("/") ? file.utf8.dropLast() : file.utf8[...]
            guard name.starts(with: prefix) else { return true }
            let path = Paths.join(session.root, String(decoding: name.dropFirst(prefix.count), as: UTF8.self))
            return !outputs.contains { path.isAtOrBelow($0) }
        }
    }
}
