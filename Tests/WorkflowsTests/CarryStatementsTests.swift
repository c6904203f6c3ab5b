import Basics
import Foundation
import Promotion
import Registry
import TestSupport
import Testing
import Workflows

/// What people signed over a copy of the record, on its way into the record.
@Suite struct CarryStatementsTests {
    /// Signs over `m/1`, as a person of a project does.
    private static func say(_ kind: SignStatement.Kind, _ name: String, in session: Session) throws {
        let draft = try SignStatement.draft(
            kind, "m/1", policy: "live", signer: name, reason: "read", session: session)
        _ = try SignStatement.sign(draft, key: name, session: session)
    }

    /// A project whose environment asks for the approval of `carl`, and a copy of it at his workstation.
    private struct Pair {
        let project: TestProject
        let desk: TemporaryDirectory
        let workstation: Session

        init() throws {
            (project, desk) = (try TestProject(), try TemporaryDirectory())
            try project.trust("carl")
            try project.write(
                """
                schemaVersion: 1
                rules: [{rule: metric, metric: ic, minimum: -1}, {rule: approvals, count: 1, roles: [risk]}]

                """, to: "Registry/gates/live.yaml")
            try project.environment(policy: "live")
            try project.judge()
            let copy = desk.file("copy")
            try FileManager.default.copyItem(atPath: project.root, toPath: copy)
            workstation = try Session(
                Caller(
                    actor: "carl@desk", environment: ["HFTML_KEYS_DIRECTORY": "\(copy)/Registry/keys"], directory: copy)
            )
        }
    }

    private static func statements(_ project: TestProject) throws -> [StatementRecord] {
        let registry = try project.session.registry()
        return try registry.statements(of: try registry.version("m/1"))
    }

    @Test("an approval that was signed over a copy of the record counts in the record, once, and the log says so")
    func arrives() throws {
        let pair = try Pair(), (project, workstation) = (pair.project, pair.workstation)
        try Self.say(.approval, "carl", in: workstation)
        let box = project.file("box")
        let files = try CarryStatements.export("m/1", to: box, session: workstation)
        #expect(files.count == 1 && files.allSatisfy { $0.contains("/approval-m-1-carl-") }, "\(files)")
        #expect(project.refusedPromotion() != nil)
        #expect(try Self.statements(project).isEmpty)
        let taken = try CarryStatements.run([box], session: project.session)
        #expect(taken.taken.map(\.record.signer) == ["carl"] && taken.passed.isEmpty)
        let there = try workstation.registry(), version = try there.version("m/1")
        let (ours, theirs) = (try Self.statements(project), try there.statements(of: version))
        #expect(ours.map(\.envelope) == theirs.map(\.envelope))
        #expect(try project.actions("statement.") == ["statement.approval"])
        #expect(try VerifyRecord.run(session: project.session) == [])
        // The same again, laid out otherwise, changes nothing.
        try AtomicFile.write(
            "\n" + (try FileChunks.text(files[0])).replacing(",\"payload\"", with: " , \"payload\""),
            to: "\(box)/b.json")
        let again = try CarryStatements.run([box, project.file("none")], isOptional: true, session: project.session)
        #expect(again.taken.isEmpty && again.known.count == 2)
        #expect(try project.actions("statement.").count == 1)
        try project.judge()
        #expect(project.refusedPromotion() == nil)
    }

