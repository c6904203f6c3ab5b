import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Workflows

/// A host that has something older in force than the record, or nothing at all.
@Suite struct HostBehindTests {
    private static func copy(_ project: TestProject, to place: String) throws {
        for name in ["installed", "receipts"] {
            let target = "\(project.environment)/\(name)"
            try FileManager.default.copyItem(atPath: target, toPath: project.file("\(place)-\(name)"))
        }
    }

    private static func bringBack(_ project: TestProject, from place: String) throws {
        for name in ["installed", "receipts"] {
            let target = "\(project.environment)/\(name)"
            try Paths.remove(target)
            try FileManager.default.moveItem(atPath: project.file("\(place)-\(name)"), toPath: target)
        }
    }

    private static func problems(_ project: TestProject) throws -> [String] {
        try VerifyRecord.run(session: project.session).filter { $0.contains("came back from an older copy") }
    }

    @Test("a host that came back with what was rolled back is told, and a rollback puts back what the record has")
    func snapshot() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try Self.copy(project, to: "copy")
        #expect(try project.rollBack(runtime).receipt.version == 1)
        #expect(try Self.problems(project).isEmpty)
        try Self.bringBack(project, from: "copy")
        #expect(try Self.problems(project).count == 1)
        let listed = try ListDeployments.run(environment: "paper", session: session)
        #expect(listed.problems.contains { $0.code == "host.behind" })
        try project.judge("m/2")
        let request = try project.request("m/2")
        let code = project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: session) }
        #expect(code == "host.behind", "nothing else before what was in force is back")
        let back = try project.rollBack(runtime)
        #expect(back.receipt.version == 1 && back.receipt.counter == 4)
        #expect(try Self.problems(project).isEmpty)
    }

    @Test("a host that lost all that it had is not called in force, and gets what the record has promoted again")
    func lost() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        for name in ["installed", "receipts"] { try Paths.remove("\(project.environment)/\(name)") }
        func nothing() throws -> [String] {
            try VerifyRecord.run(session: session).filter { $0.contains("found nothing in force at the host of") }
        }
        #expect(try nothing().count == 1)
        let refused = #expect(throws: Failure.self) { try project.rollBack(runtime) }
        #expect(refused?.code == "rollback.none" && refused?.hint?.contains("hftml promote m/2 --to paper") == true)
        let request = try project.request("m/2")
        let again = try PromoteModel.run(request, runtime: runtime.port, session: session)
        #expect(!again.isStanding && again.receipt.counter == 3)
        #expect(try PromoteModel.run(request, runtime: runtime.port, session: session).isStanding)
        #expect(try nothing().isEmpty)
    }

    @Test("a host that lost its memory gets all that came in force back, so that rollbacks reach it")
    func wholeWay() throws {
        let project = try TestProject(), runtime = FakeRuntime(), host = try DeploymentDirectory(project.environment)
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        for (index, name) in try Paths.entries(host.receipts).sorted().enumerated() {
            // As a host names them.
            try FileManager.default.moveItem(
                atPath: "\(host.receipts)/\(name)", toPath: "\(host.receipts)/revision-\(index + 1)-abc.json")
        }
        try Paths.remove(host.installed)
        let listed = try ListDeployments.run(environment: "paper", session: project.session).problems
        let hint = try #require(listed.first { $0.code == "host.behind" }?.hint, "\(listed)")
        let words = hint.split(separator: " && ").map(String.init)
        let copies = words.filter { $0.hasPrefix("cp ") }.map { $0.split(separator: "'").map(String.init) }
        #expect(copies.compactMap(\.last) == [host.revision(1), host.revision(2)], "\(hint)")
        #expect(copies.allSatisfy { $0.count == 4 && Paths.exists($0[1]) }, "\(hint)")
        #expect(words.last == "hftml-runtime recover \(host.directory)")
    }

    @Test("a host whose memory was put together again is to look, which puts its newest back")
    func recovered() throws {
        let project = try TestProject(), runtime = FakeRuntime(), host = try DeploymentDirectory(project.environment)
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try Paths.remove(host.current)
        try AtomicFile.write("{}", to: host.stateFile)
        let listed = try ListDeployments.run(environment: "paper", session: project.session).problems
        let problem = try #require(listed.first { $0.code == "host.behind" }, "\(listed)")
        #expect(problem.message.contains("its memory put together again") && !problem.message.contains("older copy"))
        #expect(problem.hint?.hasSuffix("hftml-runtime accept \(host.directory)") == true, "\(problem)")
        #expect(project.refusedPromotion("m/1")?.hint?.contains("hftml-runtime accept") == true)
        // Its order waits for the same look.
        #expect(try project.rollBack(runtime).receipt.version == 1)
    }

    @Test("what lies in force and its host's memory does not reach is told, and nothing is called in force already")
    func unremembered() throws {
        let project = try TestProject(), runtime = FakeRuntime(), host = try DeploymentDirectory(project.environment)
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        func isTold() throws -> Bool {
            try VerifyRecord.run(session: project.session).contains {
                $0.contains("revision 2 (m/2) in force at the host of 'paper', and no memory of it")
            }
        }
        #expect(try !isTold())
        func memory(_ counter: Int) throws {
            let revision = RevisionHistory.Revision(
                counter: counter, action: .promote, bundle: "b", manifest: "m", weights: "w", strategy: "s", share: 1,
                time: 1)
            try AtomicFile.write(RevisionHistory([revision]).json.text(.pretty) + "\n", to: host.stateFile)
        }
        try memory(1)
        #expect(try isTold())
        let request = try project.request("m/2"), session = project.session
        let refused = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: runtime.port, session: session)
        }
        #expect(refused?.code == "host.behind")
        #expect(refused?.hint?.hasSuffix("hftml-runtime recover \(host.directory)") == true)
        try memory(2)
        #expect(try !isTold())
        // All lost but the bundle.
        for path in [host.stateFile, host.history] { try Paths.remove(path) }
        #expect(try isTold())
    }

    @Test("a file in force that no key of the environment has signed is told, and nothing is promoted beside it")
    func foreign() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try AtomicFile.write("junk", to: try DeploymentDirectory(project.environment).current)
        #expect(try VerifyRecord.run(session: project.session).contains { $0.contains("has signed, and revision 2") })
        let request = try project.request("m/1"), session = project.session
        #expect(
            project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: session) }
                == "host.foreign")
    }

    @Test("a host's key that is gone where orders are handed over is told before the next order")
    func keyGone() throws {
        let project = try TestProject(), runtime = FakeRuntime(), host = try DeploymentDirectory(project.environment)
        try project.promote("m/1", runtime)
        try AtomicFile.write(
            try SigningKey.read(host.hostKey).publicKey.json.text(.pretty) + "\n", to: host.hostPublicKey)
        func told() throws -> Bool {
            try VerifyRecord.gaps(session: project.session).contains { $0.contains("found no host.key.json in ") }
        }
        #expect(try !told())
        try Paths.remove(host.hostKey)
        #expect(try told())
    }

    @Test("two bundles that hosts put in force under one number are told")
    func forked() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        let host = try DeploymentDirectory(project.environment)
        let other = Receipt(
            environment: "paper", outcome: .installed, bundle: String(repeating: "5", count: 64), counter: 2,
            name: "m", version: 1, time: try project.session.registry().now())
        try runtime.write(other, host)
        #expect(try VerifyRecord.run(session: project.session).contains { $0.contains("put in force as revision 2") })
    }

    @Test("who is handing a bundle over is at work, however long it takes: nobody withdraws it meanwhile")
    func slowHandOver() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock), runtime = FakeRuntime(.silence)
        #expect(project.code { try project.promote("m/1", runtime) } == "promote.no-receipt")
        let inbox = project.environment + "/inbox"
        for name in try Paths.entries(inbox) { try Paths.remove("\(inbox)/\(name)") }
        let checkpoints = project.file("Registry/checkpoints")
        let name = try #require(try Paths.entries(checkpoints).first { $0.hasPrefix("handover-") })
        time.advance(seconds: 60)
        do {
            let lock = try FileLock("\(checkpoints)/\(name)")
            #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.begun])
            withExtendedLifetime(lock) {}
        }
        #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.withdrawn])
    }
}
