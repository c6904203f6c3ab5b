import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// What other revisions name comes from a remote although the workspace never had it.
@Suite("Older versions from a remote")
struct OlderVersionsTests {
    private let project: VersionedProject
    private let pattern = "{date:%Y-%m-%d}_{symbol}.csv"

    /// Two versions of a directory with partitions and of a file, all of it pushed; then an empty cache, as in a fresh
    /// clone.
    init() throws {
        project = try VersionedProject()
        _ = try ConfigureRemote.add(
            "store", url: project.directory.file("store"), isDefault: true, in: try project.session().workspace)
        try project.write("a1", to: "daily/2024-03-01_A.csv")
        try project.write("b1", to: "daily/2024-03-01_B.csv")
        try project.write("old", to: "f")
        try add(each: pattern)
        try project.commit("one", at: "2024-03-04T18:00:00Z")
        try project.write("a1 corrected", to: "daily/2024-03-01_A.csv")
        try project.write("a5", to: "daily/2024-03-05_A.csv")
        try project.write("new", to: "f")
        try add()
        try project.commit("two", at: "2024-03-10T18:00:00Z")
        var all = TransferData.Request()
        all.allCommits = true
        // Two listings, four files of the directory, two versions of the file.
        #expect(try TransferData.push(all, in: try project.session().workspace).count == 8)
        try project.emptyCache()
    }

    private func add(each: String? = nil) throws {
        let session = try project.session()
        _ = try AddData.run(
            [project.file("daily")], partitions: AddData.Partitions(each: each), in: session.workspace,
            registry: session.registry)
        _ = try AddData.run([project.file("f")], in: session.workspace)
    }

    private func fetch(_ targets: [String] = [], conditions: [String] = []) throws -> TransferData.Fetched {
        var request = TransferData.Request(targets: targets.map { project.file($0) })
        request.conditions = conditions
        request.allCommits = true
        return try TransferData.fetch(request, in: try project.session().workspace)
    }

    @Test("fetch --all-commits brings what only older commits name, once")
    func all() throws {
        let fetched = try fetch()
        #expect(fetched.count == 8 && fetched.problems.isEmpty)
        #expect(try fetch().count == 0)
    }

    @Test("of older commits, too, only the targets and the partitions come")
    func some() throws {
        #expect(try fetch(["f"]).count == 2)
        // Both listings; of the older version nothing has this date.
        let day = try fetch(conditions: ["date=2024-03-05"])
        #expect(day.count == 3 && day.problems.isEmpty, "\(day.problems)")
        #expect(try fetch(["daily/2024-03-01_A.csv"]).count == 2)
    }

    @Test("what Git holds, or a pipeline keeps out of the cache, is not looked for at the remote")
    func uncached() throws {
        let md5 = Digest.md5(Array("m".utf8))
        func out(_ path: String) -> String {
            "    - path: \(path)\n      hash: md5\n      md5: \(md5)\n      size: 1\n"
        }
        try project.write("m", to: "metrics.json")
        try project.write(
            "stages:\n  s:\n    cmd: \"true\"\n    metrics: [metrics.json]\n"
                + "    outs: [{loose: {cache: false}}, gone]\n",
            to: "dvc.yaml")
        try project.write(
            "schema: '2.0'\nstages:\n  s:\n    cmd: 'true'\n    outs:\n" + out("metrics.json") + out("loose"),
            to: "dvc.lock")
        try project.commit("three")
        try project.remove("dvc.lock")
        try project.commit("four")
        #expect(try fetch().problems.isEmpty)
        try project.write(
            "schema: '2.0'\nstages:\n  s:\n    cmd: 'true'\n    outs:\n" + out("gone"), to: "dvc.lock")
        try project.commit("five")
        try project.remove("dvc.lock")
        #expect(try fetch().problems.map(\.path) == ["gone"])
    }

    @Test("what was known on a day comes from the remote, and one file of it alone")
    func asOf() throws {
        func get(_ path: String, _ day: String, _ name: String) throws -> GetData.Outcome {
            try GetData.run(
                project.file(path) + "@as-of:" + day, to: project.file(name), in: try project.session().workspace)
        }
        let one = try get("daily/2024-03-01_A.csv", "2024-03-05", "one")
        #expect(try project.read("one") == "a1" && one.md5 == Digest.md5(Array("a1".utf8)))
        #expect(one.known?.recorded == 1 && one.known?.revised == 1 && one.known?.later == 0)
        let all = try get("daily", "2024-03-05", "all")
        #expect(all.known?.recorded == 2 && all.known?.backfilled == 1)
        #expect(try project.read("all/2024-03-01_A.csv") == "a1" && project.read("all/2024-03-05_A.csv") == "a5")
        _ = try get("f", "2024-03-05", "file")
        #expect(try project.read("file") == "old")
        let never = #expect(throws: Failure.self) { try get("daily/2024-03-05_A.csv", "2024-03-04", "never") }
        #expect(never?.code == "partition.unknown")
    }

    @Test("a shallow clone cannot tell what was known")
    func shallow() throws {
        try project.write(try project.git("rev-parse", "HEAD"), to: ".git/shallow")
        let error = #expect(throws: Failure.self) {
            try GetData.run(
                project.file("daily") + "@as-of:2024-03-05", to: project.file("all"),
                in: try project.session().workspace)
        }
        #expect(error?.code == "git.shallow" && !project.exists("all"))
    }

    @Test("where the older version was never pushed, the message says which push sends it")
    func unpushed() throws {
        try Paths.remove(project.directory.file("store"))
        let error = #expect(throws: Failure.self) {
            try GetData.run(
                project.file("daily") + "@as-of:2024-03-05", to: project.file("all"),
                in: try project.session().workspace)
        }
        #expect(error?.code == "remote.missing-object" && error?.hint?.contains("--all-commits") == true)
    }
}
