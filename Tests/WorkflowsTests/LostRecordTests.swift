import Basics
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// A registry that is older than its anchors, or another one altogether; anchors that lie at a remote.
@Suite struct LostRecordTests {
    private static func verify(_ session: Session) throws -> [String] {
        try VerifyRecord.run(session: session, anchorHours: VerifyRecord.anchorHours)
    }

    @discardableResult
    private static func git(_ project: TestProject, _ arguments: String...) throws -> String {
        let result = try RunProgram.run("/usr/bin/git", arguments, in: project.root)
        #expect(result.status == 0, "\(arguments): \(result.errors)")
        return result.output
    }

    private static func removeRegistry(_ project: TestProject) throws {
        for end in ["", "-wal", "-shm"] where Paths.exists(project.file("Registry/registry.sqlite\(end)")) {
            try Paths.remove(project.file("Registry/registry.sqlite\(end)"))
        }
    }

    @Test("of two places for anchors one is taken away whole: that is told, and which entries the places hold")
    func absentPlace() throws {
        let project = try TestProject()
        try project.judge("m/1", for: "paper")
        try project.write("schemaVersion: 1\nanchors: [{git: true}, {directory: heads}]\n", to: "Registry/hftml.yaml")
        try Paths.makeDirectory(project.file("heads"))
        let session = try project.session(actor: "ann@desk")
        let before = try Self.verify(session)
        #expect(before.count == 1 && before[0].contains("found no signed head of the audit log in heads"), "\(before)")
        _ = try SignHead.anchor(as: nil, session: session)
        let count = try session.registry().auditEntries().count
        #expect(try Self.verify(session) == [])
        let note = try VerifyRecord.note(session: session)
        #expect(note.contains("entry \(count) in Git (refs/hftml/audit), entry \(count) in heads"), "\(note)")
        try Paths.remove(project.file("heads"))
        #expect(try Self.verify(session).contains { $0.contains("found no directory") })
        try Paths.makeDirectory(project.file("heads"))
        #expect(try Self.verify(session).contains { $0.contains("in heads, which Registry/hftml.yaml names") })
    }

