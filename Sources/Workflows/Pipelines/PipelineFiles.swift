import Basics
package import DataVersioning
package import Pipelines

/// The pipelines of a workspace.
package enum PipelineFiles {
    package static func isPipeline(_ target: String) -> Bool {
        let name = Paths.name(target)
        return name == "pipeline.yaml" || name == "dvc.yaml"
            || (Paths.isDirectory(target)
                && (Paths.exists("\(target)/pipeline.yaml") || Paths.exists("\(target)/dvc.yaml")))
    }

    /// All of them; beside a `pipeline.yaml`, a `dvc.yaml` is its export and not another one.
    package static func all(in workspace: Workspace) throws -> [String] {
        pipelines(try files(in: workspace))
    }

    /// Pipeline files and pointers, in one walk. A directory with a `.dvc` of its own is another workspace.
    static func files(in workspace: Workspace) throws -> [String] {
        let files = try workspace.files {
            $0 == "pipeline.yaml" || $0 == "dvc.yaml" || ($0.hasSuffix(".dvc") && $0 != ".dvc")
        }
        var known: [String: Bool] = [workspace.root: false]
        func isForeign(_ directory: String) -> Bool {
            if let answer = known[directory] { return answer }
            guard directory.isBelow(workspace.root) else { return false }
            let answer = Paths.isDirectory("\(directory)/.dvc") || isForeign(Paths.parent(directory))
            known[directory] = answer
            return answer
        }
        return files.filter { !isForeign(Paths.parent($0)) }
    }

    static func pipelines(_ files: [String]) -> [String] {
        let native = Set(files.filter { $0.hasSuffix("/pipeline.yaml") }.map { Paths.parent($0) })
        return files.filter {
            $0.hasSuffix("/pipeline.yaml") || ($0.hasSuffix("/dvc.yaml") && !native.contains(Paths.parent($0)))
        }
    }

    package static func load(in workspace: Workspace) throws -> [Pipeline] {
        try all(in: workspace).map { try ReproducePipeline.load($0) }
    }
}
