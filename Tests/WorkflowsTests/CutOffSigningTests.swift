import Basics
import Deployment
import Foundation
import ModelBundles
import Testing
import Workflows

/// A signing that ends between the log's entry and the files, and what can fail before it.
@Suite struct CutOffSigningTests {
    /// `paper` with document 1 in force, and one change more to sign.
    private static func project() throws -> (TestProject, place: String) {
        let project = try TestProject()
        try project.environment()
        let file = "Registry/environments/paper/environment.yaml", text = try project.read(file)
        try project.write(text.replacing("maximumPosition: 1000", with: "maximumPosition: 900"), to: file)
        #expect(try project.read(file) != text)
        return (project, project.file("Registry/environments/paper"))
    }

    private static func failure(_ body: () throws -> Void) -> Failure? {
        do { try body() } catch { return error as? Failure }
        return nil
    }

    private static func sign(_ project: TestProject) throws -> SignEnvironment.Outcome {
        try SignEnvironment.sign(
            SignEnvironment.draft("paper", session: project.session), key: "paper-root", session: project.session)
    }

    @Test("a signing that ends after the log's entry is finished by the next one, and nothing else is signed for it")
    func cutOff() throws {
        let (project, place) = try Self.project()
        // The directory of kept documents cannot be written.
        try FileManager.default.moveItem(atPath: "\(place)/authority", toPath: "\(place)/aside")
        try project.write("no directory", to: "Registry/environments/paper/authority")
        #expect(throws: (any Error).self) { _ = try Self.sign(project) }
        try Paths.remove("\(place)/authority")
        try FileManager.default.moveItem(atPath: "\(place)/aside", toPath: "\(place)/authority")
        let failure = Self.failure { _ = try SignEnvironment.draft("paper", session: project.session) }
        #expect(failure?.code == "authority.gone" && failure?.message.contains("whose signing was cut off") == true)
        #expect(failure?.hint?.contains("hftml environments sign paper") == true)
        let before = try project.actions("environment.sign").count
        #expect(try FinishSigning.run("paper", session: project.session) == 2)
        #expect(try FinishSigning.run("paper", session: project.session) == nil)
        #expect(try project.actions("environment.sign").count == before)
        for file in ["authority.json", "authority/2.json", "inbox/2.authority.json"] {
            #expect(try AuthorityEnvelope(try FileChunks.text("\(place)/\(file)")).authority.counter == 2, "\(file)")
        }
        #expect(!Paths.exists("\(place)/authority.next.json"))
        #expect(try SignEnvironment.draft("paper", session: project.session).counter == 3)
    }

    @Test("a file with fewer signatures than were counted, or that the log does not know, is not put in force")
    func tooFew() throws {
        let project = try TestProject(), session = project.session
        try project.environment()
        let place = project.file("Registry/environments/paper"), next = "\(place)/authority.next.json"
        let file = "Registry/environments/paper/environment.yaml"
        _ = try ManageKeys.generate("second", session: session)
        let root = try #require(try project.read(file).split(separator: "\n").first { $0.hasPrefix("root:") })
        try project.write(
            try project.read(file).replacing(root, with: "root: {threshold: 2, keys: [paper-root, second]}"), to: file)
        #expect(try !Self.sign(project).isComplete)
        let half = try FileChunks.bytes(next)
        _ = try SignEnvironment.sign(
            SignEnvironment.draft("paper", session: session), key: "second", session: session)
        // A clone that has not pulled: one signature of two, and the log has the document.
        let whole = try FileChunks.bytes("\(place)/authority.json")
        func comeBack(_ bytes: [UInt8]) throws {
            try AtomicFile.write(bytes, to: next)
            try AtomicFile.write(try FileChunks.bytes("\(place)/authority/1.json"), to: "\(place)/authority.json")
            try Paths.remove("\(place)/authority/2.json")
        }
        try comeBack(half)
        #expect(try FinishSigning.run("paper", session: session) == nil)
        #expect(!Paths.exists("\(place)/authority/2.json"))
        let failure = Self.failure { _ = try SignEnvironment.draft("paper", session: session) }
        #expect(failure?.code == "authority.gone" && failure?.hint?.contains("git pull") == true)
        try AtomicFile.write(whole, to: next)
        #expect(try FinishSigning.run("paper", session: session) == 2)
    }

    @Test("a policy that was changed while its rules were read is not signed, and nothing is on record")
    func changedPolicy() throws {
        let (project, place) = try Self.project(), before = try project.actions("environment.sign").count
        let draft = try SignEnvironment.draft("paper", session: project.session)
        let policy = "Registry/gates/\(draft.policy).yaml"
        try project.write(try project.read(policy) + "validDays: 3\n", to: policy)
        let failure = Self.failure {
            _ = try SignEnvironment.sign(draft, key: "paper-root", session: project.session)
        }
        #expect(failure?.code == "authority.moved" && failure?.message.contains("was changed since") == true)
        try Paths.remove(project.file(policy))
        #expect(throws: (any Error).self) {
            _ = try SignEnvironment.sign(draft, key: "paper-root", session: project.session)
        }
        #expect(try project.actions("environment.sign").count == before)
        #expect(try AuthorityEnvelope(try FileChunks.text("\(place)/authority.json")).authority.counter == 1)
    }
}
