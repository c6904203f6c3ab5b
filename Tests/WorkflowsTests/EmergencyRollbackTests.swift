import Basics
import Deployment
import Foundation
import Registry
import Testing
import Workflows

/// Files of a workspace that cannot be read: a rollback makes safe all the same, and a promotion waits.
@Suite struct EmergencyRollbackTests {
    private static func project(_ runtime: FakeRuntime) throws -> TestProject {
        let project = try TestProject()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        try project.amend {
            $0.replacing("freezes: []", with: "freezes: [{from: 2031-12-21, to: 2032-01-03}]")
        }
        return project
    }

    private static func request(isActivating: Bool = true) -> RollBack.Request {
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        (request.wait, request.isActivating) = (0, isActivating)
        return request
    }

    /// One that would go through: judged under the document in force, and asked for before anything is laid there.
    private static func promotion(_ project: TestProject) throws -> PromoteModel.Request {
        try project.judge("m/1")
        return try project.request("m/1")
    }

    @Test("junk among trusted keys and an unreadable old document stop promotions, and no rollback: each is named")
    func junk() throws {
        let runtime = FakeRuntime(), project = try Self.project(runtime), heard = Heard()
        let promotion = try Self.promotion(project), session = try heard.session(project)
        try project.write("{", to: "Registry/environments/paper/authority/1.json")
        #expect(
            project.code { _ = try PromoteModel.run(promotion, runtime: runtime.port, session: session) }
                == "authority.unreadable")
        try project.write("{}", to: "Registry/trusted/x.pub.json")
        try project.write("no JSON", to: "Registry/trusted/y.pub.json")
        try FileManager.default.createDirectory(
            atPath: project.file("Registry/trusted/z.pub.json"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: project.file("Registry/trusted/gone.pub.json"), withDestinationPath: project.file("nowhere"))
        let outcome = try RollBack.run(Self.request(), runtime: runtime.port, session: session)
        #expect(outcome.receipt.version == 1 && outcome.aliases == ["paper"])
        for name in ["trusted/x.pub.json", "trusted/y.pub.json", "trusted/gone.pub.json", "authority/1.json"] {
            #expect(
                heard.all.count { $0.contains(name) && $0.contains("passed over for a rollback") } == 1,
                "\(name): \(heard.all)")
        }
    }

    @Test("junk among the project's keys stops no order of a rollback")
    func junkKeys() throws {
        let runtime = FakeRuntime(), project = try Self.project(runtime)
        try project.write("garbage", to: "Registry/keys/x.pub.json")
        try project.write("garbage", to: "Registry/keys/x.pub")
        #expect(
            project.code {
                _ = try RollBack.run(
                    Self.request(isActivating: false), runtime: runtime.port, session: project.session)
            } == "rollback.no-receipt", "the order waits for the host")
        #expect(try Paths.entries(project.environment + "/inbox").contains { $0.hasPrefix("rollback-3-") })
    }

    @Test("an unreadable file of the very key that signs may say that it was revoked: that one is not passed over")
    func ownFile() throws {
        for name in ["Registry/keys", "Registry/trusted"] {
            let runtime = FakeRuntime(), project = try Self.project(runtime)
            try project.write("garbage", to: "\(name)/paper-promoter.pub.json")
            let code = project.code {
                _ = try RollBack.run(
                    Self.request(isActivating: false), runtime: runtime.port, session: project.session)
            }
            #expect(code != nil && code != "rollback.no-receipt")
            #expect(try !Paths.entries(project.environment + "/inbox").contains { $0.hasSuffix(".hftbundle") })
        }
    }

    @Test("an old document that was taken away stops no rollback, and is told")
    func goneDocument() throws {
        let runtime = FakeRuntime(), project = try Self.project(runtime), heard = Heard()
        try Paths.remove(project.environment + "/authority/1.json")
        let session = try heard.session(project)
        #expect(try RollBack.run(Self.request(), runtime: runtime.port, session: session).receipt.version == 1)
        #expect(heard.all.contains { $0.contains(" and not document 1, ") })
    }

    @Test("junk that calls itself a newer document stops promotions, and no rollback: the host has its own")
    func newerDocument() throws {
        let runtime = FakeRuntime(), project = try Self.project(runtime), heard = Heard()
        // Nothing but the junk is in its way.
        let promotion = try Self.promotion(project), session = try heard.session(project)
        try project.write("{", to: "Registry/environments/paper/authority/3.json")
        #expect(
            project.code { _ = try PromoteModel.run(promotion, runtime: runtime.port, session: session) }
                == "authority.unreadable")
        #expect(try RollBack.run(Self.request(), runtime: runtime.port, session: session).receipt.version == 1)
        #expect(heard.all.contains { $0.contains("authority/3.json") && $0.contains("passed over for a rollback") })
    }
}
