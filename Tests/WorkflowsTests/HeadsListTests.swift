import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// The list of signed heads in the workspace, however Git or an editor left it.
@Suite struct HeadsListTests {
    private static let file = "Registry/audit-heads.jsonl"

    private static func verify(_ project: TestProject) throws -> [String] {
        try VerifyRecord.run(session: project.session, anchorHours: VerifyRecord.anchorHours)
    }

    /// A project whose newest entry is signed and is then taken out of the log, so that the list alone tells of it.
    private static func cut() throws -> TestProject {
        let project = try TestProject()
        try project.judge("m/1", for: "paper")
        let kept = project.file("old.sqlite")
        try project.session.registry().backup(to: kept)
        try project.session.registry().audit(action: "note", subject: .experiment("e"))
        _ = try SignHead.anchor(as: nil, session: project.session)
        for end in ["", "-wal", "-shm"] where Paths.exists(project.file("Registry/registry.sqlite\(end)")) {
            try Paths.remove(project.file("Registry/registry.sqlite\(end)"))
        }
        try FileManager.default.copyItem(atPath: kept, toPath: project.file("Registry/registry.sqlite"))
        let result = try RunProgram.run("/usr/bin/git", ["update-ref", "-d", "refs/hftml/audit"], in: project.root)
        #expect(result.status == 0, "\(result.errors)")
        return project
    }

    @Test("with line ends of Windows and marks of a merge the list says what it said, to signing and to accept-loss")
    func lineEnds() throws {
        let project = try Self.cut(), session = try project.session(actor: "ann@desk")
        #expect(project.code { _ = try SignHead.anchor(as: nil, session: session) } == "anchor.other-log")
        let text = try project.read(Self.file)
        try project.write(
            "<<<<<<< HEAD\r\n" + text.replacing("\n", with: "\r\n") + "=======\r\n>>>>>>> other\r\n", to: Self.file)
        #expect(project.code { _ = try SignHead.anchor(as: nil, session: session) } == "anchor.other-log")
        let outcome = try AcceptLoss.run(as: "paper-root", reason: "the disk failed", session: session)
        #expect(outcome.isComplete && !outcome.heads.contains { $0.contains("cannot be checked") })
        let told = try VerifyRecord.run(session: session)
        #expect(!told.contains { $0.contains("removed from the end") || $0.contains("cannot be checked") }, "\(told)")
    }

    @Test("a list of marks alone holds no head: the record begins")
    func marksAlone() throws {
        let project = try TestProject()
        try project.write("<<<<<<< HEAD\n=======\n>>>>>>> other\n", to: Self.file)
        if case .stands = try SignHead.begin(as: nil, session: project.session) { Issue.record("no head was signed") }
    }

    @Test("a head goes on a line of its own where the last line has lost its end")
    func lineWithoutEnd() throws {
        let project = try TestProject()
        try project.judge("m/1", for: "paper")
        _ = try SignHead.anchor(as: nil, session: project.session)
        try project.write(String(try project.read(Self.file).dropLast()), to: Self.file)
        try project.session.registry().audit(action: "note", subject: .experiment("e"))
        _ = try SignHead.anchor(as: nil, session: project.session)
        let lines = try project.read(Self.file).textLines()
        #expect(lines.count >= 2 && lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
        #expect(try Self.verify(project) == [])
    }

    @Test("a committed link in the place of the list hands no private key on, nor does a line that is no envelope")
    func link() throws {
        let project = try TestProject(), list = project.file(Self.file)
        try project.judge("m/1", for: "paper")
        let secret = project.file("Registry/keys/paper-promoter.key.json"), key = try FileChunks.text(secret)
        if Paths.exists(list) { try Paths.remove(list) }
        try FileManager.default.createSymbolicLink(atPath: list, withDestinationPath: secret)
        try project.session.registry().audit(action: "note", subject: .experiment("e"))
        #expect(project.code { _ = try SignHead.anchor(as: nil, session: project.session) } == "file.special")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: list) == secret)
        // As a pull of somebody who copied it would leave it.
        try Paths.remove(list)
        try project.write(key, to: Self.file)
        try project.session.registry().audit(action: "note", subject: .experiment("e"))
        let head = try SignHead.anchor(as: nil, session: project.session).head
        #expect(try project.read(Self.file) == head.envelope + "\n")
        #expect(try FileChunks.text(secret) == key)
    }
}
