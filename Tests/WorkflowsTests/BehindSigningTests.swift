import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Workflows

/// A clone that is behind: the log knows of documents, begun or complete, that are not here.
@Suite struct BehindSigningTests {
    private static let place = "Registry/environments/paper"
    private static let next = "\(place)/authority.next.json"

    private static func failure(_ body: () throws -> Void) -> Failure? {
        do { try body() } catch { return error as? Failure }
        return nil
    }

    private static func draft(_ project: TestProject, isLost: Bool = false) throws -> SignEnvironment.Draft {
        try SignEnvironment.draft("paper", isLost: isLost, session: project.session)
    }

    @discardableResult
    private static func sign(_ project: TestProject, as name: String, isLost: Bool = false) throws -> Bool {
        try SignEnvironment.sign(draft(project, isLost: isLost), key: name, session: project.session).isComplete
    }

    /// `paper`, whose document 2 two of two root keys signed; the first of them has begun document 3, and the clone is
    /// that of the second, who has not pulled.
    private static func begun() throws -> (TestProject, begun: String) {
        let project = try TestProject()
        _ = try ManageKeys.generate("nora", session: project.session)
        try project.environment()
        let file = "\(place)/environment.yaml", text = try project.read(file)
        let root = try #require(text.split(separator: "\n").first { $0.hasPrefix("root:") })
        let two = text.replacing(root, with: "root: {threshold: 2, keys: [paper-root, nora]}")
        try project.write(two, to: file)
        try sign(project, as: "paper-root")
        #expect(try sign(project, as: "nora"))
        try project.write(two.replacing("maximumPosition: 1000", with: "maximumPosition: 900"), to: file)
        #expect(try !sign(project, as: "paper-root"))
        let begun = try project.read(next)
        try project.write(two, to: file)
        try Paths.remove(project.file(next))
        return (project, begun)
    }

    @Test("a document that another root key has begun, and that is not here, is fetched before a rival is signed")
    func elsewhere() throws {
        let (project, begun) = try Self.begun(), session = project.session
        func refused(_ key: String, isLost: Bool = false) -> Failure? {
            Self.failure {
                try SignEnvironment.requireSeen(
                    try Self.draft(project, isLost: isLost), key: key, isLost: isLost)
            }
        }
        let told = refused("nora")
        #expect(told?.code == "authority.gone" && told?.message.contains("document 3") == true, "\(told as Any)")
        #expect(told?.message.contains("begun on record, signed by paper-root, and not here") == true)
        #expect(told?.hint?.contains("git pull") == true)
        #expect(told?.hint?.hasSuffix("hftml environments sign paper --as KEY --lost") == true)
        #expect(refused("paper-root") == nil, "they know what they alone have signed")
        let inbox = try Inbox.run(as: "nora", session: session)
        #expect(inbox.items.contains { $0.what == told?.message && $0.next.contains("git pull") }, "\(inbox.items)")
        #expect(try !Inbox.run(as: "paper-root", session: session).items.contains { $0.what == told?.message })
        // Here, it is signed.
        try project.write(begun, to: Self.next)
        #expect(refused("nora") == nil)
        try Paths.remove(project.file(Self.next))
        // Whoever has looked and found none goes on: what was begun takes nobody's place as one that was complete does.
        #expect(refused("nora", isLost: true) == nil)
        let draft = try Self.draft(project, isLost: true)
        #expect(draft.counter == 3 && SignEnvironment.lossRemarks(draft).isEmpty)
        let unchanged = Self.failure { try SignEnvironment.requireChange(draft, isRenewal: false, session: session) }
        #expect(unchanged?.hint?.hasSuffix("--renew --lost") == true, "\(unchanged as Any)")
        #expect(try !Self.sign(project, as: "nora", isLost: true))
        #expect(refused("nora") == nil && refused("paper-root") == nil, "the newest that was begun lies here")
        // A clone that has the earlier one is told of the later.
        let rival = try project.read(Self.next)
        try project.write(begun, to: Self.next)
        try project.write(
            try project.read("\(Self.place)/environment.yaml").replacing(
                "maximumPosition: 1000", with: "maximumPosition: 900"), to: "\(Self.place)/environment.yaml")
        #expect(refused("paper-root")?.message.contains("signed by nora") == true)
        try project.write(
            try project.read("\(Self.place)/environment.yaml").replacing(
                "maximumPosition: 900", with: "maximumPosition: 1000"), to: "\(Self.place)/environment.yaml")
        try project.write(rival, to: Self.next)
        #expect(try Self.sign(project, as: "paper-root"))
        #expect(refused("nora") == nil && refused("paper-root") == nil, "what was completed ends what was begun")
        #expect(project.code { _ = try Self.draft(project, isLost: true) } == "sign.not-lost")
    }

