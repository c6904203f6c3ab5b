import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Workflows

/// What waits for a rollback, and what a rollback does not wait for.
@Suite struct HeldUpRollbackTests {
    @Test("nothing is promoted past a rollback that its host has not answered")
    func waiting() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        runtime.answer(.silence)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.no-receipt")
        let request = try project.request("m/2")
        func code() -> String? {
            project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: session) }
        }
        // What is in force still, and what is not.
        #expect(code() == "promote.rollback-waits")
        runtime.answer(.install)
        try runtime.port.accept(project.environment)
        #expect(try ListDeployments.run(environment: "paper", session: session).records.first?.version == 1)
        #expect(code() == "promote.old-gate")
    }

    @Test("a document that is gone, and a promotion elsewhere that cannot be ended, hold up no rollback")
    func damagedNeighbours() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        let first = try project.promote("m/1", runtime)
        for days in [6, 5] {
            try project.amend { $0.replacing("verdictDays: \(days + 1)", with: "verdictDays: \(days)") }
        }
        try project.promote("m/2", runtime)
        var other = PromotionRecord(
            bundle: String(repeating: "7", count: 64), model: "m", version: 2, environment: "broken", alias: "broken",
            share: 1, replaced: nil, path: "Registry/environments/broken/inbox/x", begunAt: session.clock.now())
        other.counter = 1
        try session.registry().begin(other, gate: "none")
        try project.write("{", to: "Registry/environments/broken/runtime.json")
        try Paths.remove("\(project.environment)/authority/2.json")
        try project.write("{}", to: "Registry/environments/paper/installed/history/000099.hftbundle")
        #expect(project.code { _ = try project.promote("m/1", runtime) } == "authority.gone")
        #expect(try project.rollBack(runtime).receipt.manifest == first.receipt.manifest)
    }

    @Test("a stranger's own document among the kept ones stops no rollback, and the refusal says whose it is")
    func strangersDocument() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let first = try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        let eve = SigningKey(generating: "eve"), place = "Registry/environments/paper/authority"
        var document = try AuthorityEnvelope(try project.read("\(place).json")).authority
        document.counter = 50
        document.root = try RootKeys(threshold: 1, keys: [eve.publicKey])
        try project.write(try AuthorityEnvelope(document, signer: eve).envelope.text, to: "\(place)/50.json")
        try project.write("{", to: "\(place)/51.json")
        #expect(project.code { _ = try project.promote("m/1", runtime) } == "authority.unreadable")
        try Paths.remove(project.file("\(place)/51.json"))
        do {
            _ = try ShowEnvironment.run("paper", session: project.session)
            Issue.record("a document of nobody's was passed over in silence")
        } catch let failure as Failure {
            #expect(failure.code == "authority.gone" && failure.message.contains("of its own alone (eve ("))
            #expect(failure.hint?.contains("50.json.aside") == true)
        }
        try project.write("{", to: "\(place)/51.json")
        let heard = Heard(), session = try heard.session(project)
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        request.wait = 0
        let outcome = try RollBack.run(request, runtime: runtime.port, session: session)
        #expect(outcome.receipt.manifest == first.receipt.manifest)
        for words in ["authority/51.json", "document 50 of 'paper', which does not follow"] {
            #expect(heard.all.contains { $0.contains(words) }, "\(words): \(heard.all)")
        }
    }

    @Test("a host that came back from an older copy is rolled back whatever its documents look like here")
    func behindBesideJunk() throws {
        for isJunk in [true, false] {
            let project = try TestProject(), runtime = FakeRuntime(), copy = project.file("out/installed")
            for days in [6, 5] {
                try project.amend { $0.replacing("verdictDays: \(days + 1)", with: "verdictDays: \(days)") }
            }
            for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
            let host = try DeploymentDirectory(project.environment)
            try FileManager.default.copyItem(atPath: host.installed, toPath: copy)
            #expect(try project.rollBack(runtime).receipt.counter == 3)
            try Paths.remove(host.installed)
            try FileManager.default.moveItem(atPath: copy, toPath: host.installed)
            let listed = try ListDeployments.run(environment: "paper", session: project.session)
            #expect(listed.problems.contains { $0.code == "host.behind" }, "\(listed.problems)")
            if isJunk {
                try project.write("{", to: "Registry/environments/paper/authority/9.json")
            } else {
                try Paths.remove("\(project.environment)/authority/2.json")
            }
            let code = project.code { _ = try ShowEnvironment.run("paper", session: project.session) }
            #expect(code == (isJunk ? "authority.unreadable" : "authority.gone"))
            let outcome = try project.rollBack(runtime)
            #expect(outcome.receipt.counter == 4 && outcome.receipt.version == 1, "what the record has")
        }
    }
}
