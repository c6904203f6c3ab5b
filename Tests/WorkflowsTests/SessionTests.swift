import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// Names that identities rest on.
@Suite struct SessionTests {
    @Test("an environment has one name on record, however it is typed: two promotions to one place must meet")
    func environments() throws {
        let directory = try TemporaryDirectory(), root = directory.file("project"),
            elsewhere = directory.file("host/live")
        for path in ["\(root)/.dvc", "\(root)/Registry/environments/paper", "\(root)/Pipelines/demo", elsewhere] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(atPath: directory.file("link"), withDestinationPath: root)
        let session = try Session(Caller(actor: "tests"), at: root)
        for typed in [
            "paper", "\(root)/Registry/environments/paper", "\(root)/Registry/environments/paper/",
            "\(root)/Pipelines/demo/../../Registry/environments/./paper",
            directory.file("link/Registry/environments/paper"),
        ] {
            #expect(session.environmentName(typed) == "paper", "\(typed)")
            #expect(Paths.isDirectory(session.environmentPath(session.environmentName(typed))))
        }
        // A path elsewhere stays a path, the same from every directory; a name that nobody has made stays a name.
        #expect(session.environmentName("\(elsewhere)/../live") == Paths.resolved(elsewhere))
        #expect(
            session.environmentName(Paths.relative(elsewhere, to: FileManager.default.currentDirectoryPath))
                == Paths.resolved(elsewhere))
        #expect(session.environmentName("staging") == "staging")
        #expect(session.environmentName("\(root)/Registry/environments/none") == "none")
        // A link is its target, whether it is typed as a name or as a path.
        for (name, target) in [("alias", "paper"), ("far", elsewhere)] {
            let link = "\(root)/Registry/environments/\(name)"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
            let expected = name == "alias" ? "paper" : Paths.resolved(elsewhere)
            #expect(session.environmentName(name) == expected && session.environmentName(link) == expected)
            #expect(session.environmentWay(name) == link, "the link is asked of Git")
        }
    }
}