    @Test("a log that is older than its anchors is signed by nobody, until root keys say what is lost")
    func loss() throws {
        let project = try TestProject(), old = project.file("old.sqlite")
        try project.judge("m/1", for: "paper")
        _ = try SignHead.anchor(as: nil, session: project.session)
        try project.session.registry().backup(to: old)
        try project.session.registry().audit(action: "note", subject: .experiment("e"))
        _ = try SignHead.anchor(as: nil, session: project.session)
        #expect(
            project.code { _ = try AcceptLoss.run(as: "paper-root", reason: "x", session: project.session) }
                == "anchor.no-loss")
        try Self.removeRegistry(project)
        try FileManager.default.copyItem(atPath: old, toPath: project.file("Registry/registry.sqlite"))
        let session = try project.session(actor: "ann@desk")
        #expect(try Self.verify(session).contains { $0.contains("removed from the end") })
        #expect(project.code { _ = try SignHead.anchor(as: nil, session: session) } == "anchor.other-log")
        #expect(try SignHead.run(signer: nil, session: session) == nil, "what is done meanwhile vouches for nothing")
        let backups = try TemporaryDirectory()
        #expect(
            project.code { _ = try CreateBackup.run(backups.file("b"), key: nil, session: session) }
                == "anchor.other-log", "it takes no place among the backups of the record")
        let report = try ReportVersion.run("m/1", session: session)
        #expect(report.logProblem?.contains("this log is not the one that was anchored") == true)
        #expect(
            project.code { _ = try AcceptLoss.run(as: "paper-gate", reason: "x", session: session) } == "audit.role")
        let outcome = try AcceptLoss.run(as: "paper-root", reason: "the disk failed", session: session)
        #expect(outcome.isComplete && outcome.persons.map(\.environment) == ["paper"] && !outcome.heads.isEmpty)
        #expect(try Self.verify(session) == [])
        _ = try SignHead.anchor(as: nil, session: session)
        #expect(try Self.verify(session) == [] && ReportVersion.run("m/1", session: session).logProblem == nil)
        // Only these heads are given up: the same copy again lacks what was anchored since.
        try Self.removeRegistry(project)
        try FileManager.default.copyItem(atPath: old, toPath: project.file("Registry/registry.sqlite"))
        let again = try project.session(actor: "eve")
        #expect(try Self.verify(again).contains { $0.contains("removed from the end") })
        // A root key that was revoked gives up nothing, before the next document says so.
        _ = try ManageKeys.revoke("paper-root", reason: "stolen", endsEnvironment: true, session: again)
        #expect(
            project.code { _ = try AcceptLoss.run(as: "paper-root", reason: "x", session: again) } == "audit.role")
        #expect(try Self.verify(again).contains { $0.contains("audit entr") }, "the log is none of its anchors")
    }

    @Test("an empty log beside signed documents is asked for its anchor")
    func anotherLog() throws {
        let project = try TestProject()
        try project.judge("m/1", for: "paper")
        try Self.removeRegistry(project)
        for name in ["Registry/audit-heads.jsonl", "Registry/artefacts"] where Paths.exists(project.file(name)) {
            try Paths.remove(project.file(name))
        }
        try Self.git(project, "update-ref", "-d", "refs/hftml/audit")
        let eve = try project.session(actor: "eve")
        for _ in 0..<2 { try eve.registry().audit(action: "note", subject: .experiment("e")) }
        #expect(try Self.verify(eve).contains { $0.contains("found no anchor of the audit log") })
    }

    @Test("anchors come with a fetch, say what they say in every clone, and are gone on from")
    func remote() throws {
        let project = try TestProject()
        try project.trust("log", roles: ["log"])
        try Self.git(project, "clone", "-q", "--bare", ".", "out/origin.git")
        try Self.git(project, "remote", "add", "origin", project.file("out/origin.git"))
        for _ in 0..<2 { _ = try InitializeWorkspace.run(project.root, environment: [:]) }
        let specifications = try Self.git(project, "config", "--get-all", "remote.origin.fetch").split(separator: "\n")
        #expect(
            specifications.map(String.init) == [
                "+refs/heads/*:refs/remotes/origin/*", "+refs/hftml/*:refs/remotes/origin/hftml/*",
            ])
        try project.gate()
        _ = try SignHead.anchor(as: nil, session: project.session)
        try Self.git(project, "push", "-q", "origin", "refs/hftml/audit")
        // As in another clone: the reference is not here, and comes with a fetch.
        try Self.git(project, "update-ref", "-d", "refs/hftml/audit")
        try Self.git(project, "update-ref", "-d", "refs/remotes/origin/hftml/audit")
        #expect(try Self.verify(project.session).contains { $0.contains("none of their anchors") })
        try Self.git(project, "fetch", "-q", "origin")
        #expect(try Self.verify(project.session) == [])
        try project.session.registry().audit(action: "note", subject: .experiment("e"))
        _ = try SignHead.anchor(as: nil, session: project.session)
        let chain = try Self.git(project, "rev-list", "refs/hftml/audit").split(separator: "\n")
        #expect(chain.count == 2, "the new head follows the one that was fetched")
        try Self.git(project, "push", "-q", "origin", "refs/hftml/audit")
        // What somebody else has anchored since comes first.
        try Self.git(project, "update-ref", "refs/hftml/audit", String(chain[1]))
        try Self.git(project, "fetch", "-q", "origin")
        try project.session.registry().audit(action: "note", subject: .experiment("e"))
        _ = try SignHead.anchor(as: nil, session: project.session)
        #expect(try Self.git(project, "rev-list", "refs/hftml/audit").split(separator: "\n").count == 3)
        #expect(try Self.verify(project.session) == [])
    }

    @Test("two clones that anchored at once are joined by the next anchor, and a push works again")
    func joined() throws {
        let project = try TestProject()
        try project.trust("log", roles: ["log"])
        try Self.git(project, "clone", "-q", "--bare", ".", "out/origin.git")
        try Self.git(project, "remote", "add", "origin", project.file("out/origin.git"))
        _ = try InitializeWorkspace.run(project.root, environment: [:])
        try project.gate()
        let theirs = try SignHead.anchor(as: nil, session: project.session)
        try Self.git(project, "push", "-q", "origin", "refs/hftml/audit")
        // As in another clone that has not fetched: its chain begins anew.
        for name in ["refs/hftml/audit", "refs/remotes/origin/hftml/audit"] {
            try Self.git(project, "update-ref", "-d", name)
        }
        try project.session.registry().audit(action: "note", subject: .experiment("e"))
        let ours = try SignHead.anchor(as: nil, session: project.session)
        try Self.git(project, "fetch", "-q", "origin")
        // Nothing was entered since, and yet there is something to join.
        _ = try SignHead.anchor(as: nil, session: project.session)
        try Self.git(project, "push", "-q", "origin", "refs/hftml/audit")
        #expect(try Self.git(project, "rev-list", "refs/hftml/audit").split(separator: "\n").count == 3)
        let heads = try Self.git(project, "log", "--format=%H", "refs/hftml/audit").split(separator: "\n").map {
            try Self.git(project, "show", "\($0):head.json").trimmingCharacters(in: .whitespacesAndNewlines)
        }
        #expect(Set(heads).isSuperset(of: [theirs.head.envelope, ours.head.envelope]))
        #expect(try Self.verify(project.session) == [])
    }
}
