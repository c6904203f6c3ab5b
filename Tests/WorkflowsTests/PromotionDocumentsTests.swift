import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// The documents that a promotion writes are held against their digests in the log.
@Suite struct PromotionDocumentsTests {
    private static func verify(_ project: TestProject) throws -> [String] {
        try VerifyRecord.run(session: project.session)
    }

    private static func notes(_ project: TestProject) throws -> [String] {
        try VerifyRecord.gaps(session: project.session)
    }

    private static func git(_ project: TestProject, _ arguments: String...) throws {
        let result = try RunProgram.run(
            "/usr/bin/git", ["-c", "user.name=t", "-c", "user.email=t@t"] + arguments, in: project.root)
        #expect(result.status == 0, "\(arguments): \(result.errors)")
    }

    /// Where the documents of the promotion of `m/1` to paper lie, from the root of the project.
    private static func place(_ bundle: String) -> String { "Registry/promotions/paper-m-1-\(bundle.prefix(12))" }

    @Test("a document of a promotion that was altered afterwards is named, with what was expected and the way back")
    func altered() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let place = Self.place(try project.promote("m/1", runtime).bundle)
        let files = try Paths.entries(project.file(place))
        #expect(files.count == 6 && files.contains("status.json"))
        #expect(try Self.verify(project) == [] && Self.notes(project).allSatisfy { $0.contains("anchorHours") })
        for file in files {
            let path = "\(place)/\(file)", text = try project.read(path)
            try project.write(text.replacing("a", with: "b", maxReplacements: 1), to: path)
            let problems = try Self.verify(project)
            #expect(
                problems.count == 1
                    && problems[0].contains("found \(path) altered since m/1 was promoted: SHA-256 ")
                    && problems[0].contains("expected \(Digest.sha256(text).prefix(12)) by the log; no commit has it"),
                "\(file): \(problems)")
            try project.write(text, to: path)
        }
        try Self.git(project, "add", place)
        try Self.git(project, "commit", "-qm", "promoted")
        let card = "\(place)/model-card.md"
        try project.write("All is well.\n", to: card)
        #expect(try Self.verify(project).contains { $0.hasSuffix("bring it back: git checkout -- '\(card)'") })
        // What was promoted before holds up nothing that is promoted now.
        try project.promote("m/2", runtime)
        try Self.git(project, "commit", "-qam", "altered")
        #expect(try Self.verify(project).contains { $0.hasSuffix("git log -- '\(card)'") })
        try Self.git(project, "checkout", "-q", "HEAD~1", "--", card)
        #expect(try Self.verify(project) == [])
        // Neither a link nor a pipe is read.
        try Paths.remove(project.file(card))
        #expect(mkfifo(project.file(card), 0o600) == 0)
        #expect(try Self.verify(project).contains { $0.contains("no file that can be read, expected ") })
    }

    @Test("what became of a promotion is in the log as its file says it, refused or withdrawn as well")
    func status() throws {
        let project = try TestProject(), runtime = FakeRuntime(.refuse("the golden pair differs"))
        #expect(throws: Failure.self) { try project.promote("m/1", runtime) }
        let directory = try #require(try Paths.entries(project.file("Registry/promotions")).first)
        let path = "Registry/promotions/\(directory)/status.json", text = try project.read(path)
        #expect(try Self.verify(project) == [] && text.contains("refused"))
        try project.write(text.replacing("refused", with: "installed"), to: path)
        #expect(try Self.verify(project).contains { $0.contains("found \(path) altered") })
    }

    @Test("documents that are gone are told, and so is what was put beside them; neither is a changed record")
    func gone() throws {
        let project = try TestProject(), place = Self.place(try project.promote("m/1", FakeRuntime()).bundle)
        try Self.git(project, "add", place)
        try Self.git(project, "commit", "-qm", "promoted")
        func told(_ words: String) throws {
            let notes = try Self.notes(project)
            #expect(notes.contains { $0.contains(words) }, "\(words): \(notes)")
            #expect(try Self.verify(project) == [])
        }
        try Paths.remove(project.file("\(place)/bom.cdx.json"))
        try told(
            "found no \(place)/bom.cdx.json, which was written for the promotion of m/1: bring it back: git checkout")
        try project.write("approved", to: "\(place)/approval.txt")
        try told("found \(place)/approval.txt, which was not written for a promotion")
        try Paths.remove(project.file(place))
        try told("nothing could be compared with the log (1): \(Paths.name(place))")
        try project.write("{}", to: "Registry/promotions/paper-m-9-abc/model-card.json")
        try told("of no promotion on record: what lies there nobody promoted (1): paper-m-9-abc")
    }

    @Test("promotions of before the log had digests are said to be unchecked")
    func old() throws {
        let project = try TestProject(), registry = try project.session.registry()
        func begin(_ bundle: String, at counter: Int) throws -> PromotionRecord {
            var promotion = PromotionRecord(
                bundle: bundle, model: "m", version: 1, environment: "paper", alias: "paper", share: 1, replaced: nil,
                path: "x", begunAt: registry.now())
            promotion.counter = counter
            try registry.begin(promotion, gate: "g")
            try project.write("# Card\n", to: "\(Self.place(bundle))/model-card.md")
            try project.write("{}\n", to: "\(Self.place(bundle))/status.json")
            return promotion
        }
        let first = String(repeating: "a", count: 64), second = String(repeating: "b", count: 64)
        try registry.end(try begin(first, at: 1), .refused, reason: "x")
        let promotion = try begin(second, at: 2)
        try registry.audit(
            action: "promotion.documents", subject: promotion.subject,
            detail: .map([
                "bundle": .string(second),
                "documents": .map([("model-card.md", .string(Digest.sha256("# Card\n")))]),
            ]))
        try registry.end(promotion, .refused, reason: "x")
        let notes = try Self.notes(project)
        #expect(
            notes.contains { $0.hasSuffix("altered is unchecked (1): \(Paths.name(Self.place(first)))") }, "\(notes)")
        #expect(notes.contains { $0.contains("digest of status.json") && $0.contains("(1): paper-m-1-bbbb") })
        #expect(try Self.verify(project) == [])
    }
}
