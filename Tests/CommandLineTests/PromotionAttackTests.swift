import Basics
import Foundation
import TestSupport
import Testing

/// People, policies and promotions through the commands, and everything that somebody might try.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct PromotionAttackTests {
    private static let features = "Pipelines/demo/out/features-profit.safetensors",
        strategy = "Pipelines/demo/strategy-cnn.yaml"

    /// Two registered versions of a small model, a policy that wants two approvals, and three people.
    private static func project() throws -> TemporaryDirectory {
        let directory = try FlowTests.project()
        for stage in ["check", "features-profit"] {
            #expect(try FlowTests.hftml(directory, "repro", "Pipelines/demo", "--stage", stage).status == 0)
        }
        for seed in ["1", "2"] {
            let trained = try FlowTests.hftml(
                directory, "train", "Pipelines/demo/bars-cnn.yaml", "--features", features, "-o", "m\(seed)", "--seed",
                seed)
            #expect(trained.status == 0, "\(trained.errors)")
            #expect(try FlowTests.hftml(directory, "models", "register", "m\(seed)", "--name", "m").status == 0)
        }
        try directory.write(
            """
            schemaVersion: 1
            rules:
              - quality-passed
              - {rule: metric, metric: ic, minimum: -1}
              - {rule: approvals, count: 2, roles: [validator, risk]}
              - {rule: latency, p99Microseconds: 1000000}
              - {rule: bundle-size, maximumKiB: 10000}
              - {rule: risk-limits, required: [maximumPosition]}
              - {rule: drift, maximumIndex: 100}
            waivers: {roles: [risk]}
            """ + "\n", to: "Registry/gates/live.yaml")
        for (name, role) in [("ann", "validator"), ("bob", "risk"), ("eve", "validator")] {
            #expect(try FlowTests.hftml(directory, "keys", "generate", name).status == 0)
            #expect(try FlowTests.hftml(directory, "keys", "trust", name, "--role", role).status == 0)
        }
        let environment = try FlowTests.hftml(directory, "environments", "init", "paper", "--policy", "live", "--local")
        #expect(environment.status == 0, "\(environment.errors)")
        #expect(try FlowTests.hftml(directory, "audit", "anchor", "--as", "paper-promoter").status == 0)
        return directory
    }

    private static func gate(_ directory: TemporaryDirectory, _ version: String) throws -> RunProgram.Result {
        try FlowTests.hftml(
            directory, "gate", version, "--for", "paper", "--key", "paper-gate", "--features", features, "--strategy",
            strategy, "--json")
    }

    private static func approve(_ directory: TemporaryDirectory, _ version: String, _ name: String) throws
        -> RunProgram.Result
    {
        try FlowTests.hftml(
            directory, "approve", version, "--policy", "live", "--as", name, "--unjudged", "--yes", "--json")
    }

    private static func promote(_ directory: TemporaryDirectory, _ version: String, _ more: String...) throws
        -> RunProgram.Result
    {
        try RunProgram.run(
            RunProgram.hftml,
            [
                "promote", version, "--to", "paper", "--key", "paper-promoter", "--features", features, "--strategy",
                strategy,
                "--json",
            ] + more, in: directory.path)
    }

    private static func code(_ result: RunProgram.Result) -> String? {
        (try? FlowTests.json(result))?[path: "error.code"]?.stringValue
    }

    @Test("approved, gated and promoted; then every attack on the record is refused or found, with a sentence")
    func attacks() throws {
        let directory = try Self.project()
        #expect(Self.code(try Self.promote(directory, "m/1")) == "promote.no-gate")
        #expect(try Self.gate(directory, "m/1").status == 2)
        #expect(Self.code(try Self.promote(directory, "m/1")) == "promote.refused")
        #expect(try Self.approve(directory, "m/1", "ann").status == 0)
        #expect(try FlowTests.json(try Self.approve(directory, "m/1", "bob"))[key: "signer"]?.stringValue == "bob")
        let passed = try Self.gate(directory, "m/1")
        #expect(passed.status == 0, "\(passed.output)")
        // A policy whose text changed after the verdict, a strategy that no gate saw.
        let policy = try FileChunks.text(directory.file("Registry/gates/live.yaml"))
        try directory.write(policy.replacing("count: 2", with: "count: 1"), to: "Registry/gates/live.yaml")
        #expect(Self.code(try Self.promote(directory, "m/1")) == "promote.other-policy")
        try directory.write(policy, to: "Registry/gates/live.yaml")
        try directory.write(try FileChunks.text(directory.file(Self.strategy)) + "# the same\n", to: "same.yaml")
        let strategy = try FileChunks.text(directory.file(Self.strategy))
        try directory.write(strategy.replacing("costBps: 1", with: "costBps: 2"), to: Self.strategy)
        #expect(Self.code(try Self.promote(directory, "m/1")) == "promote.other-strategy")
        try directory.write(strategy, to: Self.strategy)

        let promoted = try Self.promote(directory, "m/1")
        #expect(promoted.status == 0, "\(promoted.errors)")
        #expect(try FlowTests.hftml(directory, "audit", "verify").status == 0)
        #expect(try FileChunks.text(directory.file("Registry/audit-heads.jsonl")).split(separator: "\n").count > 1)

        // An approval of version 1 filed for version 2.
        func sqlite(_ sql: String, _ file: String) throws {
            #expect(try RunProgram.run("/usr/bin/env", ["sqlite3", file, sql], in: directory.path).status == 0)
        }
        func attacked(_ body: (String) throws -> Void, finds expected: String) throws {
            let copy = directory.file("Registry/copy.sqlite")
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + suffix) }
            #expect(try FlowTests.hftml(directory, "registry", "backup", copy).status == 0)
            try body(copy)
            let result = try RunProgram.run(
                RunProgram.hftml, ["audit", "verify"], in: directory.path,
                environment: ["HFTML_REGISTRY": "Registry/copy.sqlite"])
            #expect(result.status == 2 && result.output.contains(expected), "\(expected): \(result.output)")
        }
        let refiled = """
            UPDATE statement SET version = 2 WHERE signer = 'ann';
            INSERT INTO statement SELECT digest || 'x', kind, model, 2, signer, key_id, envelope, created_at FROM \
            statement
            """
        try attacked({ try sqlite(refiled, $0) }, finds: "approval of m/2")
        try attacked(
            { try sqlite("UPDATE series SET last_value = 0.9 WHERE key = 'best.val.loss'", $0) },
            finds: "altered after it was sealed")
        try attacked({ try sqlite("UPDATE gate_decision SET passed = 1", $0) }, finds: "gate verdict on m/1")
        try attacked(
            { try sqlite("UPDATE gate_decision SET report = replace(report, 'passed', 'PASSED')", $0) },
            finds: "report of a gate verdict on m/1 altered")
        try attacked(
            { try sqlite("DROP TRIGGER audit_is_append_only_delete; DELETE FROM audit_entry WHERE sequence = 4", $0) },
            finds: "audit entry 5 where 4 was expected")
        try attacked(
            {
                try sqlite(
                    "DROP TRIGGER audit_is_append_only_delete; DELETE FROM audit_entry WHERE sequence > (SELECT "
                        + "max(sequence) FROM audit_entry) - 4; DELETE FROM audit_head",
                    $0)
            },
            finds: "entries were removed from the end")
        // Swapped weights.
        let weights = try #require(
            try FlowTests.json(try FlowTests.hftml(directory, "models", "show", "m/1", "--json"))[key: "weights"]?
                .stringValue)
        let artefact = directory.file("Registry/artefacts/\(weights.prefix(2))/\(weights.dropFirst(2))"),
            bytes = try FileChunks.bytes(artefact)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: artefact)
        var swapped = bytes
        swapped[swapped.count - 3] ^= 1
        try AtomicFile.write(swapped, to: artefact)
        #expect(try FlowTests.hftml(directory, "audit", "verify").output.contains("other content"))
        #expect(Self.code(try Self.promote(directory, "m/1")) == "registry.damaged-artefact")
        try AtomicFile.write(bytes, to: artefact)

        // A key that is not the signer's, a revoked key, a revoked key put back by hand, an author's own approval.
        #expect(
            Self.code(
                try FlowTests.hftml(
                    directory, "approve", "m/2", "--policy", "live", "--as", "ann", "--key", "eve", "--yes", "--json"))
                == "statement.signer")
        let trusted = directory.file("Registry/trusted/eve.pub.json"), before = try FileChunks.text(trusted)
        #expect(try FlowTests.hftml(directory, "keys", "revoke", "eve", "--reason", "left").status == 0)
        #expect(Self.code(try Self.approve(directory, "m/2", "eve")) == "statement.key")
        try AtomicFile.write(before, to: trusted)
        #expect(
            Self.code(try Self.approve(directory, "m/2", "eve")) == "statement.key", "a revoked key never comes back")
        #expect(
            Self.code(try FlowTests.hftml(directory, "keys", "trust", "eve", "--role", "risk", "--json"))
                == "key.revoked")

        // A verdict that was made against another champion than the one in force now.
        for name in ["ann", "bob"] { #expect(try Self.approve(directory, "m/2", name).status == 0) }
        #expect(try Self.gate(directory, "m/2").status == 0)
        #expect(try Self.gate(directory, "m/1").status == 0)
        #expect(try Self.promote(directory, "m/2").status == 0)
        #expect(Self.code(try Self.promote(directory, "m/1")) == "promote.other-incumbent")
        let history = try FlowTests.hftml(directory, "models", "history", "m").output
        #expect(history.contains("alias.set") && history.contains("statement.approval") && history.contains("1 → 2"))
        #expect(try FlowTests.hftml(directory, "audit", "verify").status == 0)
        // A waiver for a rule that the policy has; a rejection withdraws an approval.
        #expect(
            try FlowTests.hftml(
                directory, "reject", "m/2", "--policy", "live", "--as", "bob", "--reason", "no", "--yes"
            ).status == 0)
        #expect(try Self.gate(directory, "m/2").status == 2)
        // A waiver that is longer than the policy allows is not even signed.
        let waived = try FlowTests.hftml(
            directory, "waive", "m/2", "--policy", "live", "--rule", "approvals", "--expires", "2200-01-01", "--as",
            "bob", "--reason", "x", "--yes", "--json")
        #expect(Self.code(waived) == "statement.no-use" && waived.output.contains("runs for"), "\(waived.output)")
        #expect(try Self.gate(directory, "m/2").status == 2)
        let reproduced = try FlowTests.hftml(directory, "reproduce", "m/1", "--features", Self.features)
        #expect(reproduced.status == 0 && reproduced.output.contains("same weights"), "\(reproduced.errors)")
    }

    @Test(
        "a model that learned from bars which already hold the next close looks splendid, and is refused for the leak")
    func leakedData() throws {
        let directory = try FlowTests.project()
        // Every close is that of the bar to come; high and low are stretched so that the bars are still bars.
        let bars = try Paths.files(below: directory.file("Data/demo-market"))
        for name in bars {
            var rows = try FileChunks.text(directory.file("Data/demo-market/\(name)")).split(separator: "\n").map {
                $0.split(separator: ",").map(String.init)
            }
            for index in 1..<rows.count - 1 {
                rows[index][4] = rows[index + 1][4]
                if let close = Double(rows[index][4]), let high = Double(rows[index][2]),
                    let low = Double(rows[index][3])
                {
                    if close > high { rows[index][2] = rows[index][4] }
                    if close < low { rows[index][3] = rows[index][4] }
                }
            }
            try directory.write(
                rows.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n", to: "Data/leaked/\(name)")
        }
        let rules = [
            "{rule: metric, metric: ic, minimum: 0.02}", "beats-baseline", "{rule: leakage, maximumCorrelation: 0.7}",
        ].map { "  - \($0)\n" }
        try directory.write("schemaVersion: 1\nrules:\n" + rules.joined(), to: "Registry/gates/leak.yaml")
        func judge(_ data: String, _ model: String) throws -> JSONValue {
            let features = "\(model).safetensors"
            #expect(
                try FlowTests.hftml(
                    directory, "features", "Pipelines/demo/features-profit.yaml", data, "--market",
                    "Pipelines/demo/market.yaml", "-o", features
                ).status == 0)
            #expect(
                try FlowTests.hftml(
                    directory, "train", "Pipelines/demo/bars-cnn.yaml", "--features", features, "-o", model
                ).status == 0)
            #expect(try FlowTests.hftml(directory, "models", "register", model, "--name", model).status == 0)
            return try FlowTests.json(
                try FlowTests.hftml(
                    directory, "gate", "\(model)/1", "--policy", "leak", "--features", features, "--strategy",
                    Self.strategy, "--json"))
        }
        func status(_ report: JSONValue) -> [String?] {
            report[key: "items"]?.listValue?.map { $0[key: "status"]?.stringValue } ?? []
        }
        let leaked = try judge("Data/leaked", "leaked")
        #expect(status(leaked) == ["passed", "passed", "failed", "passed"], "\(leaked.text(.compact))")
        #expect(leaked[path: "items.2.reason"]?.stringValue?.contains("have seen it: return_1") == true)
        let honest = try judge("Data/demo-market", "honest")
        #expect(status(honest).dropFirst(2).first == .some("passed"), "\(honest.text(.compact))")
    }

    @Test(
        """
        killed, or out of space, during registration, approval and promotion: no half state, and the same command \
        then succeeds
        """,
        .enabled(if: getuid() == 0, "needs root to mount a small file system"))
    func interrupted() throws {
        let directory = try Self.project()
        var random = SeededRandom(seed: 8)
        func whole(_ what: String) throws {
            let verified = try FlowTests.hftml(directory, "audit", "verify")
            #expect(verified.status == 0, "\(what): \(verified.output)")
        }
        let commands = [
            ["models", "register", "m1", "--name", "k"],
            ["approve", "m/1", "--policy", "live", "--as", "ann", "--unjudged", "--yes"],
        ]
        for command in commands {
            for _ in 0..<12 {
                let victim = try RunProgram.start(RunProgram.hftml, command, in: directory.path)
                usleep(UInt32(random.index(below: 40_000)))
                kill(victim.processIdentifier, SIGKILL)
                victim.waitUntilExit()
                try whole("killed: \(command)")
            }
            #expect(try RunProgram.run(RunProgram.hftml, command, in: directory.path).status == 0)
        }
        #expect(
            try FlowTests.json(try FlowTests.hftml(directory, "models", "list", "k", "--json"))[key: "versions"]?
                .listValue?.count == 1)
        for name in ["ann", "bob"] { #expect(try Self.approve(directory, "m/1", name).status == 0) }

        // The registry on a file system of its own that is full.
        let registry = directory.file("Registry"), aside = directory.file("aside")
        #expect(try RunProgram.run("/usr/bin/env", ["cp", "-a", registry, aside], in: directory.path).status == 0)
        try #require(try InterruptionTests.mount(registry, 24), "a small file system could not be mounted")
        defer { _ = try? RunProgram.run("/usr/bin/env", ["umount", "-l", registry], in: "/") }
        #expect(
            try RunProgram.run("/usr/bin/env", ["sh", "-c", "cp -a '\(aside)/.' '\(registry)'"], in: directory.path)
                .status == 0)
        let ballast = directory.file("Registry/ballast")
        func full(_ body: () throws -> RunProgram.Result, _ what: String) throws {
            // From too little to open the registry to enough for a part of the work.
            for left in [4 << 10, 40 << 10, 60 << 10, 90 << 10, 200 << 10] {
                let free = try #require(
                    try FileManager.default.attributesOfFileSystem(forPath: registry)[.systemFreeSize] as? Int)
                _ = FileManager.default.createFile(atPath: ballast, contents: Data(count: max(0, free - left)))
                let result = try body()
                try FileManager.default.removeItem(atPath: ballast)
                // A promotion that could not even be taken off the record says so, until the next command finds that
                // its bundle never left.
                let isExplained =
                    (result.output + result.errors).contains("free some space")
                    || Self.code(result) == "promote.under-way"
                #expect(result.status == 0 || isExplained, "\(what): \(result)")
                #expect(result.status != 0 || left > 4 << 10, "\(what) needs more than that")
                try whole("full: \(what), \(left) bytes left")
            }
            // A promotion that is still on record as under way is ended by a later command.
            var again = try body()
            try RunProgram.wait(every: 100) {
                if Self.code(again) == "promote.under-way" { again = try body() }
                return Self.code(again) != "promote.under-way"
            }
            #expect(again.status == 0, "\(what): \(again)")
        }
        try full({ try FlowTests.hftml(directory, "models", "register", "m2", "--name", "f") }, "register")
        try full({ try Self.approve(directory, "m/1", "bob") }, "approve")
        try full({ try Self.gate(directory, "m/1") }, "gate")
        try full({ try Self.promote(directory, "m/1") }, "promote")
        #expect(
            try FlowTests.json(try FlowTests.hftml(directory, "models", "show", "m@paper", "--json"))[
                key: "version"]?.intValue == 1)
        try whole("at the end")
    }

    @Test("of two promotions at once one is refused; one that is cut off is ended by the next command")
    func races() throws {
        let directory = try Self.project()
        for version in ["m/1", "m/2"] {
            for name in ["ann", "bob"] { #expect(try Self.approve(directory, version, name).status == 0) }
            #expect(try Self.gate(directory, version).status == 0)
        }
        let both = try ["m/1", "m/2"].map { version in
            try RunProgram.start(
                RunProgram.hftml,
                [
                    "promote", version, "--to", "paper", "--key", "paper-promoter", "--features", Self.features,
                    "--strategy",
                    Self.strategy, "--json",
                ], in: directory.path)
        }
        for process in both { process.waitUntilExit() }
        #expect(both.count { $0.terminationStatus == 0 } == 1, "\(both.map(\.terminationStatus))")
        #expect(try FlowTests.hftml(directory, "audit", "verify").status == 0)
        let champion = try #require(
            try FlowTests.json(try FlowTests.hftml(directory, "models", "show", "m@paper", "--json"))[
                key: "version"]?.intValue)
        let status = try RunProgram.run(
            RunProgram.runtime, ["status", "Registry/environments/paper", "--json"], in: directory.path)
        #expect(try FlowTests.json(status)[key: "version"]?.intValue == champion)

        // Killed at many moments: the alias and the runtime agree after the next command, and the record is whole.
        let other = "m/\(3 - champion)"
        #expect(try Self.gate(directory, other).status == 0)
        var random = SeededRandom(seed: 2)
        for _ in 0..<12 {
            let victim = try RunProgram.start(
                RunProgram.hftml,
                [
                    "promote", other, "--to", "paper", "--key", "paper-promoter", "--features", Self.features,
                    "--strategy",
                    Self.strategy, "--share", "0.5", "--alias", "tryout",
                ], in: directory.path)
            usleep(UInt32(random.index(below: 250_000)))
            kill(victim.processIdentifier, SIGKILL)
            victim.waitUntilExit()
            _ = try RunProgram.run(RunProgram.runtime, ["accept", "Registry/environments/paper"], in: directory.path)
            let listed = try FlowTests.hftml(directory, "deployments", "list", "--json")
            #expect(listed.status == 0, "\(listed.errors)")
            let verified = try FlowTests.hftml(directory, "audit", "verify")
            #expect(verified.status == 0, "\(verified.output)")
        }
        // Whatever was under way has ended, or can be taken back.
        var again = try Self.promote(directory, other, "--share", "0.5")
        try RunProgram.wait(every: 100) {
            guard Self.code(again) == "promote.under-way" else { return true }
            _ = try FlowTests.hftml(directory, "deployments", "list")
            _ = try FlowTests.hftml(directory, "deployments", "withdraw", "paper")
            again = try Self.promote(directory, other, "--share", "0.5")
            return false
        }
        #expect(again.status == 0 || Self.code(again) == "promote.other-incumbent", "\(again.output)")
        #expect(try FlowTests.hftml(directory, "audit", "verify").status == 0)
    }
}
