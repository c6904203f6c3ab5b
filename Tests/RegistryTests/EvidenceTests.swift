import Basics
import Foundation
import Registry
import TestSupport
import Testing

/// Searching, tagging, deleting, moving aliases, looking back, and finding what was changed behind the registry's back.
@Suite struct EvidenceTests {
    private static func sqlite(_ path: String, _ sql: String, in directory: TemporaryDirectory) throws {
        let result = try RunProgram.run("/usr/bin/env", ["sqlite3", path, sql], in: directory.path)
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test("filters find what MLflow's find: latest values, missing keys, LIKE and ILIKE, IN, attributes, NOT NULL")
    func filters() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        for i in 0..<20 {
            let run = RegistryTests.run(name: "run-\(i)", started: Int64(i) * 1_000_000)
            try registry.start(run, parameters: [("kind", i % 2 == 0 ? "lstm" : "CNN"), ("val loss", "x")])
            try registry.log(
                [MetricValue("auc", step: 0, 1), MetricValue("auc", step: 1, Double(i) / 20)], run: run.id)
            if i < 5 { try registry.log([MetricValue("rare", Double(i))], run: run.id) }
            try registry.setTags([("team", i < 10 ? "a_b" : "A%B"), ("mlflow.runName", "n\(i)")], of: .run(run.id))
            if i != 7 { try registry.finish(run: run.id, status: .finished) }
        }
        func count(_ filter: String) throws -> Int {
            try registry.search(try FilterExpression(filter), limit: 100).count
        }
        let cases: [(String, Int)] = [
            ("", 20), ("metrics.auc > 0.5", 9), ("metrics.auc >= 0.5 and params.kind = 'lstm'", 5),
            ("metric.rare != 3", 4), ("metrics.nothing != 3", 0), ("params.kind LIKE 'l%'", 10),
            ("params.kind LIKE 'c%'", 0), ("params.kind ILIKE 'c%'", 10), ("tags.team = 'a_b'", 10),
            ("tags.team LIKE 'A%B'", 10), ("tags.team like 'a_b'", 10),
            ("tags.mlflow.runName = 'n3'", 1), ("tags.`mlflow.runName` IN ('n3', 'n4')", 2),
            ("parameters.\"val loss\" = 'x' AND AND attributes.status = 'RUNNING'", 1),
            ("run_name = 'run-4'", 1), ("status != 'FINISHED'", 1), ("start_time >= 15", 5), ("tags.none IS NULL", 20),
            ("tags.team IS NOT NULL", 20), ("tags.team NOT IN ('a_b')", 10),
        ]
        for (filter, expected) in cases { #expect(try count(filter) == expected, "\(filter)") }
        for bad in [
            "metrics.auc > 'x'", "metrics.auc", "auc > 1", "params.kind > 3", "metrics.auc > 1 OR metrics.auc < 0",
            "tags.x = 'unfinished", "a b c", "metrics. > 1", "status IN (", "(",
            "metrics.auc BETWEEN 1 AND 2",
        ] {
            #expect(throws: Failure.self, "\(bad)") { try count(bad) }
        }
        let order = try registry.search(
            try FilterExpression("tags.team = 'a_b'"), order: [try OrderTerm("metrics.rare DESC")], limit: 7
        ).map(\.name)
        #expect(order == ["run-4", "run-3", "run-2", "run-1", "run-0", "run-9", "run-8"])
        let paged = try stride(from: 0, to: 10, by: 3).flatMap { offset in
            try registry.search(
                try FilterExpression("tags.team = 'a_b'"), order: [try OrderTerm("metrics.rare DESC")], limit: 3,
                offset: offset
            ).map(\.name)
        }
        #expect(paged == order + ["run-7", "run-6", "run-5"])
        #expect(
            try registry.search(
                try FilterExpression(""),
                order: [try OrderTerm("params.kind"), try OrderTerm("attributes.start_time ASC")], limit: 2
            ).map(\.name) == ["run-1", "run-3"])
    }

