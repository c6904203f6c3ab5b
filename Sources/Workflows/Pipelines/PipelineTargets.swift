import Basics
import DataVersioning
import Pipelines

/// What people type to say which stages they mean: a pipeline file or its directory, a stage, `FILE:stage`, or
/// something that a stage makes.
struct PipelineTargets {
    private let workspace: Workspace
    private let targets: [ReproducePipelines.Request.Target]

    init(_ targets: [ReproducePipelines.Request.Target], in workspace: Workspace) {
        self.targets = targets
        self.workspace = workspace
    }

    /// The pipeline files that the targets name, or that lie where they were typed.
    func files() throws -> [String] {
        var files: [String] = []
        for target in targets {
            if let (file, _) = try PipelineTargets.qualified(target.path) {
                files.append(file)
            } else if PipelineTargets.isWhole(target.path) {
                files.append(try Pipeline.file(at: target.path))
            } else if let own = try? Pipeline.file(at: target.directory) {
                files.append(own)
            }
        }
        var seen: Set<String> = []
        return files.filter { seen.insert($0).inserted }
    }

    /// A pipeline file, or a directory with one.
    static func isWhole(_ path: String) -> Bool {
        PipelineFiles.isPipeline(path) || (Paths.exists(path) && !Paths.isDirectory(path) && path.hasSuffix(".yaml"))
    }

    /// `FILE:stage` as a file and a name. The file is looked for from the left, since names may have colons.
    static func qualified(_ path: String) throws -> (file: String, stage: String)? {
        if Paths.exists(path) { return nil }
        var start = path.startIndex
        while let colon = path[start...].firstIndex(of: ":") {
            let file = String(path[..<colon]), name = String(path[path.index(after: colon)...])
            if !name.isEmpty, isWhole(file) { return (try Pipeline.file(at: file), name) }
            start = path.index(after: colon)
        }
        return nil
    }

    /// The stages of every target, by their positions.
    ///
    /// - Throws: ``Failure`` with code `pipeline.no-stage` or `pipeline.missing`, with the nearest name there is.
    func positions(in graph: PipelineGraph) throws -> [[Int]] { try targets.map { try positions($0, graph) } }

    private func positions(_ target: ReproducePipelines.Request.Target, _ graph: PipelineGraph) throws -> [Int] {
        if let (file, name) = try PipelineTargets.qualified(target.path) {
            if let found = named(name, in: file, graph) { return found }
            guard let pipeline = graph.pipelines.first(where: { $0.path == file }) else { return [] }
            throw PipelineGraph.noStage(name, in: pipeline)
        }
        if PipelineTargets.isWhole(target.path) { return graph.stages(of: try Pipeline.file(at: target.path)) }
        if let own = try? Pipeline.file(at: target.directory), let found = named(target.typed, in: own, graph) {
            return found
        }
        let path = Paths.normalized(Paths.join(Paths.resolved(target.directory), target.typed))
        let makers = graph.makers(touching: path).filter { index in
            graph.stages[index].outputs.contains { output in
                let made = graph.stages[index].absolute(output.path)
                return path.isAtOrBelow(made) || made.isBelow(path)
            }
        }
        let below = graph.stages.indices.filter { graph.stages[$0].file.isBelow(path) }
        let found = Set(makers + below).sorted()
        if found.isEmpty { throw unknown(target, path, graph) }
        return found
    }

    /// A stage, or all that a `foreach` or `matrix` of that name makes.
    private func named(_ name: String, in file: String, _ graph: PipelineGraph) -> [Int]? {
        if let exact = graph.position(of: name, in: file) { return [exact] }
        let group = graph.stages(of: file).filter { graph.stages[$0].name.hasPrefix(name + "@") }
        return group.isEmpty ? nil : group
    }

    private func unknown(
        _ target: ReproducePipelines.Request.Target, _ path: String, _ graph: PipelineGraph
    ) -> Failure {
        if path.hasSuffix(".dvc") || graph.pointers.contains(where: { $0.outputs.contains(path) }) {
            return Failure(
                "pipeline.missing",
                "found data at '\(target.typed)', expected a pipeline, a stage or what a stage makes",
                hint: "bring it here with: hftml checkout '\(target.typed)'", exitStatus: .usage)
        }
        // One pipeline of the workspace may have such a stage; which directory it is in, nobody can know by heart.
        let elsewhere = graph.stages.filter { $0.name.isExactly(target.typed) }
        if let first = elsewhere.first {
            let isAtRoot = target.directory.isExactly(workspace.root)
            func shown(_ stage: Stage) -> String { "'\(workspace.shown(stage.file)):\(stage.name)'" }
            return Failure(
                "pipeline.missing",
                "found no pipeline at '\(target.typed)' and no stage of that name in this directory; "
                    + (elsewhere.count == 1
                        ? "'\(workspace.shown(first.file))' has one"
                        : "\(elsewhere.count) other pipelines have one: "
                            + elsewhere.prefix(3).map(shown).joined(separator: ", ")),
                hint: "hftml repro " + (isAtRoot ? "" : "-C '\(workspace.root)' ") + shown(first), exitStatus: .usage)
        }
        let own = (try? Pipeline.file(at: target.directory)) ?? ""
        let names = graph.stages(of: own).map { graph.stages[$0].name }
        return Failure(
            "pipeline.missing",
            "found no pipeline at '\(target.typed)', no stage of that name, and nothing that a stage "
                + "makes",
            hint: NearestName.of(target.typed, in: names).map { "did you mean '\($0)'?" }
                ?? "give a directory with a pipeline.yaml or dvc.yaml, such as Pipelines/demo")
    }
}