    @Test("a first document that was begun elsewhere comes before names of the template; a stranger's word does not")
    func first() throws {
        let project = try TestProject(.empty), session = project.session
        let ann = try ManageKeys.generate("ann", session: session)
        var request = InitializeEnvironment.Request(environment: "live", policy: "easy")
        request.root = ["ann"]
        _ = try InitializeEnvironment.run(request, session: session)
        func enter(_ keyID: String) throws {
            try session.registry().audit(
                action: "environment.sign", subject: .environment("live"),
                detail: .map([
                    "counter": .int(1), "document": .string(String(repeating: "1", count: 64)),
                    "signer": .string("ann"), "keyID": .string(keyID), "complete": .bool(false),
                ]))
        }
        func code(isLost: Bool = false) -> String? {
            project.code { _ = try SignEnvironment.draft("live", isLost: isLost, session: session) }
        }
        try enter(SigningKey(generating: "eve").publicKey.id)
        #expect(code() == "authority.key", "another project's, by its key")
        try enter(ann.id)
        #expect(code() == "authority.gone" && code(isLost: true) == "authority.key")
        _ = try ManageKeys.generate("zoe", session: session)
        let nobody = Self.failure { _ = try Inbox.run(as: "zoe", session: session) }
        #expect(nobody?.code == "inbox.nobody" && nobody?.message.contains("live: found document 1") == true)
        #expect(nobody?.hint?.contains("git pull && hftml inbox --as zoe") == true, "\(nobody?.hint ?? "")")
        #expect(nobody?.hint?.contains("keys trust") == false)
    }

    @Test("a document that waits although environment.yaml says again what is in force is named, with its way back")
    func waiting() throws {
        let (project, begun) = try Self.begun()
        try project.write(begun, to: Self.next)
        let told = Self.failure {
            try SignEnvironment.requireChange(
                try Self.draft(project), isRenewal: false, session: project.session)
        }
        #expect(told?.code == "authority.unchanged" && told?.message.contains("waits for root keys") == true)
        #expect(told?.hint?.contains("rm '\(Self.next)'") == true, "\(told?.hint ?? "")")
    }

    /// Document 1 in the files, where the log has document 2, by a changed `environment.yaml` or the same.
    private static func behind() throws -> (TestProject, changed: String) {
        let project = try TestProject()
        try project.environment()
        let first = try project.read("\(place)/authority.json"), file = "\(place)/environment.yaml"
        let text = try project.read(file)
        try project.amend { $0.replacing("maximumPosition: 1000", with: "maximumPosition: 900") }
        let changed = try project.read(file)
        #expect(changed != text)
        try Paths.remove(project.file("\(place)/authority/2.json"))
        try project.write(first, to: "\(place)/authority.json")
        try project.write(text, to: file)
        return (project, changed)
    }

