import Basics
import Foundation
import Registry
import Synchronization
import TestSupport
import Testing

/// Every table is a projection of the audit log: what was changed behind the log's back is found and named.
@Suite struct RowLogTests {
    private static func sqlite(_ path: String, _ sql: String, in directory: TemporaryDirectory) throws {
        let result = try RunProgram.run("/usr/bin/env", ["sqlite3", path, sql], in: directory.path)
        #expect(result.status == 0, "\(sql): \(result.errors)")
    }

    /// A registry with a row in every table that the log vouches for, as far as the registry's own calls make them.
    private static func full(_ path: String) throws -> RegistryDatabase {
        let registry = try RegistryDatabase(path, actor: "ann@desk")
        let run = RegistryTests.run()
        try registry.start(run, parameters: [("a", "1")])
        try registry.setTags([("team", "a")], of: .run(run.id))
        try registry.setTags([("owner", "b")], of: .experiment("e"))
        try registry.addArtefact(run: run.id, name: .model, digest: "d", size: 1)
        try registry.setStart(RegistryDatabase.RunStart(span: .null, start: .map([])), run: run.id)
        var evaluation = EvaluationRecord(run: run.id, role: .test)
        (evaluation.features, evaluation.sampleSet, evaluation.metrics) = ("f", "s", ["ic": 0.1])
        _ = try registry.record(evaluation, isTestSpan: true)
        try registry.finish(run: run.id, status: .finished)
        let version = try registry.register(model: "m", run: run.id, weights: "w")
        try registry.setTags([("tier", "1")], of: .version(model: "m", number: 1))
        try registry.setTags([("desk", "x")], of: .model("m"))
        try registry.setDescription("good", of: .version(model: "m", number: 1))
        try registry.setAlias("champion", of: version, reason: "")
        try registry.link(
            [LineageNode(.features, id: "features:1", label: "F")],
            to: LineageNode(.run, id: "run:\(run.id)", label: "r"))
        _ = try registry.openStudy("s", experiment: "e", definition: "{}")
        let trial = try #require(
            try registry.beginTrial(study: "s", limit: 9, worker: "w", mostRetries: 0) { _, _ in false })
        try registry.proposeTrial(study: "s", number: trial.number, point: "[1]", parameters: "{}", tag: 0)
        try registry.reportTrial(study: "s", number: trial.number, step: 1, value: 0.1)
        try registry.finishTrial(
            study: "s", number: trial.number, worker: "w", state: "complete", objectives: "[1]", reason: nil)
        _ = try registry.beginTrial(study: "s", limit: 9, worker: "w", mostRetries: 0) { _, _ in false }
        try registry.record(
            GateDecisionRecord(
                model: "m", version: 1, weights: "w", policy: "p", policyDigest: "pd", isPassed: false,
                report: #"{"passed": false}"#, decidedAt: registry.now(), decidedBy: "ann@desk", incumbent: nil))
        try registry.record(
            StatementRecord(
                kind: .approval, model: "m", version: 1, signer: "ann", keyID: "k", envelope: "e", createdAt: 1),
            detail: .map([]))
        let promotion = PromotionRecord(
            bundle: "b1", model: "m", version: 1, environment: "paper", alias: "champion", share: 0.5, replaced: 1,
            path: "p", begunAt: registry.now())
        try registry.begin(promotion, gate: "g")
        try registry.record(
            DeploymentRecord(
                environment: "paper", bundle: "b1", model: "m", version: 1, outcome: "installed", reason: nil,
                signer: nil, replaced: nil, time: 5))
        try registry.end(promotion, .installed, reason: "")
        _ = try registry.subscribe("mail", kind: .command, target: "true", secretPath: nil, actions: ["*"])
        try registry.record(
            DataGround(
                source: "bars", stretches: [DataGround.Stretch(instrument: "X", first: 1, last: 2)], marks: [7, 8]),
            of: "f")
        _ = try registry.strategyDigest(meaning: "m1", file: "f1")
        return registry
    }

    private static let attacks: [(String, String)] = [
        ("UPDATE version SET created_by = 'eve'", "found 'eve' as the author of m/1, registered by 'ann@desk'"),
        ("UPDATE version SET run = NULL", "found another run of m/1"),
        ("UPDATE version SET created_at = 1", "found the version m/1 altered"),
        ("UPDATE version SET description = 'best'", "found the version m/1 altered"),
        ("UPDATE version SET source = 'elsewhere'", "found the version m/1 altered"),
        ("UPDATE version SET deleted_at = 1", "found the version m/1 altered"),
        ("UPDATE model SET deleted_at = 1", "found the model m altered"),
        ("DELETE FROM alias", "found no alias m@champion"),
        ("UPDATE alias SET moved_at = 1", "found the alias m@champion altered"),
        ("INSERT INTO alias VALUES('m', 'staging', 1, 1)", "found m@staging at version 1"),
        ("UPDATE run SET name = 'other'", "altered"),
        ("UPDATE run SET deleted_at = 1", "altered"),
        ("UPDATE run_tag SET value = 'b'", "altered"),
        ("DELETE FROM run_tag", "found no run tag"),
        ("INSERT INTO run_tag SELECT id, 'x', 'y' FROM run", "which nobody recorded"),
        ("UPDATE experiment_tag SET value = 'x'", "found the experiment tag 1 owner altered"),
        ("UPDATE model_tag SET value = '9'", "found the model tag m desk altered"),
        ("UPDATE version_tag SET value = '9'", "found the version tag m 1 tier altered"),
        ("DELETE FROM version_tag", "found no version tag m 1 tier"),
        ("UPDATE artefact SET size = 2", "found the artefact"),
        ("DELETE FROM evaluation", "found no evaluation"),
        ("UPDATE evaluation SET metrics = '{}'", "found the evaluation"),
        ("DELETE FROM run_start", "found no run start"),
        ("DELETE FROM edge", "found no edge features:1 → run:"),
        ("UPDATE edge SET source_name = 'G'", "found the edge features:1"),
        ("INSERT INTO node(id, kind, label, created_at) VALUES('x', 'code', 'x', 1)", "found the node x, which nobody"),
        ("UPDATE node SET attributes = '{\"a\": 1}'", "found the node features:1 altered"),
        ("UPDATE study SET definition = '{\"a\": 1}'", "found the study s altered"),
        ("UPDATE trial SET objectives = '[9]' WHERE number = 0", "found the trial s 0 altered"),
        ("DELETE FROM trial WHERE number = 0", "found no trial s 0"),
        ("UPDATE trial SET state = 'running' WHERE number = 0", "found no trial s 0"),
        ("UPDATE trial_report SET value = 0.2", "found the trial s 0 altered"),
        ("DELETE FROM trial_report", "found the trial s 0 altered"),
        (
            "INSERT INTO trial(study, number, state, worker, started_at, seen_at, revision) VALUES ('s', 7, "
                + "'complete', 'w', 1, 1, 9)", "found the trial s 7, which nobody recorded"
        ),
        ("UPDATE gate_decision SET decided_by = 'eve'", "found the gate decision"),
        ("DELETE FROM gate_decision", "found no gate decision"),
        (
            "INSERT INTO gate_decision(digest, model, version, weights, policy, policy_digest, passed, report, "
                + "decided_at, decided_by, incumbent) SELECT 'forged', model, version, weights, policy, policy_digest, "
                + "1, report, decided_at, decided_by, incumbent FROM gate_decision", "that nobody recorded"
        ),
        ("UPDATE statement SET signer = 'eve'", "found the statement"),
        ("DELETE FROM statement", "found no statement"),
        ("UPDATE promotion SET state = 'refused'", "found the promotion b1 altered"),
        ("UPDATE promotion SET share = 1", "found the promotion b1 altered"),
        ("DELETE FROM promotion", "found no promotion b1"),
        ("UPDATE deployment SET share = 1", "found the deployment paper b1 5 altered"),
        ("UPDATE deployment SET environment = 'live'", "found no deployment paper b1 5"),
        (
            "INSERT INTO deployment(environment, bundle, model, version, outcome, time) VALUES ('live', 'b2', 'm', 1, "
                + "'installed', 9)", "found the deployment live b2 9, which nobody recorded"
        ),
        ("UPDATE subscription SET target = 'curl evil'", "found the subscription mail altered"),
        ("DELETE FROM subscription", "found no subscription mail"),
        ("UPDATE ground SET last_sample = 1", "found the ground f X altered"),
        ("DELETE FROM ground_mark", "found the ground f X altered"),
        ("UPDATE strategy_meaning SET digest = 'g'", "found the strategy meaning m1 altered"),
        ("UPDATE experiment SET description = 'x'", "found the experiment e altered"),
        ("UPDATE audit_rows SET changes = replace(changes, 'version', 'xersion')", "altered or gone"),
        ("DELETE FROM audit_rows WHERE sequence = 1", "found the rows of audit entry 1 altered or gone"),
        (
            "CREATE TRIGGER planted AFTER INSERT ON run BEGIN INSERT INTO run_tag VALUES(NEW.id, 'a', 'b'); END",
            "found the trigger 'planted', which hftml did not make"
        ),
        ("DROP VIEW approvals; CREATE VIEW approvals AS SELECT 1 AS model", "found the view 'approvals' altered"),
        ("CREATE VIEW mine AS SELECT 1 AS x", "found the view 'mine', which hftml did not make"),
        ("DROP TRIGGER audit_is_append_only_delete", "found no trigger 'audit_is_append_only_delete'"),
    ]

    @Test("a row that is gone, was added or altered behind the log's back is named, in every table")
    func attacks() throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite")
        #expect(try RowLogTests.full(path).verify() == [])
        try RowLogTests.sqlite(path, "PRAGMA wal_checkpoint(TRUNCATE)", in: directory)
        for (sql, expected) in RowLogTests.attacks {
            let copy = directory.file("copy.sqlite")
            for end in ["", "-wal", "-shm"] { unlink(copy + end) }
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try RowLogTests.sqlite(copy, sql, in: directory)
            let problems = try RegistryDatabase(copy, actor: "ann@desk").verify()
            #expect(problems.contains { $0.contains(expected) }, "\(sql): \(problems)")
        }
    }