    @Test("the contents of many runs are those of each, in the order asked for, across the bounds of a statement")
    func contents() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        var ids: [String] = []
        for i in 0..<1100 {
            let run = RegistryTests.run(name: "run-\(i)")
            try registry.start(run, parameters: (0..<i % 4).map { ("p\($0)", "\(i)") })
            if i % 3 > 0 { try registry.log((0..<i % 3).map { MetricValue("m\($0)", Double(i)) }, run: run.id) }
            if i % 5 == 0 { try registry.setTags([("b", "2"), ("a", "\(i)")], of: .run(run.id)) }
            ids.append(run.id)
        }
        var random = SeededRandom(seed: 2)
        for k in stride(from: ids.count - 1, to: 0, by: -1) { ids.swapAt(k, random.index(below: k + 1)) }
        let all = try registry.contents(of: ids)
        #expect(all.count == ids.count)
        for (id, contents) in zip(ids, all) {
            let (parameters, metrics, tags) = (
                try registry.parameters(run: id), try registry.latestMetrics(run: id), try registry.tags(of: .run(id))
            )
            #expect(
                contents.parameters.map(\.key) == parameters.map(\.0)
                    && contents.parameters.map(\.value) == parameters.map(\.1))
            #expect(
                Dictionary(contents.metrics.map { ($0.key, $0.value) }) { $1 } == metrics
                    && contents.metrics.map(\.key) == metrics.keys.sorted())
            #expect(contents.tags.map(\.key) == tags.map(\.key) && contents.tags.map(\.value) == tags.map(\.value))
        }
        #expect(try registry.contents(of: []).isEmpty)
        #expect(try registry.contents(of: ["none"])[0].parameters.isEmpty)
    }

    @Test("whatever way a search takes, it finds what looking at every run finds, in the same order")
    func searchPlans() throws {
        struct Known {
            var name: String, metrics: [String: Double], parameters: [String: String], tag: String?, time: Int64
        }
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        var random = SeededRandom(seed: 17), known: [Known] = []
        for i in 0..<400 {
            // A metric that falls with time and a parameter given up half-way, so that walks in order are long; some
            // runs lack either.
            let run = RegistryTests.run(name: "run-\(i)", started: Int64(i) * 1_000_000)
            var metrics = ["m": Double(random.index(below: 30)), "late": Double(400 - i / 3)],
                parameters = ["p": "\(random.index(below: 3))", "old": i < 200 ? "1" : "2"]
            if random.uniform() < 0.2 { metrics["m"] = nil }
            if random.uniform() < 0.2 { parameters["p"] = nil }
            let tag = random.uniform() < 0.5 ? "t\(random.index(below: 2))" : nil
            try registry.start(run, parameters: parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            try registry.log(metrics.map { MetricValue($0.key, $0.value) }, run: run.id)
            if let tag { try registry.setTags([("team", tag)], of: .run(run.id)) }
            known.append(
                Known(name: "run-\(i)", metrics: metrics, parameters: parameters, tag: tag, time: run.startedAt))
        }
        let clauses: [(String, (Known) -> Bool)] = [
            ("metrics.m > 12", { $0.metrics["m"].map { $0 > 12 } ?? false }),
            ("metrics.m != 4", { $0.metrics["m"].map { $0 != 4 } ?? false }),
            ("metrics.late <= 300", { $0.metrics["late"].map { $0 <= 300 } ?? false }),
            ("params.p = '2'", { $0.parameters["p"] == "2" }), ("params.old = '1'", { $0.parameters["old"] == "1" }),
            ("params.p IS NULL", { $0.parameters["p"] == nil }), ("tags.team LIKE 't%'", { $0.tag != nil }),
            ("tags.team = 't1'", { $0.tag == "t1" }), ("metrics.m = 29", { $0.metrics["m"] == 29 }),
            ("start_time >= 100", { $0.time >= 100_000_000 }),
        ]
        let newest = { (a: Known, b: Known) in a.time > b.time }
        func by(_ key: String, _ isDescending: Bool) -> (Known, Known) -> Bool {
            { a, b in
                guard let x = a.metrics[key], let y = b.metrics[key], x != y else {
                    return a.metrics[key] == b.metrics[key] ? newest(a, b) : a.metrics[key] != nil
                }
                return isDescending ? x > y : x < y
            }
        }
        let orders: [(String?, (Known, Known) -> Bool)] = [
            (nil, newest), ("start_time ASC", { $0.time < $1.time }), ("metrics.m DESC", by("m", true)),
            ("metrics.m ASC", by("m", false)), ("metrics.late ASC", by("late", false)),
        ]
        for _ in 0..<300 {
            let chosen = (0..<1 + random.index(below: 3)).map { _ in clauses[random.index(below: clauses.count)] },
                order = orders[random.index(below: orders.count)]
            let limit = 1 + random.index(below: 30), offset = random.uniform() < 0.5 ? 0 : random.index(below: 60),
                filter = chosen.map(\.0).joined(separator: " and ")
            let expected = known.filter { run in chosen.allSatisfy { $0.1(run) } }.sorted(by: order.1).dropFirst(offset)
                .prefix(limit).map(\.name)
            let found = try registry.search(
                try FilterExpression(filter), order: try order.0.map { [try OrderTerm($0)] } ?? [], limit: limit,
                offset: offset
            ).map(\.name)
            #expect(found == Array(expected), "\(filter) by \(order.0 ?? "time"), \(limit) from \(offset)")
        }
    }

    @Test("the filter parser survives anything")
    func fuzz() {
        var random = SeededRandom(seed: 9)
        let pieces = [
            "metrics.", "a", "`", "\"", "'", " ", "=", "!=", "LIKE", "IN", "(", ")", "AND", "NOT", "NULL", "IS", "1e9",
            "-", ",", "é", "\u{0}", "tags.x",
        ]
        for _ in 0..<20_000 {
            let text = (0..<random.index(below: 14)).map { _ in pieces[random.index(below: pieces.count)] }.joined(
                separator: random.uniform() < 0.5 ? " " : "")
            _ = try? FilterExpression(text)
            _ = try? OrderTerm(text)
        }
    }

    @Test(
        """
        tags, descriptions, deletion and restoring; a version in use cannot be deleted, a deleted number is not given \
        again
        """
    )
    func life() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        let run = RegistryTests.run()
        try registry.start(run, parameters: [])
        let one = try registry.register(model: "m", run: run.id, weights: "1"),
            two = try registry.register(model: "m", run: run.id, weights: "2")
        try registry.setTags([("tier", "1")], of: .version(model: "m", number: 1))
        try registry.setTags([("tier", "2")], of: .version(model: "m", number: 1))
        try registry.setDescription("five minutes", of: .model("m"))
        #expect(try registry.tags(of: .version(model: "m", number: 1)).map(\.value) == ["2"])
        try registry.setAlias("champion", of: one, reason: "")
        let refused = #expect(throws: Failure.self) { try registry.delete(.version(model: "m", number: 1), reason: "") }
        #expect(refused?.code == "registry.in-use")
        try registry.delete(.version(model: "m", number: two.version), reason: "wrong split")
        #expect(try registry.versions(model: "m").map(\.version) == [1])
        #expect(try registry.register(model: "m", run: run.id, weights: "3").version == 3)
        try registry.restore(.version(model: "m", number: 2))
        #expect(try registry.versions(model: "m").map(\.version) == [1, 2, 3])
        try registry.delete(.experiment("e"), reason: "")
        #expect(try registry.runs().isEmpty)
        #expect(try registry.trialCount(beside: run).trials == 1)
        try registry.restore(.experiment("e"))
        #expect(try registry.runs().count == 1)
        let history = try registry.history(model: "m")
        #expect(history.map(\.action).contains("tag.set") && history.allSatisfy { $0.subject.hasPrefix("m") })
        #expect(history.contains { $0.action == "tag.set" && $0.detail.contains("\"old\": \"1\"") })
        #expect(try registry.verify() == [])
    }

    @Test(
        """
        of two who move an alias from the same place, one is refused; an order of aliases cannot be skipped; the past \
        can be asked
        """
    )
    func aliases() async throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite"),
            registry = try RegistryDatabase(path, actor: "tests")
        let run = RegistryTests.run()
        try registry.start(run, parameters: [])
        let versions = try (1...8).map { try registry.register(model: "m", run: run.id, weights: "\($0)") }
        try registry.setAlias("champion", of: versions[0], reason: "", expected: .unset)
        let before = registry.now()
        let outcomes = await withTaskGroup(of: String.self) { group in
            for version in versions[1...] {
                group.addTask {
                    do {
                        try RegistryDatabase(path, actor: "tests").setAlias(
                            "champion", of: version, reason: "", expected: .version(1))
                        return "moved"
                    } catch let failure as Failure { return failure.code } catch { return "\(error)" }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(
            outcomes.count { $0 == "moved" } == 1 && outcomes.count { $0 == "registry.alias-moved" } == 6, "\(outcomes)"
        )
        let order = ["candidate", "staging", "champion"]
        let skipped = #expect(throws: Failure.self) {
            try registry.setAlias("staging", of: versions[3], reason: "", order: order)
        }
        #expect(skipped?.code == "registry.alias-order")
        try registry.setAlias("candidate", of: versions[3], reason: "", order: order)
        try registry.setAlias("staging", of: versions[3], reason: "", order: order)
        #expect(try registry.snapshot(at: before).aliases == ["m@champion": 1])
        #expect(try registry.snapshot(at: .max).aliases["m@staging"] == 4)
        #expect(try registry.snapshot(at: 0).versions.isEmpty)
    }

    @Test(
        "a metric, a parameter, an artefact, a weight, an alias, a removed or reordered entry: each is found and named")
    func tampering() throws {
        let attacks: [(String, String)] = [
            ("UPDATE series SET last_value = 0.99", "altered after it was sealed"),
            ("UPDATE metric SET value = 0.99", "altered after it was sealed"),
            ("UPDATE param SET value = 'other'", "altered after it was sealed"),
            ("UPDATE artefact SET digest = 'other'", "altered after it was sealed"),
            ("UPDATE run SET seed = 7", "altered after it was sealed"),
            ("UPDATE run SET status = 'running'; UPDATE metric SET value = 0.99", "altered after it was sealed"),
            ("UPDATE run SET experiment = 'other'", "altered after it was sealed"),
            ("DELETE FROM run", "which was sealed once"),
            ("DELETE FROM run WHERE status = 'running'", "which was started once"),
            ("UPDATE run SET experiment = 'other' WHERE status = 'running'", "in another experiment"),
            ("UPDATE run SET data_digest = NULL WHERE status = 'running'", "on other data"),
            ("UPDATE run SET kind = 'note' WHERE status = 'running'", "of another kind"),
            ("UPDATE version SET weights = 'other'", "found other weights of m/1"),
            ("UPDATE alias SET version = 2", "found m@champion at version 2, last moved to version 1"),
            (
                "DROP TRIGGER audit_is_append_only_delete; DELETE FROM audit_entry WHERE sequence = 3",
                "where 3 was expected"
            ),
            (
                "DROP TRIGGER audit_is_append_only_update; UPDATE audit_entry SET actor = 'eve' WHERE sequence = 2",
                "found audit entry 2 altered"
            ),
            (
                "DROP TRIGGER audit_is_append_only_update; UPDATE audit_entry SET sequence = 99 WHERE sequence = 2; "
                    + "UPDATE audit_entry SET sequence = 2 WHERE sequence = 3; UPDATE audit_entry SET sequence = 3 "
                    + "WHERE sequence = 99",
                "altered"
            ),
            (
                "INSERT INTO version(model, version, run, weights, created_at, created_by, updated_at) SELECT model, "
                    + "9, run, 'evil', 1, 'eve', 1 FROM version LIMIT 1",
                "m/9, which was never registered"
            ),
        ]
        for (sql, expected) in attacks {
            let directory = try TemporaryDirectory(), path = directory.file("r.sqlite"),
                registry = try RegistryDatabase(path, actor: "tests")
            let run = RegistryTests.run()
            try registry.start(run, parameters: [("a", "1")])
            try registry.log([MetricValue("loss", 0.5)], run: run.id)
            try registry.addArtefact(run: run.id, name: .model, digest: "d", size: 1)
            try registry.finish(run: run.id, status: .finished)
            try registry.log([MetricValue("test.ic", 0.1)], run: run.id)
            let version = try registry.register(model: "m", run: run.id, weights: "w")
            _ = try registry.register(model: "m", run: run.id, weights: "v")
            try registry.setAlias("champion", of: version, reason: "")
            // One that was killed while it trained.
            try registry.start(RegistryTests.run(), parameters: [])
            #expect(try registry.verify() == [])
            try EvidenceTests.sqlite(path, sql, in: directory)
            let problems = try registry.verify()
            #expect(problems.contains { $0.contains(expected) }, "\(sql): \(problems)")
        }
    }

    @Test("trials under another name count where they were made on the same data; deleted and failed ones do too")
    func hiddenTrials() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        func start(_ experiment: String, data: String?, kind: RunKind = .train, sharpe: Double) throws -> RunRecord {
            var run = RegistryTests.run()
            (run.experiment, run.dataDigest, run.kind) = (experiment, data, kind)
            try registry.start(run, parameters: [])
            try registry.log(
                [
                    MetricValue("val.sharpe_daily", sharpe), MetricValue("val.period_return", step: 1, sharpe),
                    MetricValue("val.period_return", step: 0, 0),
                ], run: run.id)
            return run
        }
        let own = try start("honest", data: "d", sharpe: 0.1),
            renamed = try start("scratch", data: "d", kind: .trial, sharpe: 0.3)
        _ = try start("honest", data: "other", sharpe: 0.2)
        _ = try start("elsewhere", data: "other", sharpe: 0.9)
        _ = try start("checks", data: "d", kind: .crossValidation, sharpe: 0.8)
        try registry.finish(run: renamed.id, status: .failed)
        try registry.delete(.run(renamed.id), reason: "did not work")
        #expect(try registry.trialCount(beside: own).trials == 3)
        #expect(try registry.metricOfTrials(beside: own, metric: "val.sharpe_daily").sorted() == [0.1, 0.2, 0.3])
        #expect(
            try registry.historiesOfTrials(beside: own, metric: "val.period_return").map { $0.last ?? 0 }.sorted() == [
                0.1, 0.3,
            ], "stretches of time are those of one table")
        #expect(try registry.trialCount(beside: try start("alone", data: nil, sharpe: 0)).trials == 1)
    }

    @Test("a run that goes on is unsealed on record, and sealed again when it ends")
    func reopened() throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests"),
            run = RegistryTests.run()
        try registry.start(run, parameters: [])
        try registry.finish(run: run.id, status: .interrupted)
        try registry.resume(run: run.id)
        try registry.log([MetricValue("loss", 0.5)], run: run.id)
        #expect(try registry.verify() == [])
        try registry.finish(run: run.id, status: .finished)
        #expect(try registry.verify() == [])
        #expect(
            try registry.auditEntries().map(\.action) == ["run.started", "run.sealed", "run.reopened", "run.sealed"])
        // One that is under way has no seal to lose.
        try registry.resume(run: run.id)
        try registry.resume(run: run.id)
        #expect(try registry.auditEntries().count == 5)
    }

    @Test(
        "a registry of every earlier schema is brought up to date with all it held",
        arguments: ["schema-1", "schema-2"])
    func migrations(name: String) throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite")
        let dump = try FileChunks.text("\(SharedData.repository)/Tests/RegistryTests/Fixtures/\(name).sql")
        let file = try directory.write(dump, to: "dump.sql")
        try EvidenceTests.sqlite(path, ".read \(file)", in: directory)
        let registry = try RegistryDatabase(path, actor: "tests")
        #expect(try registry.verify() == [])
        let run = try registry.run("latest")
        #expect(try registry.query("SELECT count(*) FROM runs").rows[0][0].intValue == 2)
        #expect(run.experiment == "demo")
        #expect(try registry.history(run: run.id, metric: "val.loss").map(\.step) == [1, 2, 3])
        #expect(try registry.latestMetrics(run: run.id)["val.loss"] == 0.25)
        #expect(try registry.query("SELECT count(*) FROM metrics").rows[0][0].intValue == 7)
        #expect(try registry.version("m@champion").version == 1)
        #expect(try registry.versions().count == 2)
        for view in RegistryDatabase.viewExamples { _ = try registry.query(view.example) }
        try registry.log([MetricValue("val.loss", step: 4, 0.125)], run: run.id)
        #expect(try registry.latestMetrics(run: run.id)["val.loss"] == 0.125)
    }
}
