package import Basics
import ConfigurationFiles
package import DataVersioning
import Deployment
import Foundation
package import Logging
import NeuralNetworks
package import Registry
import Synchronization
import Tensors

/// What every workflow of one command or request shares: who asks, the workspace, and the registry, opened once.
///
/// It is safe to use from many tasks at once: the registry serves many readers beside one writer.
package final class Session: Sendable {
    package let caller: Caller
    package let root: String
    package let workspace: Workspace
    package let registryPath: String
    /// Aliases in the order in which a version earns them, from `aliases` of `Registry/hftml.yaml`; empty where any
    /// may be given.
    package let aliasOrder: [String]
    private let opened = Mutex<RegistryDatabase?>(nil)
    private let identity = Mutex<String?>(nil)
    private let passesTracked = Mutex(false)

    /// From `anchors` of `Registry/hftml.yaml`; nil where it says nothing.
    let configuredAnchors: [AnchorPlace]?

    private static let settingKeys = ["schemaVersion", "registry", "aliases", "anchors"]

    /// Finds the workspace around the caller's directory and reads `Registry/hftml.yaml`; `HFTML_REGISTRY` of the
    /// caller's environment goes before its `registry`.
    ///
    /// - Parameter directory: where to look for the workspace; the caller's directory when nil.
    /// - Throws: ``Failure`` with code `data.no-workspace`; ``ConfigError`` for settings that are not valid.
    package init(_ caller: Caller, at directory: String? = nil) throws {
        self.caller = caller
        workspace = try Workspace.find(from: directory ?? caller.path("."), environment: caller.environment)
        root = workspace.root
        let settings = "\(root)/Registry/hftml.yaml"
        var registry = "Registry/registry.sqlite", order: [String] = [], anchors: [AnchorPlace]?
        if Paths.exists(settings) {
            let reader = try ConfigReader(try YAMLFile.read(settings), keys: Session.settingKeys)
            registry = try reader.string("registry", default: registry)
            order = try reader.strings("aliases")
            if reader.has("anchors") { anchors = try AnchorPlace.read(try reader.list("anchors")) }
        }
        if let variable = caller.environment["HFTML_REGISTRY"], !variable.isEmpty { registry = variable }
        registryPath = Paths.normalized(Paths.join(root, registry))
        aliasOrder = order
        configuredAnchors = anchors
    }

    package var clock: Clock { caller.clock }
    package var logger: Logger { caller.logger }

    /// Who changes are recorded under: see ``ActingIdentity``.
    ///
    /// - Throws: ``Failure`` with code `identity.token` where there is a CI's token that does not count.
    package func actor() throws -> String {
        try identity.withLock { known in
            if let known { return known }
            let actor = try ActingIdentity.actor(self)
            known = actor
            return actor
        }
    }

    /// Lets a registry that Git tracks be opened, with a word: a rollback makes safe whatever else fails.
    func passOverTrackedRegistry() { passesTracked.withLock { $0 = true } }

    /// The registry, opened and brought up to date when it is first asked for.
    ///
    /// - Throws: ``Failure`` with code `runtime.tracked` for one that a pull replaces, `backup.unfinished`.
    package func registry() throws -> RegistryDatabase {
        try opened.withLock { known in
            if let known { return known }
            // A registry that is made anew here would be in the way of the one that was to come.
            guard !Paths.exists("\(root)/\(RestoreBackup.staging)") || Paths.exists(registryPath) else {
                throw Failure(
                    "backup.unfinished", "found the restoring of a backup in '\(root)' unfinished",
                    hint: "finish it: hftml backup restore DIR --to \(root)")
            }
            do { try TrackedByGit.requireNone(registry: registryPath) } catch let problem as Failure
                where passesTracked.withLock({ $0 })
            {
                caller.conversation.say(problem.message.replacing("; it was not opened", with: ""))
            }
            let registry = try RegistryDatabase(registryPath, actor: try actor(), clock: caller.clock)
            known = registry
            return registry
        }
    }

    /// Entries that this session has appended to the audit log; opens nothing.
    package var appendedEntries: Int { opened.withLock { $0?.appendedEntries ?? 0 } }

    package var artefacts: ArtefactStore { ArtefactStore(beside: registryPath) }

    /// Where a typed path leads; see ``Caller/path(_:)``.
    package func path(_ typed: String) -> String { caller.path(typed) }

    /// A checkpoint of a run, beside the registry.
    package func checkpointPath(run: String) -> String {
        Paths.join(Paths.parent(registryPath), "checkpoints/\(run).safetensors")
    }

    /// What an environment is called on record, however and wherever it was typed: its name under
    /// `Registry/environments`, or its absolute path elsewhere. Two promotions to one place meet only if they call it
    /// the same.
    package func environmentName(_ typed: String) -> String {
        let isName = Self.isName(typed), place = environmentWay(typed)
        // A link is its target, under the one name that this has.
        guard !isName || (Paths.exists(place) && !Paths.isRealDirectory(place)) else { return typed }
        let path = Paths.resolved(place)
        return Paths.parent(path) == Paths.resolved("\(root)/Registry/environments") ? Paths.name(path) : path
    }

    private static func isName(_ typed: String) -> Bool { !(typed.contains("/") || typed == "." || typed == "..") }

    /// Where an environment was looked for, absolute, with the links that lead to it.
    package func environmentWay(_ typed: String) -> String {
        Self.isName(typed) ? "\(root)/Registry/environments/\(typed)" : Paths.absolute(path(typed))
    }

    /// Where an environment of the runtime lives: a path, or a name under `Registry/environments`.
    package func environmentPath(_ name: String) -> String {
        name.contains("/") ? caller.path(name) : "\(root)/Registry/environments/\(name)"
    }

    /// A path as people of this project say it, and as it stands on record: from the root where it lies inside,
    /// absolute elsewhere. The same from every directory.
    package func shown(_ path: String) -> String {
        let absolute = Paths.absolute(path)
        return absolute.isBelow(root) ? absolute.part(below: root) : absolute
    }

    package struct CodeState: Sendable {
        package var commit: String?
        package var changedFiles: [String]
    }

    /// The commit that is checked out and what differs from it; no commit outside Git.
    ///
    /// - Throws: ``Failure`` with code `git.no-library` where there is a repository and libgit2 cannot be loaded: a run
    ///   must not be recorded without its commit for that reason.
    package func code() throws -> CodeState {
        guard let repository = try GitRepository.around(root) else { return CodeState(commit: nil, changedFiles: []) }
        let loaded = try? WorkspaceGraph.load(in: workspace)
        // All of them, so that no number of those that are left out hides another.
        let changed = WrittenByPipelines.leftOut(
            of: try repository.changedFiles(limit: .max), loaded?.graph, repository, self)
        let elsewhere = try ReadElsewhere.names(loaded, repository, self)
        return CodeState(
            commit: repository.headCommit, changedFiles: Array(Set(changed + elsewhere).sorted().prefix(100)))
    }

    /// Whether a pipeline runs this command: what it sets for the commands of its stages says so.
    package var isInStage: Bool { caller.environment["DVC_STAGE"].map { !$0.isEmpty } ?? false }

    /// Records a run that begins now.
    ///
    /// - Parameters:
    ///   - kernels: what computes it; nil for what the configuration's `training` asks for.
    ///   - id: of the run; see ``RunRecord/newID()``.
    /// - Returns: its id.
    func startRun(
        kind: RunKind, name: String, experiment: String, seed: Int, threads: Int, config: JSONValue, data: String,
        parameters: [(String, JSONValue)], parent: String? = nil,
        tags: [(String, String)] = [], kernels: KernelsName? = nil, id: String = RunRecord.newID(),
        registry: RegistryDatabase
    ) throws -> String {
        let kernels = kernels ?? KernelChoice.declared(in: config[key: "training"])
        let code = try code(), parent = try parent.map { try registry.run($0).id }
        try registry.start(
            RunRecord(
                id: id, experiment: experiment, name: name, kind: kind, startedAt: registry.now(), seed: seed,
                threads: threads, config: config.text(.compact),
                dataDigest: data, gitCommit: code.commit, gitDirty: code.changedFiles, toolVersion: ToolVersion.current,
                machine: Session.machine,
                cpu: "\(kernels)", user: try actor(), parent: parent),
            parameters: parameters.map { ($0, $1.stringValue ?? $1.text(.compact)) })
        if !tags.isEmpty { try registry.setTags(tags, of: .run(id)) }
        return id
    }

    package static var machine: String {
        "\(ProcessInfo.processInfo.hostName), \(ProcessInfo.processInfo.activeProcessorCount) cores"
    }
    package static var defaultThreads: Int { min(ProcessInfo.processInfo.activeProcessorCount, 16) }
}
