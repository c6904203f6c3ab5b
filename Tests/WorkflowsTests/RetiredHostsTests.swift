import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Hosts that are one no more, and what lies at hosts and is no revision.
@Suite struct RetiredHostsTests {
    @Test("a further host that was taken out without a halt may trade on, and is told")
    func takenOut() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project)
        _ = try further.promote("m/1")
        try FileManager.default.moveItem(atPath: further.host.directory, toPath: project.file("out/away"))
        try project.amend { $0.replacing("  - {key: paper-host-2, roles: [host]}\n", with: "") }
        #expect(
            try VerifyRecord.gaps(session: project.session).contains {
                $0.contains("the host of '\(further.host.directory)'")
            })
    }

    @Test("a further host that was halted and taken out and whose directory is gone is looked for no more")
    func retired() throws {
        let project = try RejectedWeightsTests.project("carl"), further = try RecordedHostsTests.Further(project),
            heard = Heard()
        _ = try further.promote("m/1")
        let place = further.host.directory, session = project.session
        try further.runtime.port.halt(place, "ann", "moved")
        _ = try ListDeployments.run(environment: nil, session: session)
        try FileManager.default.moveItem(atPath: place, toPath: project.file("out/away"))
        func isUnseen() throws -> Bool {
            try VerifyRecord.gaps(session: session).contains { $0.contains("the host of '\(place)'") }
        }
        func resting() throws -> [String] { try ManageKeys.revocation(of: "paper-gate", session: session).resting }
        #expect(try isUnseen() && resting().contains { $0.contains("'\(place)'") })
        try project.amend { $0.replacing("  - {key: paper-host-2, roles: [host]}\n", with: "") }
        #expect(try !isUnseen())
        #expect(try !resting().contains { $0.contains("'\(place)'") })
        let draft = try SignStatement.draft(
            .rejection, "m/1", policy: nil, for: "paper", signer: "carl", reason: "leaks",
            session: try heard.session(project))
        _ = try SignStatement.sign(draft, key: "carl", session: try heard.session(project))
        #expect(!heard.all.contains { $0.contains(place) }, "\(heard.all)")
        let listed = try ListDeployments.run(environment: nil, session: session).entries.map(\.host)
        #expect(Set(listed) == ["paper-host-2"], "what it did stays, and is proven")
    }

    private static func lost(_ place: String) -> WithdrawPromotion.Request {
        var request = WithdrawPromotion.Request(environment: place)
        (request.wait, request.isHostLost, request.reason) = (0, true, "its disk burned")
        return request
    }

    private static func isUnseen(_ place: String, _ session: Session) throws -> Bool {
        try VerifyRecord.gaps(session: session).contains { $0.contains("the host of '\(place)' is not seen") }
    }

    @Test("a further host that is lost and nothing waits for ends by a promoter's word, in the place of a halt")
    func lostAlone() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project), session = project.session
        _ = try further.promote("m/1")
        let place = further.host.directory, runtime = further.runtime.port
        func withdraw(_ session: Session) throws -> WithdrawPromotion.Outcome {
            try WithdrawPromotion.run(Self.lost(place), runtime: runtime, session: session)
        }
        let here = #expect(throws: Failure.self) { try withdraw(session) }
        #expect(here?.code == "withdrawal.host-here" && here?.hint?.contains("hftml-runtime halt ") == true)
        let key = try SigningKey.read(further.host.hostKey).publicKey.id
        try FileManager.default.moveItem(atPath: place, toPath: project.file("out/away"))
        try project.amend { $0.replacing("  - {key: paper-host-2, roles: [host]}\n", with: "") }
        #expect(try Self.isUnseen(place, session))
        let own = project.file("Registry/keys/paper-promoter.key.json"), aside = project.file("out/promoter")
        try FileManager.default.moveItem(atPath: own, toPath: aside)
        #expect(project.code { _ = try withdraw(session) } == "promote.key")
        try FileManager.default.moveItem(atPath: aside, toPath: own)
        let outcome = try withdraw(session)
        #expect(outcome.lostHost == key && outcome.isUntold)
        #expect(outcome.what == "host \(key)")
        #expect(try !Self.isUnseen(place, session))
        #expect(project.code { _ = try withdraw(session) } == "promote.none", "it is known")
        let entry = try #require(try ReadAudit.entries(session: session).last { $0.action == "host.lost" })
        let text = try #require(try JSONParser.parse(entry.detail)[key: "withdrawal"]?.stringValue)
        let word = try Withdrawal(try Envelope(text))
        #expect(word.host == key && word.environment == "paper" && word.counter == 1)
    }

    @Test("a host that signs anything after the word that it is lost was not lost, and is looked for")
    func notLost() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project), session = project.session
        _ = try further.promote("m/1")
        let place = further.host.directory, away = project.file("out/away"), runtime = further.runtime.port
        try FileManager.default.moveItem(atPath: place, toPath: away)
        let outcome = try WithdrawPromotion.run(Self.lost(place), runtime: runtime, session: session)
        #expect(outcome.lostHost != nil)
        try FileManager.default.moveItem(atPath: away, toPath: place)
        try further.runtime.write(
            Receipt(
                environment: "paper", outcome: .resumed, bundle: "", reason: "x", person: "op",
                time: try session.registry().now() + 60_000_000_000, act: 1), further.host)
        _ = try ListDeployments.run(environment: nil, session: session)
        try FileManager.default.moveItem(atPath: place, toPath: away)
        try project.amend { $0.replacing("  - {key: paper-host-2, roles: [host]}\n", with: "") }
        #expect(try Self.isUnseen(place, session))
    }

    @Test("a host whose clock was set back between its halt and its resume trades, and is no retired one")
    func clockSetBack() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project), session = project.session
        _ = try further.promote("m/1")
        let place = further.host.directory, now = try session.registry().now()
        let acts: [(Int, Receipt.Outcome, Int64)] = [(1, .halted, 10), (2, .resumed, 3)]
        for (act, outcome, minutes) in acts {
            try further.runtime.write(
                Receipt(
                    environment: "paper", outcome: outcome, bundle: "", reason: "x", person: "op",
                    time: now + minutes * 60_000_000_000, act: act), further.host)
        }
        _ = try ListDeployments.run(environment: nil, session: session)
        try FileManager.default.moveItem(atPath: place, toPath: project.file("out/away"))
        try project.amend { $0.replacing("  - {key: paper-host-2, roles: [host]}\n", with: "") }
        #expect(
            try VerifyRecord.gaps(session: session).contains { $0.contains("the host of '\(place)' is not seen") })
    }

    @Test("what is no file in the place of a revision is to be moved away, since no look of the host removes it")
    func noFile() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        let host = try DeploymentDirectory(project.environment)
        try project.judge("m/2")
        let request = try project.request("m/2")
        try Paths.makeDirectory(host.revision(9))
        let told = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        }
        #expect(told?.code == "receipt.missing")
        #expect(told?.hint?.hasPrefix("move it away, as the host's account: mv '\(host.revision(9))' ") == true)
        try Paths.remove(host.revision(9))
        try AtomicFile.write("no bundle\n", to: host.revision(9))
        let file = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        }
        #expect(file?.hint?.hasPrefix("let the host look, which removes what never came in force") == true)
    }

    @Test("an environment of the project that cannot be looked at holds up no list of the others")
    func unreadable() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try Paths.makeDirectory(project.file("Registry/environments/other/runtime.json"))
        let listed = try ListDeployments.run(environment: nil, session: project.session)
        #expect(listed.records.count == 1)
        #expect(listed.problems.contains { $0.message.contains("'other'") }, "\(listed.problems)")
    }

    @Test("what was promoted and left twice names the rollback that left it last")
    func leftTwice() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        let first = try #require(
            try ListDeployments.run(environment: "paper", session: project.session).records.first?.manifest)
        let left = String(repeating: "7", count: 64), host = try DeploymentDirectory(project.environment)
        let acts: [(Receipt.Outcome, String)] = [
            (.installed, left), (.rolledBack, first), (.installed, left), (.rolledBack, first), (.rolledBack, left),
        ]
        for (index, (outcome, manifest)) in acts.enumerated() {
            try runtime.write(
                Receipt(
                    environment: "paper", outcome: outcome, bundle: String(repeating: "\(index)", count: 64),
                    counter: index + 2, name: "m", version: manifest == left ? 2 : 1, manifest: manifest,
                    time: try project.session.registry().now() + Int64(index)), host)
        }
        let told = try VerifyRecord.run(session: project.session).filter { $0.contains("has forgotten that") }
        #expect(told.count == 1 && told[0].contains("revision 5 had taken out"), "\(told)")
    }

    @Test("who ordered a rollback is in the report of its span")
    func reported() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try project.rollBack(runtime)
        let span = try ReportVersion.run(since: "2000-01-01", until: nil, session: project.session)
        #expect(span.entries.contains { $0.action == "rollback" && $0.actor == "ann@desk" })
    }
}
