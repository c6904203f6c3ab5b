import Basics
import Deployment
import ModelBundles
import TestSupport
import Testing
import Workflows

/// Two root keys sign at once, in two clones, and Git merges.
@Suite struct MergedSignaturesTests {
    private static let file = "Registry/environments/paper/authority.next.json"

    private static func project() throws -> TestProject {
        let project = try TestProject()
        for name in ["nora", "omar"] { _ = try ManageKeys.generate(name, session: project.session) }
        try project.environment()
        try write(project, root: "{threshold: 3, keys: [paper-root, nora, omar]}")
        return project
    }

    private static func write(_ project: TestProject, root: String) throws {
        let file = "Registry/environments/paper/environment.yaml", text = try project.read(file)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("root: ") ? "root: \(root)" : String($0)
        }
        try project.write(lines.joined(separator: "\n"), to: file)
    }

    /// The text of the file after somebody has signed it as it was.
    private static func signed(_ project: TestProject, _ before: String?, as name: String) throws -> String {
        if let before { try project.write(before, to: file) } else { try? Paths.remove(project.file(file)) }
        let draft = try SignEnvironment.draft("paper", session: project.session)
        #expect(try !SignEnvironment.sign(draft, key: name, session: project.session).isComplete)
        return try project.read(file)
    }

    private static func merge(_ project: TestProject, _ base: String, _ ours: String, _ theirs: String) throws
        -> (text: String, notes: [String])
    {
        let sides = try [("base", base), ("ours", ours), ("theirs", theirs)].map {
            try project.write($0.1, to: "out/\($0.0)")
        }
        let notes = try MergeVersionedFiles.run(
            base: sides[0], ours: sides[1], theirs: sides[2], path: file, in: project.session.workspace)
        return (try project.read("out/ours"), notes)
    }

    @Test("signatures of one text are joined")
    func sameText() throws {
        let project = try Self.project(), base = try Self.signed(project, nil, as: "paper-root")
        let ours = try Self.signed(project, base, as: "nora"), theirs = try Self.signed(project, base, as: "omar")
        let merged = try Self.merge(project, base, ours, theirs)
        #expect(try Envelope(merged.text).signatures.count == 3 && merged.notes.isEmpty)
    }

    @Test("of two texts ours stays, and whose signature is gone is said")
    func otherText() throws {
        let project = try Self.project(), ours = try Self.signed(project, nil, as: "nora")
        try Self.write(project, root: "{threshold: 2, keys: [paper-root, nora, omar]}")
        let theirs = try Self.signed(project, nil, as: "omar")
        let merged = try Self.merge(project, "", ours, theirs)
        #expect(merged.text == ours)
        #expect(merged.notes.count == 1 && merged.notes[0].contains("signatures of omar on the other text are gone"))
    }

    @Test("a later number stays only where somebody has signed it whose word counts as much")
    func laterNumber() throws {
        let project = try Self.project(), session = project.session
        let ours = try Self.signed(project, nil, as: "paper-root"), mine = try AuthorityEnvelope(ours)
        _ = try ManageKeys.generate("eve", session: session)
        /// The same with another number, and perhaps with root keys of whoever drew it up.
        func later(by name: String, root: [PublicKey]? = nil) throws -> AuthorityEnvelope {
            var document = mine.authority
            document.counter = 9999
            if let root { document.root = try RootKeys(threshold: 1, keys: root) }
            return try AuthorityEnvelope(document, signer: PrivateKeys.signer(name, session: session))
        }
        func merged(_ theirs: String) throws -> (text: String, notes: [String]) {
            let sides = try [("base", ""), ("ours", ours), ("theirs", theirs)].map {
                try project.write($0.1, to: "out/\($0.0)")
            }
            let notes = try MergeVersionedFiles.run(
                base: sides[0], ours: sides[1], theirs: sides[2], path: project.file(Self.file), in: session.workspace)
            return (try project.read("out/ours"), notes)
        }
        let stranger = try later(by: "eve")
        #expect(try merged(stranger.envelope.text + "\n").text == ours, "signed by no root key")
        let eve = try PublicKey.read(project.file("Registry/keys/eve.pub.json"))
        let own = try later(by: "eve", root: [eve])
        let told = try merged(own.envelope.text + "\n")
        #expect(told.text == ours, "signed by root keys of its own, against one of the document in force")
        #expect(
            told.notes.count == 1
                && told.notes[0].contains("was drawn up on our side, and document 9999 on the other; our side stays"))
        let good = try later(by: "paper-root")
        #expect(try merged(good.envelope.text + "\n").text == good.envelope.text + "\n")
    }

    @Test("a file with Git's conflict marks is told as that, and nobody's signature is thrown away")
    func conflictMarks() throws {
        let project = try Self.project(), ours = try Self.signed(project, nil, as: "nora")
        try project.write("<<<<<<< ours\n\(ours)=======\n\(ours)>>>>>>> theirs\n", to: Self.file)
        let error = #expect(throws: Failure.self) { try SignEnvironment.draft("paper", session: project.session) }
        #expect(error?.code == "authority.unreadable" && error?.hint?.contains("git checkout --theirs") == true)
        #expect(error?.hint?.contains("rm '") == false, "\(error as Any)")
    }

    @Test("conflict marks among the heads of the log are told once, by their lines, with what to do")
    func marksAmongHeads() throws {
        let project = try TestProject(), path = "Registry/audit-heads.jsonl"
        try project.judge("m/1", for: "paper")
        let heads = Paths.exists(project.file(path)) ? try project.read(path) : ""
        try project.write("<<<<<<< HEAD\n\(heads)=======\n>>>>>>> other\n", to: path)
        let told = try VerifyRecord.run(session: project.session).filter { $0.contains("audit-heads.jsonl") }
        #expect(told.count == 1 && told[0].contains("line 1, ") && told[0].contains("keep all others"), "\(told)")
    }
}
