import Basics
import Foundation
import Registry
import Testing
import Workflows

/// The project that other tests start from.
@Suite struct TestProjectTests {
    @Test("a trained project holds two registered versions that its registry vouches for")
    func trained() throws {
        let project = try TestProject()
        let versions = try project.session.registry().versions()
        #expect(versions.map(\.reference) == ["m/1", "m/2"])
        #expect(versions[0].weights != versions[1].weights)
        #expect(try VerifyRecord.run(session: project.session) == [])
        #expect(project.session.root == Paths.resolved(project.root))
    }

    @Test("two projects share nothing")
    func separate() throws {
        let one = try TestProject(), two = try TestProject()
        try one.session.registry().setTags([("tier", "1")], of: .model("m"))
        #expect(try one.session.registry().tags(of: .model("m")).map(\.value) == ["1"])
        #expect(try two.session.registry().tags(of: .model("m")).isEmpty)
    }
}
