import Basics
import Foundation
import Registry
import TestSupport
import Testing

@Suite struct RegistryTests {
    static func run(_ id: String = RunRecord.newID(), name: String = "r", started: Nanoseconds = 1) -> RunRecord {
        RunRecord(
            id: id, experiment: "e", name: name, kind: .train, startedAt: started, seed: 1, threads: 2, config: "{}",
            dataDigest: "d", gitCommit: "c",
            gitDirty: ["a b"], toolVersion: "t", machine: "m", cpu: "p", user: "u")
    }

    @Test("runs, metrics, versions, aliases and decisions come back as they went in")
    func roundTrip() throws {
        let directory = try TemporaryDirectory()
        let registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        let record = RegistryTests.run()
        try registry.start(record, parameters: [("a", "1")])
        try registry.log(
            [MetricValue("loss", step: 1, 0.5), MetricValue("loss", step: 2, 0.25), MetricValue("bad", .nan)],
            run: record.id)
        try registry.log([MetricValue("loss", step: 2, 0.125)], run: record.id)
        #expect(try registry.latestMetrics(run: record.id) == ["loss": 0.125])
        #expect(try registry.run(String(record.id.prefix(6))) == record)
        let version = try registry.register(model: "m", run: record.id, weights: "w")
        #expect(version.version == 1)
        #expect(try registry.register(model: "m", run: record.id, weights: "w").version == 1)
        #expect(try registry.register(model: "m", run: record.id, weights: "v").version == 2)
        try registry.setAlias("champion", of: version, reason: "")
        #expect(try registry.version("models:/m@champion").reference == "m/1")
        #expect(throws: Failure.self) { try registry.version("m/9") }
        let near = #expect(throws: Failure.self) { try registry.run("rr") }
        #expect(near?.hint == "did you mean 'r'?")
        #expect(try registry.verify().isEmpty)
        #expect(try RegistryDatabase(directory.file("r.sqlite"), actor: "tests").versions().count == 2)
    }

    @Test("a name that several runs have is refused with their ids, and each goes by its id")
    func sharedName() throws {
        let directory = try TemporaryDirectory()
        let registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        let ids = (0..<7).map { _ in RunRecord.newID() }
        try registry.start(RegistryTests.run(ids[0], name: "cnn", started: 1), parameters: [])
        #expect(try registry.run("cnn").id == ids[0])
        for (index, id) in ids.enumerated().dropFirst() {
            try registry.start(RegistryTests.run(id, name: "cnn", started: Int64(index + 1)), parameters: [])
        }
        let error = #expect(throws: Failure.self) { try registry.run("cnn") }
        #expect(error?.code == "registry.ambiguous" && error?.message.hasSuffix("and more") == true)
        for id in ids.suffix(5) { #expect(error?.message.contains(id.prefix(8)) == true) }
        #expect(error?.hint?.contains(ids[6].prefix(8)) == true)
        #expect(try registry.run(String(ids[2].prefix(12))).id == ids[2] && registry.run("latest").id == ids[6])
    }

    @Test("a batch of many keys and steps in any order, with repetitions, comes back whole")
    func batches() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests"),
            record = RegistryTests.run()
        try registry.start(record, parameters: [])
        var random = SeededRandom(seed: 4), expected: [String: [Int: Double]] = [:]
        for _ in 0..<20 {
            let batch = (0..<200).map { _ in
                MetricValue("m\(random.index(below: 12))", step: random.index(below: 50), random.uniform())
            }
            for value in batch { expected[value.key, default: [:]][value.step] = value.value }
            try registry.log(batch, run: record.id)
        }
        let latest = try registry.latestMetrics(run: record.id)
        #expect(latest.count == expected.count)
        for (key, values) in expected {
            let steps = values.keys.sorted()
            #expect(try registry.history(run: record.id, metric: key).map(\.step) == steps)
            #expect(try registry.history(run: record.id, metric: key).map(\.value) == steps.compactMap { values[$0] })
            #expect(latest[key] == steps.last.flatMap { values[$0] })
        }
    }

