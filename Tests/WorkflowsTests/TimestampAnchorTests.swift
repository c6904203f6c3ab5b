import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// Heads of the audit log under tokens of a time-stamping authority (RFC 3161).
@Suite struct TimestampAnchorTests {
    private static let folder = "Registry/timestamps"

    /// A project whose key `log` may sign heads, and whose only anchors are an authority's tokens.
    private struct Place {
        let project: TestProject
        let authority: StampAuthority
        let server: LocalServer
        let session: Session

        init(_ kind: String = "p256", more: String = "", clock: Clock = .system) throws {
            project = try TestProject(.trained, clock: clock)
            try project.trust("log", roles: ["log"])
            authority = try StampAuthority(kind)
            server = try authority.serve()
            try project.write(
                """
                schemaVersion: 1
                anchors:
                  - {timestamp: "http://127.0.0.1:\(server.port)/tsr", certificates: Registry/tsa.pem}
                \(more)
                """, to: "Registry/hftml.yaml")
            try project.write(try authority.pem(), to: "Registry/tsa.pem")
            session = try project.session(actor: "ann@desk", clock: clock)
        }

        func answer(_ mode: String) throws { try authority.directory.write(mode, to: "mode") }

        func verify() throws -> [String] {
            try VerifyRecord.run(session: session, anchorHours: VerifyRecord.anchorHours)
        }

        func files(_ end: String) throws -> [String] {
            let folder = project.file(TimestampAnchorTests.folder)
            return Paths.isDirectory(folder) ? try Paths.entries(folder).filter { $0.hasSuffix(end) } : []
        }

        func bytes(_ name: String) throws -> [UInt8] { try FileChunks.bytes(path(name)) }
        func path(_ name: String) -> String { project.file("\(TimestampAnchorTests.folder)/\(name)") }
    }

    @Test("a token of an authority anchors the log; a stranger checks it with openssl", arguments: ["rsa", "p256"])
    func anchors(_ kind: String) throws {
        let place = try Place(kind), before = Clock.system.now()
        try place.project.gate()
        let outcome = try SignHead.anchor(as: nil, session: place.session)
        let anchor = try #require(outcome.anchors.first)
        #expect(outcome.anchors.count == 1 && "\(anchor.place)".hasPrefix("timestamps of http://127.0.0.1"))
        #expect(try #require(anchor.time) > before - 2_000_000_000)
        #expect(try place.verify() == [], "a token alone is an anchor")
        let heads = try place.files(".json"), tokens = try place.files(".tst")
        #expect(heads.count == 1 && tokens == [anchor.name])
        #expect(try place.bytes(heads[0]) == Array(outcome.head.envelope.utf8))
        #expect(try place.authority.believes(try place.bytes(tokens[0]), about: try place.bytes(heads[0])))
        let last = try place.session.registry().auditEntries().count
        let proof = try ProveEntry.run("\(last)", session: place.session)
        #expect(proof.anchoredAt == anchor.time)
        try place.project.write(proof.json.text(.pretty), to: "out/proof.json")
        let stranger = try RunProgram.run(
            "/usr/bin/env",
            [
                "python3", "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/stranger.py", "entry",
                "out/proof.json", "Registry/keys/log.pub.json", "\(Self.folder)/\(heads[0])",
            ], in: place.project.root)
        #expect(stranger.status == 0, "\(stranger.output)\(stranger.errors)")
        // Another head, another token; the first stays as it is.
        try place.session.registry().audit(action: "note", subject: .experiment("e"))
        _ = try SignHead.anchor(as: nil, session: place.session)
        #expect(try place.files(".tst").count == 2 && place.files(".tst").contains(tokens[0]))
        // The end of the log cut is found by tokens alone.
        let status = try RunProgram.run(
            "/usr/bin/env",
            [
                "sqlite3", "Registry/registry.sqlite",
                """
                DROP TRIGGER audit_is_append_only_delete;
                DELETE FROM audit_rows WHERE sequence > 3; DELETE FROM audit_entry WHERE sequence > 3;
                DELETE FROM audit_head;
                CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit_entry
                    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
                """,
            ], in: place.project.root)
        #expect(status.status == 0, "\(status.errors)")
        try Paths.remove(place.project.file("Registry/audit-heads.jsonl"))
        let cut = try VerifyRecord.run(
            session: try place.project.session(actor: "eve"), anchorHours: VerifyRecord.anchorHours)
        #expect(cut.contains { $0.contains("timestamps of") && $0.contains("removed from the end") }, "\(cut)")
    }

    @Test("an answer that does not count is kept nowhere; whoever cannot be reached keeps other places from nothing")
    func hostile() throws {
        let place = try Place(more: "  - {directory: out/anchors}")
        for (mode, code) in [
            ("imprint", "anchor.timestamp"), ("nonce", "anchor.timestamp"), ("rejection", "anchor.timestamp"),
            ("foreign", "anchor.timestamp"), ("expired", "anchor.timestamp"), ("plain", "anchor.timestamp"),
            ("deep", "anchor.timestamp"), ("truncated", "anchor.timestamp"), ("trailing", "anchor.timestamp"),
            ("empty", "anchor.failed"), ("huge", "anchor.failed"), ("away", "anchor.failed"),
            ("error", "anchor.failed"),
        ] {
            try place.answer(mode)
            let found = place.project.code { _ = try SignHead.anchor(as: nil, session: place.session) }
            #expect(found == code, "\(mode): \(found ?? "anchored")")
            #expect(try place.files(".tst").isEmpty, "\(mode)")
        }
        #expect(try Paths.entries(place.project.file("out/anchors")).count == 13, "each head reached the directory")
        try place.answer("ok")
        _ = try SignHead.anchor(as: nil, session: place.session)
        #expect(try place.files(".tst").count == 1)
        // Nobody listens.
        try place.project.write(
            "schemaVersion: 1\nanchors: [{timestamp: \"http://127.0.0.1:9/\", certificates: Registry/tsa.pem}]\n",
            to: "Registry/hftml.yaml")
        let other = try place.project.session(actor: "ann@desk")
        #expect(place.project.code { _ = try SignHead.anchor(as: nil, session: other) } == "anchor.failed")
        for line in [
            "{timestamp: \"ftp://x/\", certificates: a}", "{timestamp: \"https://x/\"}", "{certificates: a}",
        ] {
            try place.project.write("schemaVersion: 1\nanchors: [\(line)]\n", to: "Registry/hftml.yaml")
            #expect(throws: ConfigError.self, "\(line)") { _ = try place.project.session(actor: "ann@desk") }
        }
    }