    @Test("a row that was altered stays found after a command has changed it again")
    func laundering() throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite"),
            registry = try RowLogTests.full(path)
        try RowLogTests.sqlite(path, "UPDATE version_tag SET value = '9'", in: directory)
        try registry.setTags([("tier", "2")], of: .version(model: "m", number: 1))
        #expect(
            try registry.verify().contains { $0.contains("found the version tag m 1 tier altered before audit entry") })
    }

    @Test("a row that nobody recorded stays found after a command has changed it")
    func launderingOfNewRows() throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite"),
            registry = try RowLogTests.full(path)
        try RowLogTests.sqlite(path, "INSERT INTO version_tag VALUES('m', 1, 'forged', '9')", in: directory)
        try registry.setTags([("forged", "2")], of: .version(model: "m", number: 1))
        #expect(try registry.verify() == ["found the version tag m 1 forged, which nobody recorded"])
    }

    @Test("nobody has forged rows taken over as rows of before: the log knew rows already")
    func secondAdoption() throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite")
        let registry = try RegistryDatabase(path, actor: "ann@desk")
        try registry.start(RegistryTests.run(), parameters: [])
        let count = try registry.auditEntries().count
        // A table that was empty: the digest over the forged rows would be that over all rows of before.
        try RowLogTests.sqlite(
            path,
            "INSERT INTO subscription(name, kind, target, actions, delivered_through, created_at) "
                + "VALUES('evil', 'command', 'curl evil', '[\"*\"]', 0, 1); INSERT INTO audit_rows VALUES(0, 'x')",
            in: directory)
        let again = try RegistryDatabase(path, actor: "ann@desk")
        #expect(try again.auditEntries().count == count)
        let problems = try again.verify()
        #expect(problems.contains { $0.contains("wants rows taken over") }, "\(problems)")
        #expect(problems.contains { $0.contains("found the subscription evil, which nobody recorded") }, "\(problems)")
        // An entry that says it took them over changes nothing.
        try again.audit(action: "registry.rows-adopted", subject: .tool("rows"), detail: .map([]))
        #expect(try again.verify().contains { $0.contains("though the log knew rows before it") })
    }

    @Test("rows of before the log knew rows are taken over once, and found when they change")
    func adoption() throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite")
        let dump = "\(SharedData.repository)/Tests/RegistryTests/Fixtures/schema-3.sql"
        try RowLogTests.sqlite(path, ".read \(dump)", in: directory)
        let count = try RegistryDatabase(path, actor: "tests").auditEntries().count
        let registry = try RegistryDatabase(path, actor: "tests")
        #expect(try registry.auditEntries().count == count)
        #expect(try registry.auditEntries().last?.action == "registry.rows-adopted")
        #expect(try registry.verify() == [])
        let version = try #require(try registry.versions().first)
        try registry.setTags([("later", "1")], of: .version(model: version.model, number: version.version))
        try registry.setDescription("later", of: .version(model: version.model, number: version.version))
        #expect(try registry.verify() == [])
        for sql in [
            "UPDATE version SET created_at = created_at + 1",
            "UPDATE node SET label = 'x'",
            "INSERT INTO deployment(environment, bundle, outcome, time) "
                + "VALUES ('live', 'b2', 'installed', 9)",
        ] {
            let copy = directory.file("copy.sqlite")
            for end in ["", "-wal", "-shm"] { unlink(copy + end) }
            try RowLogTests.sqlite(path, "PRAGMA wal_checkpoint(TRUNCATE)", in: directory)
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try RowLogTests.sqlite(copy, sql, in: directory)
            #expect(try RegistryDatabase(copy, actor: "tests").verify() != [], "\(sql)")
        }
    }

    /// A writer on a thread of its own, which the test's pool of threads cannot hold up.
    private final class Writer: Sendable {
        let mayEnd = Atomic<Bool>(false)
        let rounds = Atomic<Int>(0)
        let failure = Mutex<String?>(nil)
        let begun = DispatchSemaphore(value: 0), ended = DispatchSemaphore(value: 0)

        func start(_ path: String, name: String) {
            let thread = Thread { [self] in
                do { try write(path, name) } catch {
                    failure.withLock { $0 = "\(error)" }
                    begun.signal()
                }
                ended.signal()
            }
            thread.start()
        }

        private func write(_ path: String, _ name: String) throws {
            let registry = try RegistryDatabase(path, actor: name)
            while !mayEnd.load(ordering: .acquiring) {
                let count = rounds.add(1, ordering: .relaxed).newValue, run = RegistryTests.run()
                try registry.start(run, parameters: [("p", "\(count)")])
                try registry.log([MetricValue("loss", 0.5)], run: run.id)
                try registry.link(
                    [LineageNode(.features, id: "features:1", label: "F")],
                    to: LineageNode(.run, id: "run:\(run.id)", label: "r"))
                try registry.finish(run: run.id, status: .finished)
                let version = try registry.register(model: name, run: run.id, weights: "w\(count)")
                try registry.setAlias("champion", of: version, reason: "")
                if count == 1 { begun.signal() }
                // What verification reads grows with every round.
                if count == 300 { return }
            }
        }
    }

    @Test("180 verifications beside writers raise no false alarm")
    func besideWriters() throws {
        let directory = try TemporaryDirectory(), path = directory.file("r.sqlite")
        _ = try RowLogTests.full(path)
        let writers = [Writer(), Writer()]
        for (index, writer) in writers.enumerated() { writer.start(path, name: "writer-\(index)") }
        for writer in writers { writer.begun.wait() }
        let readers = [
            try RegistryDatabase(path, actor: "reader"), try RegistryDatabase(path, actor: "other-reader"),
        ]
        var alarms: [String] = []
        for index in 0..<180 { alarms += try readers[index % 2].verify() }
        for writer in writers {
            writer.mayEnd.store(true, ordering: .releasing)
            writer.ended.wait()
            #expect(writer.failure.withLock { $0 } == nil)
            #expect(writer.rounds.load(ordering: .relaxed) > 1)
        }
        #expect(alarms == [])
        #expect(try readers[0].verify() == [])
    }

    @Test("nothing is recorded in the past: the clock may run back by a minute, and a clock set right is on record")
    func clock() throws {
        let directory = try TemporaryDirectory(), time = Mutex<Nanoseconds>(2_000_000_000_000_000_000)
        let registry = try RegistryDatabase(
            directory.file("r.sqlite"), actor: "tests", clock: Clock { time.withLock { $0 } })
        func step(seconds: Int64) { time.withLock { $0 += seconds * 1_000_000_000 } }
        try registry.audit(action: "note", subject: .experiment("e"))
        step(seconds: -60)
        try registry.audit(action: "note", subject: .experiment("e"))
        step(seconds: -61)
        let failure = #expect(throws: Failure.self) {
            try registry.start(RegistryTests.run(), parameters: [])
        }
        #expect(failure?.code == "audit.clock")
        #expect(failure?.hint?.contains("hftml audit clock") == true)
        #expect(try registry.runs().isEmpty, "nothing of the refused transaction stays")
        #expect(try registry.auditEntries().count == 2)
        _ = try registry.acceptClock(reason: "the battery was empty")
        try registry.audit(action: "note", subject: .experiment("e"))
        #expect(try registry.auditEntries().map(\.action) == ["note", "note", "clock.set", "note"])
        #expect(try registry.verify() == [])
        #expect(throws: Failure.self) { try registry.acceptClock(reason: "again") }
        // Step by step, each within the tolerance, is as far back as at once.
        try registry.audit(action: "note", subject: .experiment("e"))
        step(seconds: -40)
        try registry.audit(action: "note", subject: .experiment("e"))
        step(seconds: -40)
        let walk = #expect(throws: Failure.self) { try registry.audit(action: "note", subject: .experiment("e")) }
        #expect(walk?.code == "audit.clock")
        step(seconds: 80)
        try registry.audit(action: "note", subject: .experiment("e"))
        #expect(try registry.verify() == [])
    }
}
