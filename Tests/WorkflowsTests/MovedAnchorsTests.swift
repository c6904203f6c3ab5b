import Basics
import Foundation
import Testing
import Workflows

/// Anchors of the log on their way from Git into a directory, as the guide on GitLab has it.
@Suite struct MovedAnchorsTests {
    @Test("a new place for anchors stands beside the old one until it has a head, and then alone")
    func moved() throws {
        let project = try TestProject()
        try project.trust("log", roles: ["log"])
        let git = "{git: true}", directory = "{directory: \(project.file("anchors"))}"
        try Paths.makeDirectory(project.file("anchors"))
        func session(_ places: String...) throws -> Session {
            try project.write(
                "schemaVersion: 1\nanchors: [\(places.joined(separator: ", "))]\n", to: "Registry/hftml.yaml")
            return try project.session(actor: "ann@desk")
        }
        func problems(_ session: Session) throws -> [String] { try VerifyRecord.run(session: session) }
        let before = try session(git)
        _ = try SignHead.anchor(as: "log", session: before)
        #expect(try problems(before) == [])
        // Instead of it: somebody may have taken away what lay there. What to do is said.
        let alone = try problems(try session(directory))
        #expect(
            alone.contains {
                $0.contains("found no signed head of the audit log in") && $0.contains("hftml audit anchor")
            },
            "\(alone)")
        let both = try session(git, directory)
        _ = try SignHead.anchor(as: "log", session: both)
        #expect(try problems(both) == [])
        #expect(try problems(try session(directory)) == [])
    }
}
