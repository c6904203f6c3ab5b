import Basics
import DataVersioning
import Foundation
import Pipelines
import Registry

/// A run in; the features it was trained on, made again in a scratch place from the code and data of its commit, out.
///
/// Files come from Git as they were, data from the cache by the pointers of that commit, and the pipeline that made the
/// features runs there, with a registry of its own, so that nothing of the project changes.
enum RebuildFeatures {
    /// - Returns: the path of the feature table inside the scratch directory.
    /// - Throws: ``Failure`` when the run has no commit, or no pipeline of that commit makes the features.
    static func run(_ run: RunRecord, in scratch: String, registry: RegistryDatabase, session: Session) throws -> String
    {
        let hint = "rebuild its features yourself, and name them: --features FILE"
        guard let commit = run.gitCommit, let repository = try GitRepository.around(session.root),
            let root = repository.root
        else {
            throw Failure(
                "reproduce.no-commit",
                "found run \(run.id.prefix(8)) trained outside Git, so its code cannot be checked out", hint: hint)
        }
        // The run tells the features by digest; where they lay is in the lineage.
        let graph = try registry.lineage(of: "run:\(run.id)")
        guard let label = graph.nodes.first(where: { $0.id == run.dataDigest })?.label, !label.hasPrefix("/"),
            !label.hasPrefix("..")
        else {
            throw Failure(
                "reproduce.outside", "found features outside the project behind run \(run.id.prefix(8))", hint: hint
            )
        }
        for file in try repository.files(at: commit, named: { _ in true }) {
            guard !file.path.split(separator: "/").contains("..") else { continue }
            try AtomicFile.write(to: Paths.join(scratch, file.path), isDurable: false) { writer in
                try file.read().withUnsafeBytes { try writer.append($0) }
            }
        }
        // The project may be a part of the repository.
        let inside = Paths.relative(Paths.resolved(session.root), to: Paths.resolved(root))
        // Without symbolic links, as pipelines know their directories.
        let real = Paths.resolved(scratch), place = inside == "." ? real : Paths.join(real, inside)
        try AtomicFile.write(
            "[cache]\n    dir = \(session.workspace.store.directory)\n", to: Paths.join(place, ".dvc/config.local"))
        guard let (pipeline, stages) = try maker(of: label, in: place) else {
            throw Failure(
                "reproduce.no-pipeline", "found no pipeline at commit \(commit.prefix(12)) that makes '\(label)'",
                hint: hint)
        }
        let environment = session.caller.environment
        try call(["checkout", "--quiet"], in: place, environment, mayFail: true)
        for stage in stages {
            try call(
                ["repro", Paths.relative(pipeline, to: Paths.absolute(place)), "--stage", stage, "--quiet"], in: place,
                environment, mayFail: false)
        }
        let features = Paths.join(place, label)
        guard Paths.exists(features) else {
            throw Failure("reproduce.no-features", "found no '\(label)' after its pipeline ran", hint: hint)
        }
        return features
    }

    /// The pipeline with an output at a path, looked for from its directory upwards, and the stages that lead to it, in
    /// the order in which they run.
    private static func maker(of label: String, in place: String) throws -> (pipeline: String, stages: [String])? {
        let place = Paths.absolute(Paths.resolved(place))
        let target = Paths.normalized(Paths.join(place, label))
        var directory = Paths.parent(target)
        while directory.count >= place.count {
            if let file = try? Pipeline.file(at: directory), let pipeline = try? ReproducePipeline.load(file),
                let stage = pipeline.stages.first(where: { stage in
                    stage.outputs.contains { stage.absolute($0.path) == target }
                })
            {
                var order: [String] = []
                func visit(_ name: String) {
                    guard !order.contains(name) else { return }
                    for source in pipeline.sources(of: name) { visit(source) }
                    order.append(name)
                }
                visit(stage.name)
                return (directory, order)
            }
            directory = Paths.parent(directory)
        }
        return nil
    }

    /// This program in the scratch place, with a registry of that place.
    ///
    /// - Parameter environment: of the caller.
    private static func call(
        _ arguments: [String], in place: String, _ environment: [String: String], mayFail: Bool
    ) throws {
        guard let program = ProcessIdentity.program else {
            throw Failure("reproduce.program", "cannot find this program's own file")
        }
        let environment = environment.merging(["HFTML_REGISTRY": "Registry/scratch.sqlite"]) { $1 }
        let quiet = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(quiet) }
        let status = try ChildProcess(
            [program] + arguments, directory: place, environment: environment, input: quiet, output: quiet,
            errors: mayFail ? quiet : 2
        ).wait()
        guard status == 0 || mayFail else {
            throw Failure(
                "reproduce.pipeline",
                "hftml \(arguments.joined(separator: " ")) ended with status \(status) on the code of that commit",
                hint: "rebuild the features yourself, and name them: --features FILE")
        }
    }
}
