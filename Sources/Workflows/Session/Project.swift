import Basics
import ConfigurationFiles
import DataVersioning
import Foundation
import Registry
import Tensors

/// The things that every workflow shares: workspace, registry, artefacts, Git.
package struct Project {
    package let root: String
    package let workspace: Workspace
    package let registryPath: String

    /// Finds the project around a directory. `HFTML_REGISTRY` names another registry file; `Registry/hftml.yaml` may
    /// too.
    package static func find(from directory: String = ".") throws -> Project {
        let workspace = try Workspace.find(from: directory)
        let settings = "\(workspace.root)/Registry/hftml.yaml"
        var registry = "Registry/registry.sqlite"
        if Paths.exists(settings) {
            let reader = try ConfigReader(try YAMLFile.read(settings), keys: settingKeys)
            registry = try reader.string("registry", default: registry)
        }
        if let variable = ProcessInfo.processInfo.environment["HFTML_REGISTRY"], !variable.isEmpty {
            registry = variable
        }
        return Project(
            root: workspace.root, workspace: workspace,
            registryPath: Paths.normalized(Paths.join(workspace.root, registry)))
    }

    private static let settingKeys = ["schemaVersion", "registry", "aliases"]

    /// Aliases in the order in which a version earns them, from `aliases` of `Registry/hftml.yaml`; empty where any may
    /// be given.
    package func aliasOrder() throws -> [String] {
        let settings = "\(root)/Registry/hftml.yaml"
        guard Paths.exists(settings) else { return [] }
        let reader = try ConfigReader(try YAMLFile.read(settings), keys: Project.settingKeys)
        return reader.has("aliases") ? try reader.strings("aliases") : []
    }

    package func registry() throws -> RegistryDatabase { try RegistryDatabase(registryPath) }
    package var artefacts: ArtefactStore { ArtefactStore(beside: registryPath) }

    /// A checkpoint of a run, beside the registry.
    package func checkpointPath(run: String) -> String {
        Paths.join(Paths.parent(registryPath), "checkpoints/\(run).safetensors")
    }

    /// What an environment is called on record, however and wherever it was typed: its name under
    /// `Registry/environments`, or its absolute path elsewhere. Two promotions to one place meet only if they call it
    /// the same.
    package func environmentName(_ typed: String) -> String {
        guard typed.contains("/") || typed == "." || typed == ".." else { return typed }
        let path = Paths.resolved(Paths.absolute(typed))
        return Paths.parent(path) == Paths.resolved("\(root)/Registry/environments") ? Paths.name(path) : path
    }

    /// Where an environment of the runtime lives: a path, or a name under `Registry/environments`.
    package func environmentPath(_ name: String) -> String {
        name.contains("/") ? name : "\(root)/Registry/environments/\(name)"
    }

    /// A path as people of this project say it, and as it stands on record: from the root where it lies inside,
    /// absolute elsewhere. The same from every directory.
    package func shown(_ path: String) -> String {
        let absolute = Paths.absolute(path)
        return absolute.hasPrefix(root + "/") ? String(absolute.dropFirst(root.count + 1)) : absolute
    }

    package struct CodeState: Sendable {
        package var commit: String?
        package var changedFiles: [String]
    }

    package func code() -> CodeState {
        guard let repository = GitRepository(containing: root) else { return CodeState(commit: nil, changedFiles: []) }
        return CodeState(commit: repository.headCommit, changedFiles: repository.changedFiles())
    }

    /// Records a run that begins now.
    ///
    /// - Returns: its id.
    func startRun(
        kind: String, name: String, experiment: String, seed: Int, threads: Int, config: JSONValue, data: String,
        parameters: [(String, JSONValue)], parent: String? = nil,
        tags: [(String, String)] = [], registry: RegistryDatabase
    ) throws -> String {
        let code = code(), id = RunRecord.newID(), parent = try parent.map { try registry.run($0).id }
        try registry.start(
            RunRecord(
                id: id, experiment: experiment, name: name, kind: kind, startedAt: registry.now(), seed: seed,
                threads: threads, config: config.text(.compact),
                dataDigest: data, gitCommit: code.commit, gitDirty: code.changedFiles, toolVersion: ToolVersion.current,
                machine: Project.machine,
                cpu: MatrixProduct.kernelLevel, user: RegistryDatabase.actor, parent: parent),
            parameters: parameters.map { ($0, $1.stringValue ?? $1.text(.compact)) })
        if !tags.isEmpty { try registry.setTags(tags, of: .run(id)) }
        return id
    }

    package static var machine: String {
        "\(ProcessInfo.processInfo.hostName), \(ProcessInfo.processInfo.activeProcessorCount) cores"
    }
    package static var defaultThreads: Int { min(ProcessInfo.processInfo.activeProcessorCount, 16) }
}
