import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Workflows

/// Hosts wherever they lie, held against the record: what is not in force there, and what should not be.
@Suite struct RecordedHostsTests {
    /// A further host outside Registry/environments.
    struct Further {
        let project: TestProject
        let host: DeploymentDirectory
        let runtime = FakeRuntime()

        init(_ project: TestProject) throws {
            let key = SigningKey(generating: "paper-host-2")
            self.project = project
            try project.environment()
            try project.write(key.publicKey.json.text(.pretty), to: "Registry/keys/paper-host-2.pub.json")
            try project.amend {
                $0.replacing(
                    "  - {key: paper-host, ", with: "  - {key: paper-host-2, roles: [host]}\n  - {key: paper-host, ")
            }
            host = try SecondHostTests.host(project, key: key)
            _ = try DeliverDocuments.run("paper", to: host.directory, session: project.session)
        }

        func promote(_ reference: String, judged: Bool = true) throws -> PromoteModel.Outcome {
            if judged {
                _ = try GateModel.run(
                    reference, policy: nil, strategy: project.strategy, features: project.features, against: nil,
                    threads: 1, environment: host.directory, key: "paper-gate", session: project.session)
            }
            var request = try project.request(reference)
            request.environment = host.directory
            return try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        }

        func rollBack(key: String = "paper-promoter", session: Session? = nil) throws -> RollBack.Outcome {
            var request = RollBack.Request(environment: host.directory, key: key, reason: "a test")
            request.wait = 0
            return try RollBack.run(request, runtime: runtime.port, session: session ?? project.session)
        }

        /// What the host has, kept or brought back.
        func move(_ from: String, to: String) throws {
            for name in ["installed", "receipts"] {
                try Paths.remove("\(to)/\(name)")
                try Paths.makeDirectory(to)
                try FileManager.default.copyItem(atPath: "\(from)/\(name)", toPath: "\(to)/\(name)")
            }
        }
    }