    @Test("a token that was damaged, is of another head or of another authority counts for nothing, and is told")
    func damaged() throws {
        let place = try Place()
        try place.project.gate()
        _ = try SignHead.anchor(as: nil, session: place.session)
        try place.session.registry().audit(action: "note", subject: .experiment("e"))
        _ = try SignHead.anchor(as: nil, session: place.session)
        #expect(try place.verify() == [])
        let tokens = try place.files(".tst"), heads = try place.files(".json")
        let first = try place.bytes(tokens[0]), second = try place.bytes(tokens[1])
        func told(_ words: String, _ change: () throws -> Void, _ back: () throws -> Void) throws {
            try change()
            let found = try place.verify()
            #expect(found.contains { $0.contains(words) }, "\(words): \(found)")
            try back()
            #expect(try place.verify() == [])
        }
        func named(_ bytes: [UInt8], like name: String) -> String {
            "\(name.dropLast(20))\(Digest.sha256(bytes).prefix(16)).tst"
        }
        func put(_ bytes: [UInt8], _ name: String) throws {
            if Paths.exists(place.path(name)) { try Paths.remove(place.path(name)) }
            try AtomicFile.write(bytes, to: place.path(name))
        }
        var altered = second
        altered[altered.count / 2] ^= 1
        try told("it is not the token of its name", { try put(altered, tokens[1]) }, { try put(second, tokens[1]) })
        // Under the name that fits it.
        let forged = named(altered, like: tokens[1])
        try told("\(forged) is no anchor", { try put(altered, forged) }, { try Paths.remove(place.path(forged)) })
        let reused = named(first, like: tokens[1])
        try told(
            "the imprint of something else", { try put(first, reused) }, { try Paths.remove(place.path(reused)) })
        let pem = try place.project.read("Registry/tsa.pem"), head = try place.bytes(heads[1])
        try told(
            "no pinned one vouches for",
            { try place.project.write(try place.authority.pem("other"), to: "Registry/tsa.pem") },
            { try place.project.write(pem, to: "Registry/tsa.pem") })
        try told(
            "cannot read the pinned certificates", { try Paths.remove(place.project.file("Registry/tsa.pem")) },
            { try place.project.write(pem, to: "Registry/tsa.pem") })
        try told("the head beside it was altered", { try put(head + [10], heads[1]) }, { try put(head, heads[1]) })
        // Without any token the log has lost its anchors; without the line nobody may say that there were none.
        let settings = try place.project.read("Registry/hftml.yaml")
        try place.project.write("schemaVersion: 1\n", to: "Registry/hftml.yaml")
        let forgotten = try VerifyRecord.run(session: try place.project.session(actor: "ann@desk"))
        #expect(forgotten.contains { $0.contains("found timestamps in Registry/timestamps") }, "\(forgotten)")
        try place.project.write(settings, to: "Registry/hftml.yaml")
        for name in tokens { try Paths.remove(place.path(name)) }
        #expect(try place.verify().contains { $0.contains("none of their anchors in timestamps of") })
    }

    @Test("the authority's clock counts: a head dated otherwise than its token is told")
    func clocks() throws {
        let ahead = Clock { Clock.system.now() + 3_600_000_000_000 }, place = try Place(clock: ahead)
        try place.session.registry().audit(action: "note", subject: .experiment("e"))
        let session = place.session
        #expect(place.project.code { _ = try SignHead.anchor(as: nil, session: session) } == "anchor.timestamp")
        #expect(try place.files(".tst").isEmpty, "what never counts is not kept: it would stop every promotion")
        // Asked for by hand, past the program.
        let head = try #require(try session.registry().auditHeads().last)
        try place.project.write(head.envelope, to: "out/head")
        let asked = try RunProgram.run(
            "/bin/sh",
            [
                "-c",
                """
                openssl ts -query -data out/head -sha256 -cert -out out/q 2>/dev/null
                curl -s -H 'Content-Type: application/timestamp-query' --data-binary @out/q $0 >out/r
                openssl ts -reply -in out/r -token_out -out out/t
                """, "http://127.0.0.1:\(place.server.port)/tsr",
            ], in: place.project.root)
        #expect(asked.status == 0, "\(asked.errors)")
        let token = try FileChunks.bytes(place.project.file("out/t"))
        let digits = String(head.sequence), number = String(repeating: "0", count: 10 - digits.count) + digits
        let base = "\(Self.folder)/\(number)-\(Digest.sha256(head.envelope).prefix(16))"
        try place.project.write(head.envelope, to: "\(base).json")
        try AtomicFile.write(token, to: place.project.file("\(base)-\(Digest.sha256(token).prefix(16)).tst"))
        #expect(try place.verify().contains { $0.contains("a clock was wrong, or a time was made up") })
    }
}