    @Test("a statement in a file counts by its signature and key alone, whoever brings it")
    func forged() throws {
        let pair = try Pair(), (project, workstation) = (pair.project, pair.workstation)
        try Self.say(.approval, "carl", in: workstation)
        let box = project.file("box"), file = try CarryStatements.export("m/1", to: box, session: workstation)[0]
        let text = try FileChunks.text(file), node = try JSONParser.parse(text)
        func forge(_ name: String, _ change: (String) -> String, key: String? = nil) throws -> String {
            let payload = try #require(
                node[key: "payload"]?.stringValue.flatMap { Data(base64Encoded: $0) }.map {
                    change(String(decoding: $0, as: UTF8.self))
                })
            let path = project.file("\(name).json")
            if let key {
                let signer = try PrivateKeys.signer(key, session: project.session)
                let statement = try #require(
                    Statement(envelope: try Self.envelope(payload, node)))
                try AtomicFile.write(
                    try statement.signed(with: signer, model: "m", version: 1).envelope, to: path)
            } else {
                try AtomicFile.write(try Self.envelope(payload, node), to: path)
            }
            return path
        }
        _ = try ManageKeys.generate("eve", session: project.session)
        let altered = try forge("altered", { $0.replacing("\"read\"", with: "\"fine\"") })
        let foreign = try forge("foreign", { $0 }, key: "eve")
        let stranger = try forge("stranger", { $0.replacing("\"carl\"", with: "\"eve\"") }, key: "eve")
        let gate = try forge("gate", { $0 }, key: "paper-gate")
        for (path, code) in [
            (altered, "statement.signature"), (foreign, "statement.untrusted"), (stranger, "statement.untrusted"),
            (gate, "statement."), (project.recipe, "statement.format"),
        ] {
            let found = project.code { _ = try CarryStatements.run([file, path], session: project.session) }
            #expect(found?.hasPrefix(code) == true, "\(path): \(found ?? "taken")")
        }
        #expect(
            try Self.statements(project).isEmpty, "one that does not count keeps all that were named off the record")
        // In a directory, where others write as well, the good one goes through.
        for path in [altered, foreign, stranger, gate] {
            try AtomicFile.write(try FileChunks.text(path), to: "\(box)/\(Paths.name(path))")
        }
        try FileManager.default.createSymbolicLink(atPath: "\(box)/link.json", withDestinationPath: file)
        let taken = try CarryStatements.run([box], session: project.session)
        #expect(taken.taken.map(\.record.signer) == ["carl"] && taken.passed.count == 5, "\(taken.passed)")
        #expect(try Self.statements(project).count == 1)
    }

    /// An envelope with another text under the same signature.
    private static func envelope(_ payload: String, _ node: JSONValue) throws -> String {
        var other = node
        other[key: "payload"] = .string(Data(payload.utf8).base64EncodedString())
        return other.text(.compact)
    }

    @Test("a yes that comes late takes back no rejection that was signed after it")
    func late() throws {
        let pair = try Pair(), (project, workstation) = (pair.project, pair.workstation)
        try Self.say(.approval, "carl", in: workstation)
        let box = project.file("box")
        _ = try CarryStatements.export("m/1", to: box, session: workstation)
        try Self.say(.rejection, "carl", in: project.session)
        #expect(try CarryStatements.run([box], session: project.session).taken.count == 1)
        let items = try project.judge().report.items
        #expect(items.contains { $0.name == "environment-rejection" && $0.status == .failed }, "\(items)")
        #expect(items.contains { $0.reason.contains("'carl' rejected it") })
        #expect(project.refusedPromotion() != nil)
    }

    @Test("what is about a version or weights that are not here stays off the record")
    func elsewhere() throws {
        let pair = try Pair(), (project, workstation) = (pair.project, pair.workstation)
        try Self.say(.approval, "carl", in: workstation)
        let box = project.file("box")
        _ = try CarryStatements.export("m/1", to: box, session: workstation)
        let other = try TestProject(.empty)
        let taken = try CarryStatements.run([box], session: other.session)
        #expect(taken.elsewhere.count == 1 && taken.taken.isEmpty && taken.passed.isEmpty)
        #expect(other.code { _ = try CarryStatements.run(["none"], session: other.session) } != nil)
        #expect(
            project.code { _ = try CarryStatements.export("m/2", to: box, session: project.session) }
                == "statement.none")
    }

    @Test("a file whose name is no text holds up no import: everybody may write there")
    func strangeName() throws {
        let pair = try Pair(), box = pair.project.file("box")
        try Self.say(.approval, "carl", in: pair.workstation)
        _ = try CarryStatements.export("m/1", to: box, session: pair.workstation)
        let name = Array("\(box)/".utf8).map { CChar(bitPattern: $0) } + [CChar(bitPattern: 0xFF), 0]
        let descriptor = open(name, O_CREAT | O_WRONLY, 0o644)
        #expect(descriptor >= 0)
        close(descriptor)
        let taken = try CarryStatements.run([box], session: pair.project.session)
        #expect(taken.taken.map(\.record.signer) == ["carl"])
    }

    @Test("a rejection that is brought says where the weights are in force, as where it is signed")
    func rejectionInForce() throws {
        let pair = try Pair(), project = pair.project, heard = Heard(), box = project.file("box")
        try Self.say(.approval, "carl", in: project.session)
        try project.promote("m/1", FakeRuntime())
        let draft = try SignStatement.draft(
            .rejection, "m/1", policy: nil, for: "paper", signer: "carl", reason: "leaks", session: pair.workstation)
        _ = try SignStatement.sign(draft, key: "carl", session: pair.workstation)
        _ = try CarryStatements.export("m/1", to: box, session: pair.workstation)
        let taken = try CarryStatements.run([box], session: heard.session(project))
        #expect(taken.taken.map(\.record.kind) == [.rejection])
        #expect(
            heard.all.contains { $0.contains("m/1 in force in 'paper'") && $0.contains("hftml-runtime halt ") },
            "\(heard.all)")
    }

    @Test("what must not wait for an authority that signs times takes statements up without a signed head")
    func withoutHead() throws {
        let pair = try Pair(), project = pair.project, box = project.file("box")
        try Self.say(.approval, "carl", in: pair.workstation)
        _ = try CarryStatements.export("m/1", to: box, session: pair.workstation)
        // Whose key signs heads wherever something is decided.
        try project.trust("log", roles: ["log"])
        func heads() throws -> String {
            try RunProgram.run("/usr/bin/git", ["rev-list", "refs/hftml/audit"], in: project.root).output
        }
        let before = try heads()
        let taken = try CarryStatements.run([box], signsHead: false, session: project.session)
        #expect(taken.taken.count == 1)
        #expect(try heads() == before)
        // What comes after it signs it.
        try SignHead.run(signer: nil, session: project.session)
        #expect(try heads() != before)
    }

    @Test("an import that the record stops half-way says what it kept")
    func halfWay() throws {
        let pair = try Pair(), project = pair.project, box = project.file("box")
        for kind in [SignStatement.Kind.approval, .rejection] { try Self.say(kind, "carl", in: pair.workstation) }
        _ = try CarryStatements.export("m/1", to: box, session: pair.workstation)
        let sql =
            "CREATE TRIGGER full BEFORE INSERT ON statement WHEN NEW.kind = 'rejection' "
            + "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        let made = try RunProgram.run("/usr/bin/env", ["sqlite3", project.session.registryPath, sql], in: project.root)
        #expect(made.status == 0, "\(made.errors)")
        var taken = CarryStatements.Taken()
        #expect(throws: (any Error).self) {
            try CarryStatements.run([box], session: project.session, into: &taken)
        }
        #expect(taken.taken.map(\.record.kind) == [.approval])
        #expect(try Self.statements(project).map(\.kind) == [.approval])
    }
}
