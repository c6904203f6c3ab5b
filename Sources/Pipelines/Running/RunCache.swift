package import Basics
import ConfigurationFiles
import DataVersioning
import Foundation

/// DVC's record of finished runs: the same command on the same inputs need not run again, in whatever repository shares
/// the cache.
///
/// DVC's key leaves out everything called `size` or `nfiles`, parameters of that name too, and so confuses different
/// runs. The key here is the same, for both tools to find each other's runs, but a run is used only if it names exactly
/// these commands, inputs and parameters.
package struct RunCache {
    private let workspace: Workspace

    init(_ workspace: Workspace) { self.workspace = workspace }

    static func isEligible(_ stage: Stage, workspace: Workspace) -> Bool {
        !stage.isCallback && !stage.alwaysRuns && !stage.dependencies.isEmpty && !stage.outputs.isEmpty
            && stage.partitions == nil
            && stage.outputs.allSatisfy { !$0.persists && stage.absolute($0.path).isBelow(workspace.root) }
    }

    private static func hash(_ node: JSONValue) -> String {
        func strip(_ node: JSONValue) -> JSONValue {
            switch node.kind {
            case .map(let entries):
                JSONValue(
                    .map(
                        entries.filter { $0.key != "size" && $0.key != "nfiles" }.map {
                            $0.holding(strip($0.value))
                        }))
            case .list(let items): .list(items.map(strip))
            default: node
            }
        }
        return Digest.sha256(strip(node).text(.canonical))
    }

    /// Where runs with these commands and inputs are, and the name of this very run.
    package static func names(_ node: JSONValue) -> (key: String, value: String) {
        var inputs = node
        inputs[key: "outs"] = .strings((node[key: "outs"]?.listValue ?? []).compactMap { $0[key: "path"]?.stringValue })
        return (hash(inputs), hash(node))
    }

    func save(_ run: LockFile.Stage) throws {
        let node = run.node
        let names = RunCache.names(node)
        try workspace.store.put(
            Array(YAMLWriter.text(node).utf8),
            at: "\(workspace.store.runs)/\(names.key.prefix(2))/\(names.key)/\(names.value)", mode: 0o644)
    }

    /// A finished run with these commands, inputs and parameters, all of whose outputs are in the cache.
    func find(_ wanted: LockFile.Stage) throws -> LockFile.Stage? {
        let folder =
            "\(workspace.store.runs)/\(RunCache.names(wanted.node).key.prefix(2))/\(RunCache.names(wanted.node).key)"
        guard Paths.isDirectory(folder) else { return nil }
        var files: [(path: String, time: Int)] = []
        for name in try Paths.entries(folder) where name.utf8.count == 64 {
            var info = stat()
            if stat("\(folder)/\(name)", &info) == 0 { files.append(("\(folder)/\(name)", info.st_mtim.tv_sec)) }
        }
        for file in files.sorted(by: { $0.time > $1.time }) {
            // A damaged record is as good as none.
            guard let node = try? YAMLFile.read(file.path), let run = try? LockFile.Stage(node) else { continue }
            func hashes(_ entries: [DataEntry]) -> ExactMap<String> { ExactMap(entries.map { ($0.path, $0.md5) }) }
            guard run.commands.map(ExactText.init) == wanted.commands.map(ExactText.init),
                hashes(run.dependencies) == hashes(wanted.dependencies),
                JSONValue(.map(run.parameters)) == JSONValue(.map(wanted.parameters)),
                ExactSet(run.outputs.map(\.path)) == ExactSet(wanted.outputs.map(\.path)),
                run.outputs.allSatisfy({ workspace.isCached($0) })
            else { continue }
            return run
        }
        return nil
    }
}
