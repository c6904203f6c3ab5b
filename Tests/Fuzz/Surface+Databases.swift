import Basics
import Foundation
import Registry

extension Surface {
    /// A registry with a little of everything, as one file without a log beside it.
    private static let registry: [UInt8] = {
        let path = "\(Surface.scratch.path)/seed.sqlite"
        defer { for end in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let copy = path + ".copy"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        do {
            let registry = try RegistryDatabase(path, actor: "fuzz")
            let run = RunRecord(
                id: String(repeating: "ab", count: 16), experiment: "e", name: "r", kind: .train, startedAt: 1, seed: 1,
                threads: 1, config: "{}", dataDigest: "d", gitCommit: "c", gitDirty: ["a"], toolVersion: "t",
                machine: "m", cpu: "p", user: "u")
            try registry.start(run, parameters: [("lr", "0.1")])
            try registry.log([MetricValue("auc", step: 0, 1)], run: run.id)
            try registry.setTags([("team", "x")], of: .run(run.id))
            try registry.finish(run: run.id, status: .finished)
            let version = try registry.register(model: "m", run: run.id, weights: String(repeating: "a", count: 64))
            try registry.setAlias("champion", of: version, reason: "first")
            try registry.link(
                [LineageNode(.rawData, id: "d", label: "data")],
                to: LineageNode(.run, id: "run:\(run.id)", label: "run"))
            try registry.backup(to: copy)
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: copy)))
        } catch { return [] }
    }()

    /// Databases with flipped bytes in any page.
    static let databases: [Surface] = [
        Surface("registry", weight: 1, isText: false, seeds: [registry]) { bytes in
            let path = "\(Surface.scratch.path)/r.sqlite"
            for end in ["", "-wal", "-shm"] { unlink(path + end) }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let registry = try RegistryDatabase(path, actor: "fuzz")
            _ = try? registry.search(FilterExpression("metrics.auc > 0"))
            let runs = (try? registry.runs()) ?? []
            _ = try? registry.contents(of: runs.map(\.id))
            _ = try? registry.versions(stage: .all)
            _ = try? registry.version("m@champion")
            _ = try? registry.lineage(of: "d", downstream: true)
            for view in RegistryDatabase.viewExamples { _ = try? registry.query(view.example) }
            _ = try registry.verify()
        }
    ]
}