    @Test("a further host that came back with what was rolled back is told by everything that looks at it")
    func furtherBehind() throws {
        let project = try TestProject(), further = try Further(project), heard = Heard()
        let place = further.host.directory, copy = project.file("out/copy")
        for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        try further.move(place, to: copy)
        #expect(try further.rollBack().receipt.version == 1)
        func problems() throws -> [String] {
            try VerifyRecord.run(session: project.session).filter { $0.contains("came back from an older copy") }
        }
        #expect(try problems().isEmpty)
        try further.move(copy, to: place)
        #expect(try problems().count == 1)
        let listed = try ListDeployments.run(environment: nil, session: project.session)
        #expect(listed.problems.contains { $0.code == "host.behind" && $0.message.contains(place) })
        let items = try Inbox.run(as: "paper-promoter", session: project.session).items
        #expect(items.contains { $0.subject == place && $0.next.contains("hftml rollback \(place) ") })
        #expect(items.contains { $0.next.contains("--key paper-promoter") })
        _ = try DeliverDocuments.run("paper", to: place, session: try heard.session(project))
        #expect(heard.all.contains { $0.contains("came back from an older copy") })
        #expect(try further.rollBack().receipt.version == 1)
        #expect(try problems().isEmpty)
        // Gone from here: nobody takes silence for health.
        try FileManager.default.moveItem(atPath: place, toPath: project.file("out/away"))
        #expect(
            try VerifyRecord.gaps(session: project.session).contains {
                $0.contains("the host of '\(place)'") && $0.contains("is not seen from here")
            })
        #expect(
            try ListDeployments.run(environment: nil, session: project.session).problems.contains {
                $0.code == "host.unseen"
            })
    }

    @Test("a clone whose directory the host does not look into says that it does not see it")
    func unseen() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        let clone = try HandOverTests.Clone(project)
        func unseen(_ session: Session) throws -> [String] {
            try VerifyRecord.gaps(session: session).filter { $0.contains("is not seen from here") }
        }
        #expect(try unseen(project.session).isEmpty)
        #expect(try unseen(clone.session).count == 1)
    }

    @Test("a further host's documents that are older than the project's come first")
    func olderDocuments() throws {
        let project = try TestProject(), further = try Further(project), heard = Heard()
        for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        _ = try ManageKeys.generate("zed", session: project.session)
        try project.amend { $0.replacing("verdictDays: 7", with: "verdictDays: 6") }
        let command = "hftml environments deliver paper --to \(further.host.directory)"
        let session = try heard.session(project)
        let refused = #expect(throws: Failure.self) { try further.rollBack(key: "zed", session: session) }
        #expect(refused?.code == "promote.key" && refused?.hint == command, "\(refused as Any)")
        #expect(heard.all.contains { $0.hasSuffix(command) }, "\(heard.all)")
        var request = try project.request("m/1")
        (request.environment, request.key) = (further.host.directory, "zed")
        let promotion = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: further.runtime.port, session: session)
        }
        #expect(
            promotion?.code == "authority.gone" && promotion?.hint?.hasSuffix(command) == true, "\(promotion as Any)")
    }

    @Test("what was rejected and is in force is no promotion to do nothing about, and its promoter reads so")
    func rejectedStanding() throws {
        let project = try RejectedWeightsTests.project("carl"), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        let request = try project.request("m/2")
        #expect(try PromoteModel.run(request, runtime: runtime.port, session: project.session).isStanding)
        let draft = try SignStatement.draft(
            .rejection, "m/2", policy: nil, for: "paper", signer: "carl", reason: "leaks", session: project.session)
        _ = try SignStatement.sign(draft, key: "carl", session: project.session)
        let refused = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        }
        #expect(refused?.code == "deployment.rejected" && refused?.hint?.contains("hftml rollback paper ") == true)
        let items = try Inbox.run(as: "paper-promoter", session: project.session).items
        #expect(
            items.contains {
                $0.kind == .promotion && $0.what.contains("m/2 in force in 'paper'")
                    && $0.next.contains("hftml rollback paper --reason TEXT --key paper-promoter")
            }, "\(items)")
    }

    @Test("who rejects what runs at a further host reads so, whether or not that host is seen from here")
    func rejectedFurther() throws {
        let project = try RejectedWeightsTests.project("carl"), further = try Further(project), heard = Heard()
        for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        let session = try heard.session(project), place = further.host.directory
        func reject(_ reference: String) throws {
            let draft = try SignStatement.draft(
                .rejection, reference, policy: nil, for: "paper", signer: "carl", reason: "leaks", session: session)
            _ = try SignStatement.sign(draft, key: "carl", session: session)
        }
        try reject("m/2")
        #expect(heard.all.contains { $0.contains("found m/2 in force in '\(place)', and 'carl' rejected it") })
        let refused = #expect(throws: Failure.self) { try further.promote("m/2", judged: false) }
        #expect(refused?.code == "deployment.rejected", "\(refused as Any)")
        #expect(try further.rollBack().receipt.version == 1)
        try FileManager.default.moveItem(atPath: place, toPath: project.file("out/away"))
        try reject("m/1")
        #expect(
            heard.all.contains {
                $0.contains("found m/1 in force in '\(place)' by its receipts") && $0.contains("rollback \(place) ")
            }, "\(heard.all)")
    }

    @Test("a host's own rollback to what an earlier one had taken out is told while it is in force")
    func forgottenRollback() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        let left = try #require(
            try ListDeployments.run(environment: "paper", session: project.session).records.first?.manifest)
        try project.rollBack(runtime)
        #expect(try VerifyRecord.run(session: project.session).isEmpty)
        let host = try DeploymentDirectory(project.environment)
        try runtime.write(
            Receipt(
                environment: "paper", outcome: .rolledBack, bundle: String(repeating: "5", count: 64), counter: 4,
                name: "m", version: 2, manifest: left, time: try project.session.registry().now()), host)
        let told = try VerifyRecord.run(session: project.session).filter { $0.contains("has forgotten that") }
        #expect(told.count == 1 && told[0].contains("revision 3 had taken out"), "\(told)")
        let problems = try ListDeployments.run(environment: "paper", session: project.session).problems
        let problem = try #require(problems.first { $0.code == "host.rollback-forgotten" })
        #expect(problem.hint?.contains("hftml rollback paper --to 1 ") == true, "\(problem)")
    }

    @Test("a host elsewhere that signs health of an older revision than its newest receipt came back from a copy")
    func olderHealth() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try project.rollBack(runtime)
        let host = try DeploymentDirectory(project.environment), key = try SigningKey.read(host.hostKey)
        // Its receipts and its health are copied here, and nothing else.
        for path in [host.installed, host.hostKey] { try Paths.remove(path) }
        func report(_ seconds: Int64, inForce: Int? = nil) throws {
            let time = try project.session.registry().now() + seconds * 1_000_000_000
            let payload = JSONValue.map([
                "environment": .string("paper"), "counter": .int(2), "bundle": .string("x"),
                "time": .string(TimeText.utc(time)), "inForce": inForce.map { .int($0) } ?? .null,
            ])
            let signed = try Envelope(
                payloadType: HealthReport.payloadType, payload: payload.text(.compact), signer: key)
            try AtomicFile.write(signed.text + "\n", to: host.healthFile)
        }
        func problems() throws -> [String] {
            try VerifyRecord.run(session: project.session).filter { $0.contains("by its health report of") }
        }
        try report(-600)
        #expect(try problems().isEmpty, "of before the rollback")
        try report(2)
        #expect(try problems().count == 1)
        let listed = try ListDeployments.run(environment: "paper", session: project.session)
        let told = listed.problems.first { $0.code == "host.behind" }
        #expect(told?.message.hasSuffix("or its loop could not take up what is in force") == true, "\(told as Any)")
        #expect(told?.hint?.hasPrefix("see what is in force there: hftml-runtime status ") == true)
        // A loop that has to be started anew closes what it has, and says what is in force beside that.
        try report(3, inForce: 3)
        #expect(try problems().isEmpty)
        try report(3, inForce: 2)
        #expect(try problems().count == 1)
    }

    @Test("a host without its memory beside its own receipts takes nothing, and the way on is to recover it")
    func forgetful() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        let host = try DeploymentDirectory(project.environment)
        let name = try #require(try Paths.entries(host.receipts).last)
        // As a host names them.
        try FileManager.default.moveItem(
            atPath: "\(host.receipts)/\(name)", toPath: "\(host.receipts)/revision-2-abc.json")
        try Paths.remove(host.installed)
        let request = try project.request("m/2")
        let refused = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        }
        #expect(refused?.code == "host.behind" && refused?.message.contains("it takes nothing like this") == true)
        #expect(refused?.hint?.contains("&& hftml-runtime recover \(host.directory)") == true, "\(refused as Any)")
        #expect(refused?.hint?.contains("000002.hftbundle'") == true)
        let rollback = #expect(throws: Failure.self) { try project.rollBack(runtime) }
        #expect(rollback?.hint?.contains("hftml-runtime recover") == true, "\(rollback as Any)")
    }

    @Test("one revision's file that nobody can read stops no rollback to another")
    func unreadableRevision() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        let bundle = try project.promote("m/2", runtime).bundle
        let host = try DeploymentDirectory(project.environment)
        let store = project.file("Registry/artefacts")
        for path in try Paths.files(below: store) where path.replacing("/", with: "") == bundle {
            try Paths.remove("\(store)/\(path)")
        }
        try Paths.remove(host.revision(2))
        try Paths.makeDirectory(host.revision(2))
        #expect(try project.rollBack(runtime).receipt.version == 1)
    }

    @Test("a host whose installed/ cannot be looked into from here has lost nothing")
    func keptToItself() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        let host = try DeploymentDirectory(project.environment)
        // As where another account keeps it to itself; rights alone would not keep root from it.
        try FileManager.default.moveItem(atPath: host.installed, toPath: project.file("out/installed"))
        try FileManager.default.createSymbolicLink(atPath: host.installed, withDestinationPath: host.installed)
        #expect(try VerifyRecord.run(session: project.session).filter { $0.contains("older copy") }.isEmpty)
    }

    @Test("a host with another bundle under the record's number gets what the record has promoted again")
    func forkedWayOut() throws {
        let project = try TestProject(), runtime = FakeRuntime(), host = try DeploymentDirectory(project.environment)
        for version in ["m/2", "m/1"] { try project.promote(version, runtime) }
        let copy = project.file("out/installed")
        try FileManager.default.copyItem(atPath: host.installed, toPath: copy)
        try project.promote("m/2", runtime)
        try Paths.remove(host.installed)
        try FileManager.default.moveItem(atPath: copy, toPath: host.installed)
        let known = Set(try Paths.entries(host.receipts))
        try runtime.port.rollBack(host.directory, "op", "by hand")
        for name in try Paths.entries(host.receipts) where !known.contains(name) {
            try Paths.remove("\(host.receipts)/\(name)")
        }
        let listed = try ListDeployments.run(environment: "paper", session: project.session).problems
        let problem = try #require(listed.first { $0.code == "host.forked" }, "\(listed)")
        #expect(problem.hint?.contains("hftml promote m/2 --to paper") == true)
        try project.judge("m/2")
        let request = try project.request("m/2")
        let again = try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        #expect(again.receipt.counter == 4 && again.receipt.version == 2)
        #expect(try VerifyRecord.run(session: project.session).isEmpty)
    }
}