    @Test("a document that is laid out again beside an environment.yaml of before is said to differ, with what to do")
    func differs() throws {
        let (project, _) = try Self.behind()
        let restored = try #require(try FinishSigning.restore("paper", session: project.session))
        #expect(restored.counter == 2 && restored.remarks.contains { $0.contains("maximumPosition") })
        let away = "rm '\(Self.place)/authority/2.json' && git checkout -- '\(Self.place)/authority.json' && git pull"
        #expect(restored.remarks.contains { $0.hasSuffix(away) }, "\(restored.remarks)")
        #expect(restored.remarks.last?.hasSuffix("hftml environments show paper") == true)
        let (same, changed) = try Self.behind()
        try same.write(changed, to: "\(Self.place)/environment.yaml")
        #expect(try FinishSigning.restore("paper", session: same.session)?.remarks == [])
    }

    @Test("the inbox of a root key says what a clone that is behind lacks, and sends nobody to be trusted")
    func inbox() throws {
        let (project, _) = try Self.behind()
        let inbox = try Inbox.run(as: "paper-root", session: project.session)
        #expect(inbox.roles == ["root of paper"])
        let item = try #require(inbox.items.first { $0.what.contains("the audit log has document 2") })
        #expect(item.kind == .environment && item.next.contains("git pull"))
        #expect(item.what.contains("signed last by 'paper-root'"), "\(item.what)")
    }

    @Test("a delivery out of a clone that is behind brings what is here, and says that it is not the newest")
    func delivery() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project), host = further.host
        let second = try project.read("\(Self.place)/authority.json")
        try project.amend { $0.replacing("verdictDays: 7", with: "verdictDays: 6") }
        try Paths.remove(project.file("\(Self.place)/authority/3.json"))
        try project.write(second, to: "\(Self.place)/authority.json")
        try Paths.remove(host.authorityFile)
        let told = Self.failure {
            _ = try DeliverDocuments.run("paper", to: host.directory, session: project.session)
        }
        #expect(told?.code == "authority.gone" && told?.message.contains("has document 3") == true, "\(told as Any)")
        #expect(told?.hint?.contains("git pull") == true)
        let command = "hftml environments deliver paper --to \(host.directory)"
        #expect(told?.hint?.hasSuffix(command) == true, "\(told?.hint ?? "")")
        #expect(try FileChunks.text(host.authorityFile) == second)
        #expect(try FinishSigning.restore("paper", session: project.session)?.counter == 3)
        let gate = Self.failure { _ = try further.promote("m/1") }
        #expect(gate?.code == "authority.gone" && gate?.hint?.contains("git pull; then") == true)
        #expect(gate?.hint?.hasSuffix(command) == true, "\(gate?.hint ?? "")")
        #expect(try DeliverDocuments.run("paper", to: host.directory, session: project.session).counter == 3)
    }

    @Test("of six clones that sign at once, each with a lock of its own, one makes the next document")
    func signedElsewhere() async throws {
        let project = try TestProject()
        try project.environment()
        let clones = try (1...6).map { _ in try HandOverTests.Clone(project) }
        let drafts = try clones.map { try SignEnvironment.draft("paper", session: $0.session) }
        let codes = await withTaskGroup(of: String.self) { group in
            for (clone, draft) in zip(clones, drafts) {
                group.addTask {
                    do {
                        _ = try SignEnvironment.sign(draft, key: "paper-root", session: clone.session)
                        return ""
                    } catch { return (error as? any UserFacingError)?.code ?? "\(error)" }
                }
            }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(codes.count { $0.isEmpty } == 1, "\(codes)")
        #expect(Set(codes).isSubset(of: ["", "authority.gone", "authority.moved"]), "\(codes)")
        let entries = try ReadAudit.entries(session: project.session).filter { $0.action == "environment.sign" }
        #expect(entries.count == 2, "one of document 1, one of document 2")
        for clone in clones {
            let places = try Paths.entries("\(clone.session.root)/Registry/environments/paper")
            #expect(!places.contains("authority.next.json"))
        }
    }
}