    @Test("queries cannot write, and every documented example runs")
    func queries() throws {
        let directory = try TemporaryDirectory()
        let registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        for view in RegistryDatabase.viewExamples { _ = try registry.query(view.example) }
        for sql in [
            "DELETE FROM run", "PRAGMA journal_mode = DELETE", "INSERT INTO model VALUES ('x', '', 1)",
            "ATTACH 'y' AS y", "SELECT", "",
        ] {
            #expect(throws: (any Error).self, "\(sql)") { try registry.query(sql) }
        }
    }

    @Test("the audit log cannot be altered through SQL, and an alteration behind its back is found")
    func audit() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("r.sqlite")
        let registry = try RegistryDatabase(path, actor: "tests")
        for i in 0..<5 { try registry.audit(action: "a", subject: .model("m\(i)")) }
        #expect(try registry.verify().isEmpty)
        let direct = try RunProgram.run(
            "/usr/bin/env", ["sqlite3", path, "UPDATE audit_entry SET subject = 'x' WHERE sequence = 2"],
            in: directory.path)
        #expect(direct.status != 0 && direct.errors.contains("append-only"))
        let forced = try RunProgram.run(
            "/usr/bin/env",
            [
                "sqlite3", path,
                "DROP TRIGGER audit_is_append_only_update; UPDATE audit_entry SET subject = 'x' WHERE sequence = 2",
            ], in: directory.path)
        #expect(forced.status == 0)
        #expect(
            try registry.verify() == ["found no trigger 'audit_is_append_only_update'", "found audit entry 2 altered"])
    }

    @Test("lineage answers backwards and forwards")
    func lineage() throws {
        let directory = try TemporaryDirectory()
        let registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        let raw = LineageNode(.rawData, id: "raw", label: "raw"),
            features = LineageNode(.features, id: "f", label: "f"), run = LineageNode(.run, id: "run", label: "run")
        try registry.link([raw], to: features)
        try registry.link([features], to: run)
        try registry.link(
            [LineageNode(.rawData, id: "other", label: "o")], to: LineageNode(.features, id: "g", label: "g"))
        #expect(Set(try registry.lineage(of: "run").nodes.map(\.id)) == ["raw", "f", "run"])
        #expect(Set(try registry.lineage(of: "raw", downstream: true).nodes.map(\.id)) == ["raw", "f", "run"])
        #expect(throws: Failure.self) { try registry.lineage(of: "nothing") }
    }

    @Test("a file that is no registry is refused and left alone")
    func foreign() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("this is not a database, and somebody needs it", to: "r.sqlite")
        #expect(throws: Failure.self) { try RegistryDatabase(path, actor: "tests") }
        #expect(try FileChunks.text(path) == "this is not a database, and somebody needs it")
    }

    @Test("eight connections that open, log and register at once lose nothing")
    func writers() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("r.sqlite")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    let registry = try RegistryDatabase(path, actor: "tests")
                    for i in 0..<10 {
                        let record = RegistryTests.run(name: "w\(worker)", started: Int64(i))
                        try registry.start(record, parameters: [("i", "\(i)")])
                        try registry.log((0..<50).map { MetricValue("loss", step: $0, Double($0)) }, run: record.id)
                        _ = try registry.register(
                            model: "shared", run: record.id, weights: "\(worker)-\(i)")
                        try registry.finish(run: record.id, status: .finished)
                    }
                }
            }
            try await group.waitForAll()
        }
        let registry = try RegistryDatabase(path, actor: "tests")
        #expect(try registry.query("SELECT count(*) FROM metric").rows[0][0].intValue == 8 * 10 * 50)
        #expect(try registry.query("SELECT count(*), max(version) FROM version").rows[0].map(\.intValue) == [80, 80])
        #expect(try registry.verify().isEmpty)
    }
}
