import Basics
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// The audit log is anchored outside its file, and an entry of it is proven to a stranger.
@Suite struct LogTests {
    private static func verify(
        _ project: TestProject, hours: Double = VerifyRecord.anchorHours, by session: Session? = nil
    )
        throws -> [String]
    {
        try VerifyRecord.run(session: session ?? project.session, anchorHours: hours)
    }

    private static func sqlite(_ project: TestProject, _ sql: String) throws {
        let result = try RunProgram.run(
            "/usr/bin/env", ["sqlite3", "Registry/registry.sqlite", sql], in: project.root)
        #expect(result.status == 0, "\(result.errors)")
    }

    /// A project whose key `log` may sign heads.
    private static func project(clock: Clock = .system) throws -> TestProject {
        let project = try TestProject(.trained, clock: clock)
        try project.trust("log", roles: ["log"])
        return project
    }

    @Test("without an anchor the check fails and names the command that makes one; with one it passes")
    func needsAnchor() throws {
        let project = try Self.project()
        #expect(try Self.verify(project) == [], "nothing was decided yet")
        #expect(try VerifyRecord.note(session: project.session).contains("hftml audit anchor"))
        try project.gate()
        let problems = try Self.verify(project)
        #expect(problems.count == 1)
        #expect(problems[0].contains("found no anchor of the audit log in Git (refs/hftml/audit)"))
        #expect(problems[0].hasSuffix("make one, where this record is kept: hftml audit anchor --as KEY"))
        #expect(try VerifyRecord.run(session: project.session) == [], "nobody asked for anchors")
        guard case .signed(let outcome) = try SignHead.begin(as: nil, session: project.session) else {
            Issue.record("no head was signed")
            return
        }
        #expect(try SignHead.begin(as: nil, session: project.session) == .stands, "a record begins once")
        #expect(outcome.head.signer == "log" && outcome.anchors.map(\.place) == [.git])
        #expect(try Self.verify(project) == [])
        let shown = try RunProgram.run("/usr/bin/git", ["show", "refs/hftml/audit:head.json"], in: project.root)
        #expect(shown.output == outcome.head.envelope + "\n")
        func commits() throws -> Int {
            let list = try RunProgram.run("/usr/bin/git", ["rev-list", "refs/hftml/audit"], in: project.root)
            return list.output.split(separator: "\n").count
        }
        #expect(try SignHead.anchor(as: "log", session: project.session).head.envelope == outcome.head.envelope)
        #expect(try commits() == 1, "what Git has is not signed again")
        try project.session.registry().audit(action: "note", subject: .experiment("e"))
        _ = try SignHead.anchor(as: "log", session: project.session)
        #expect(try commits() == 2)
        let status = try RunProgram.run("/usr/bin/git", ["status", "--porcelain", "--", "head.json"], in: project.root)
        #expect(status.output.isEmpty, "no branch and no file is touched")
        // A reference that was damaged is no reference that was never there.
        try project.write("garbage", to: ".git/refs/hftml/audit")
        let damaged = try Self.verify(project)
        #expect(damaged.contains { $0.contains("cannot read 'refs/hftml/audit'") }, "\(damaged)")
        #expect(project.code { _ = try SignHead.anchor(as: nil, session: project.session) } == "git.failed")
        #expect(try project.read(".git/refs/hftml/audit") == "garbage")
    }

    @Test("an empty log, a project without a place, and a key without the role are refused with what to do")
    func refusals() throws {
        let empty = try TestProject(.empty)
        #expect(try Self.verify(empty) == ["found an empty audit log: there is nothing that could be verified"])
        #expect(empty.code { _ = try SignHead.anchor(as: nil, session: empty.session) } == "anchor.no-key")
        let project = try Self.project()
        try project.trust("ann", roles: ["risk"])
        #expect(project.code { _ = try SignHead.anchor(as: "ann", session: project.session) } == "audit.role")
        try project.gate()
        try Paths.remove(project.file(".git"))
        #expect(project.code { _ = try SignHead.anchor(as: nil, session: project.session) } == "anchor.nowhere")
        #expect(try Self.verify(project).contains { $0.hasPrefix("found no place for anchors of the audit log") })
        #expect(try SignHead.run(signer: nil, session: project.session)?.anchors.isEmpty == true)
    }

    @Test("entries of more than a day, or of the hours that are asked for, must be covered")
    func freshness() throws {
        let time = TestClock(), project = try Self.project(clock: time.clock), session = project.session
        _ = try SignHead.anchor(as: nil, session: session)
        time.advance(hours: 30)
        #expect(try Self.verify(project) == [], "nothing was entered since")
        try session.registry().audit(action: "note", subject: .experiment("e"))
        time.advance(hours: 2)
        #expect(try Self.verify(project) == [])
        let strict = try Self.verify(project, hours: 1)
        #expect(strict.count == 1 && strict[0].contains("more than 1.0 hours ago"))
        time.advance(hours: 23)
        #expect(try Self.verify(project).count == 1)
        _ = try SignHead.anchor(as: nil, session: session)
        #expect(try Self.verify(project, hours: 0) == [])
    }

    @Test("the end of the log cut off, with every trace inside the project, is found by the anchor")
    func cut() throws {
        let project = try Self.project()
        try project.gate()
        _ = try SignHead.anchor(as: nil, session: project.session)
        try Self.sqlite(
            project,
            """
            DROP TRIGGER audit_is_append_only_delete;
            CREATE TEMP TABLE cut AS SELECT min(sequence) AS entry FROM audit_entry WHERE action LIKE 'gate.%';
            DELETE FROM audit_rows WHERE sequence >= (SELECT entry FROM cut);
            DELETE FROM audit_entry WHERE sequence >= (SELECT entry FROM cut);
            DELETE FROM gate_decision; DELETE FROM audit_head;
            CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit_entry
                BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
            """)
        try Paths.remove(project.file("Registry/audit-heads.jsonl"))
        let problems = try Self.verify(project, by: try project.session(actor: "eve"))
        #expect(
            problems.contains { $0.contains("in Git (refs/hftml/audit)") && $0.contains("removed from the end") },
            "\(problems)")
    }

    @Test("a whole log written anew, with fresh keys and all hashes right, is found by the anchor")
    func rewritten() throws {
        let project = try Self.project()
        _ = try SignHead.anchor(as: nil, session: project.session)
        // Another registry in the place of this one: complete, consistent, signed by a key of its own.
        for end in ["", "-wal", "-shm"] where Paths.exists(project.file("Registry/registry.sqlite\(end)")) {
            try Paths.remove(project.file("Registry/registry.sqlite\(end)"))
        }
        for name in ["Registry/audit-heads.jsonl", "Registry/keys", "Registry/trusted"]
        where Paths.exists(project.file(name)) { try Paths.remove(project.file(name)) }
        let eve = try project.session(actor: "ann@desk")
        _ = try ManageKeys.generate("log", session: eve)
        _ = try ManageKeys.trust("log", roles: ["log"], session: eve)
        try project.commitTrust()
        try eve.registry().audit(action: "note", subject: .experiment("e"))
        let problems = try Self.verify(project, by: eve)
        #expect(problems.contains { $0.contains("found no anchor of the audit log") }, "\(problems)")
        #expect(problems.contains { $0.contains("which is not trusted here") }, "\(problems)")
        // A new anchor does not make the old one go away.
        _ = try SignHead.anchor(as: nil, session: eve)
        #expect(try !Self.verify(project, by: eve).isEmpty)
    }

    @Test("a directory keeps one file a head, which nothing here writes again; what is altered or gone there shows")
    func directory() throws {
        let project = try Self.project(), session: Session
        try project.write("schemaVersion: 1\nanchors:\n  - {directory: out/anchors}\n", to: "Registry/hftml.yaml")
        session = try project.session(actor: "ann@desk")
        let first = try SignHead.anchor(as: nil, session: session)
        #expect(first.anchors.map(\.place) == [.directory("out/anchors")])
        let name = try #require(first.anchors.first?.name)
        #expect(try project.read("out/anchors/\(name)") == first.head.envelope + "\n")
        try session.registry().audit(action: "note", subject: .experiment("e"))
        _ = try SignHead.anchor(as: nil, session: session)
        #expect(try Paths.entries(project.file("out/anchors")).count == 2)
        #expect(try Self.verify(project, by: session) == [])
        try AtomicFile.write(
            try project.read("out/anchors/\(name)").replacing("payloadType", with: "payloadTyqe"),
            to: project.file("out/anchors/\(name)"))
        #expect(try Self.verify(project, by: session).contains { $0.contains(name) })
        // What lies beside the heads is told, and neither waited for nor the end of the look.
        #expect(mkfifo(project.file("out/anchors/a.json"), 0o600) == 0)
        try AtomicFile.write([0xFF, 0xFE], to: project.file("out/anchors/b.json"))
        let strange = try Self.verify(project, by: session)
        for name in ["a.json", "b.json", name] { #expect(strange.contains { $0.contains(name) }, "\(strange)") }
        try Paths.remove(project.file("out/anchors"))
        #expect(try Self.verify(project, by: session).contains { $0.hasPrefix("found no directory") })
    }

    @Test("a revocation that anybody can enter ends a log key's signing, and voids no history")
    func revocation() throws {
        let time = TestClock(), project = try Self.project(clock: time.clock), session = project.session
        try project.gate()
        _ = try SignHead.anchor(as: nil, session: session)
        let covered = try session.registry().auditEntries().count
        time.advance(hours: 1)
        try ManageKeys.revoke("log", reason: "leak", session: session)
        #expect(try Self.verify(project) == [], "what lay in Git before is as good as it was")
        #expect(throws: Never.self) { _ = try ProveEntry.run("\(covered)", session: session) }
        #expect(project.code { _ = try ProveEntry.run("\(covered + 1)", session: session) } == "prove.no-anchor")
        #expect(project.code { _ = try SignHead.anchor(as: nil, session: session) } == "anchor.no-key")
        #expect(project.code { _ = try SignHead.anchor(as: "log", session: session) } == "audit.role")
        // What comes after it needs another key.
        time.advance(hours: 25)
        #expect(try Self.verify(project).contains { $0.contains("hours ago; make one, where") })
        try project.trust("log-2", roles: ["log"])
        #expect(try SignHead.anchor(as: nil, session: session).head.signer == "log-2")
        #expect(try Self.verify(project) == [])
    }

    @Test("another author of a version, or a verdict with and without an entry of its own, is found")
    func forged() throws {
        let project = try Self.project()
        _ = try SignHead.anchor(as: nil, session: project.session)
        try Self.sqlite(project, "UPDATE version SET created_by = 'eve' WHERE version = 1")
        let author = try Self.verify(project)
        #expect(author.count == 1 && author[0].hasPrefix("found 'eve' as the author of m/1"), "\(author)")
        try Self.sqlite(project, "UPDATE version SET created_by = 'ann@desk' WHERE version = 1")
        #expect(try Self.verify(project) == [])
        let version = try project.session.registry().version("m/1")
        let record = GateDecisionRecord(
            model: "m", version: 1, weights: version.weights, policy: "easy", policyDigest: "pd", isPassed: true,
            report: #"{"passed": true}"#, decidedAt: 1, decidedBy: "compliance@hq", incumbent: nil)
        let row = """
            INSERT INTO gate_decision(digest, model, version, weights, policy, policy_digest, passed, report,
                decided_at, decided_by) SELECT '\(record.digest)', model, version, weights, 'easy', 'pd', 1,
                '{"passed": true}', 1, 'compliance@hq' FROM version WHERE version = 1
            """
        try Self.sqlite(project, row)
        #expect(
            try Self.verify(project).contains { $0.contains("gate verdict on m/1 that nobody recorded") })
        try Self.sqlite(project, "DELETE FROM gate_decision WHERE decided_by = 'compliance@hq'")
        // With an entry whose hash is right: the list of rows has no such row, and the next anchored head is another's.
        let last = try #require(try project.session.registry().auditEntries().last)
        let time = Int(last.time), detail = #"{"decision": "\#(record.digest)", "policy": "easy"}"#
        let body = JSONValue.map([
            "sequence": .int(last.sequence + 1), "time": .int(time), "actor": .string("compliance@hq"),
            "action": .string("gate.passed"), "subject": .string("m/1"), "detail": .string(detail),
        ])
        let hash = Digest.sha256(last.hash + body.text(.canonical))
        try Self.sqlite(
            project,
            row + "; INSERT INTO audit_entry VALUES (\(last.sequence + 1), \(time), 'compliance@hq', 'gate.passed', "
                + "'m/1', '\(detail)', '\(last.hash)', '\(hash)')")
        let forged = try Self.verify(project)
        #expect(forged.contains { $0.contains("gate decision") && $0.contains("nobody recorded") }, "\(forged)")
    }

    @Test("a statement dated ahead is not signed, and does not count where it was signed elsewhere")
    func ahead() throws {
        let time = TestClock(), project = try TestProject(.trained, clock: time.clock)
        try project.trust("rita", roles: ["risk"])
        // Somebody's machine is years ahead while the waiver is drawn up.
        let later = try project.session(actor: "rita@desk", clock: Clock { time.clock.now() + 3_600_000_000_000 })
        let draft = try SignStatement.draft(
            .approval, "m/1", policy: "easy", signer: "rita", reason: "", session: later)
        #expect(
            project.code { _ = try SignStatement.sign(draft, key: "rita", session: project.session) }
                == "statement.ahead")
        #expect(try project.actions("statement").isEmpty)
    }

    @Test("an entry is proven to a stranger with a key and an anchor; nothing that was changed is")
    func proves() throws {
        let project = try Self.project(), session = project.session
        try session.registry().audit(
            action: "note", subject: .experiment("e"), detail: .map(["reason": .string("déjà vu 日本")]))
        let last = try session.registry().auditEntries().count
        #expect(project.code { _ = try ProveEntry.run("\(last)", session: session) } == "prove.no-anchor")
        _ = try SignHead.anchor(as: nil, session: session)
        #expect(project.code { _ = try ProveEntry.run("\(last + 1)", session: session) } == "prove.no-entry")
        let head = try RunProgram.run("/usr/bin/git", ["show", "refs/hftml/audit:head.json"], in: project.root)
        try project.write(head.output, to: "out/head.json")
        func stranger(_ proof: JSONValue, key: String = "log") throws -> RunProgram.Result {
            try project.write(proof.text(.pretty), to: "out/proof.json")
            return try RunProgram.run(
                "/usr/bin/env",
                [
                    "python3", "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/stranger.py", "entry",
                    "out/proof.json", "Registry/keys/\(key).pub.json", "out/head.json",
                ], in: project.root)
        }
        for sequence in [1, 2, last / 2, last] {
            let result = try stranger(try ProveEntry.run("\(sequence)", session: session).json)
            #expect(result.status == 0, "\(sequence): \(result.output)\(result.errors)")
            #expect(result.output.hasPrefix("entry \(sequence) of \(last): "))
        }
        let proof = try ProveEntry.run("2", session: session).json
        _ = try ManageKeys.generate("other", session: session)
        #expect(try stranger(proof, key: "other").output.contains("the signature of the head"))
        func changed(_ change: (inout JSONValue) -> Void) throws -> String {
            var forged = proof
            change(&forged)
            let result = try stranger(forged)
            #expect(result.status == 1)
            return result.output
        }
        func entry(_ key: String, _ value: JSONValue, _ proof: inout JSONValue) {
            var entry = proof[key: "entry"] ?? .null
            entry[key: key] = value
            proof[key: "entry"] = entry
        }
        #expect(try changed { entry("actor", .string("eve"), &$0) }.contains("the hash of the entry"))
        #expect(try changed { entry("time", .int(1), &$0) }.contains("the hash of the entry"))
        #expect(try changed { $0[key: "leafIndex"] = .int(0) }.contains("the position of the entry"))
        #expect(try changed { $0[key: "treeSize"] = .int(last + 1) }.contains("the size of the tree"))
        #expect(try changed { $0[key: "path"] = .strings([]) }.contains("the path, which is too short"))
        #expect(
            try changed { node in
                let path = (node[key: "path"]?.listValue ?? []).compactMap(\.stringValue)
                node[key: "path"] = .strings([String(repeating: "0", count: 64)] + path.dropFirst())
            }.contains("the way from the entry to the signed root"))
    }
}
