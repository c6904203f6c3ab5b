import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing
import Trading

/// What a person does at the host.
@Suite struct HostOperatorTests {
    private static func person(_ fixture: EnvironmentFixture, reason: String = "losses") throws -> HostOperator {
        try HostOperator(fixture.environment, person: "ben", reason: reason, clock: fixture.clock)
    }

    @Test("a rollback goes one version back, a second one further, a third fails; none brings the bad one back")
    func rollBack() throws {
        let fixture = try EnvironmentFixture()
        let digests = try fixture.install(1, 2, 3), person = try Self.person(fixture)
        let first = try person.rollBack(with: fixture.installer)
        #expect(
            first.outcome == .rolledBack && first.version == 2 && first.counter == 4 && first.replaced == digests[2])
        #expect(first.person == "ben" && first.reason == "losses")
        #expect(try fixture.installer.current()?.identity.version == 2)
        let second = try person.rollBack(with: fixture.installer)
        #expect(second.version == 1 && second.counter == 5 && second.replaced == first.bundle)
        let error = #expect(throws: Failure.self) { try person.rollBack(with: fixture.installer) }
        #expect(error?.code == "rollback.none" && error?.hint?.contains("hftml-runtime halt") == true)
        #expect(error?.message.contains("before revision 5 that was not rolled back or rejected") == true)
        #expect(try fixture.installer.current()?.identity.version == 1)
        // The manifest is what it was; the order is the host's own.
        let current = try #require(try fixture.installer.current()?.terms)
        #expect(try current.manifestDigest == TinyModel.draft(version: 1).manifestDigest)
        #expect(current.deployment.signatures.map(\.keyID) == [fixture.kit.host.publicKey.id])
        #expect(try fixture.receipts().map(\.counter) == [1, 2, 3, 4, 5])
        // The next promotion has to be newer than the rollbacks, too.
        #expect(
            try fixture.refusal(of: TinyModel.bundle(TinyModel.key, version: 4))?.hasPrefix("admission.counter: ")
                == true)
        try fixture.install(6)
    }

    @Test("a rollback leaves alone what waits in the inbox: it goes back from what is in force, not from that")
    func waitingBundle() throws {
        let fixture = try EnvironmentFixture(), person = try Self.person(fixture)
        try fixture.install(1, 2)
        // Version 2 is the bad one; version 3 was handed over meanwhile.
        try fixture.send(TinyModel.bundle(TinyModel.key, version: 3, weight: 3))
        let receipt = try person.rollBack(with: fixture.installer)
        #expect(receipt.version == 1 && receipt.counter == 3)
        #expect(try fixture.installer.current()?.identity.version == 1)
        let later = try fixture.installer.look()
        #expect(later.installed == nil && later.receipts.first?.reason?.hasPrefix("admission.counter: ") == true)
    }

    @Test("a halt file that is moved away and back, or a clock that is set back, leaves a memory that can be read")
    func haltsOutOfOrder() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        let file = fixture.environment.haltFile, aside = fixture.directory.file("aside")
        try AtomicFile.write("by hand\n", to: file)
        _ = try fixture.installer.look()
        #expect(rename(file, aside) == 0)
        _ = try fixture.installer.look()
        // Its time is that of the wall clock in whole seconds; the tests' clock is far before it.
        var old = [timeval(tv_sec: 5, tv_usec: 0), timeval(tv_sec: 5, tv_usec: 0)]
        #expect(utimes(aside, &old) == 0 && rename(aside, file) == 0)
        #expect(try fixture.installer.look().objection == nil)
        let halts = try fixture.host.view.history().halts
        #expect(halts == [RevisionHistory.Halt(from: 5_000_000_000)])
        #expect(try Self.person(fixture).resume() != nil)
        let early = Clock { 7 }
        _ = try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: early).halt()
        #expect(try fixture.host.view.history().halts == [RevisionHistory.Halt(from: 7)])
    }

    @Test("a halt file that is taken away is no resume: the halt stands until somebody signs one")
    func haltTakenAway() throws {
        let fixture = try EnvironmentFixture(), file = fixture.environment.haltFile
        try fixture.install(1)
        let halted = try Self.person(fixture, reason: "spread").halt()
        try Paths.remove(file)
        let look = try fixture.installer.look()
        #expect(look.problem?.contains("trading stays halted (ben: spread)") == true, "\(look.problem ?? "")")
        #expect(try FileChunks.text(file).contains(" ben: spread"))
        #expect(try fixture.host.view.history().halts == [RevisionHistory.Halt(from: halted.time)])
        #expect(try fixture.installer.look().problem == nil)
        // The person who may resume can do so also where the file is gone.
        try Paths.remove(file)
        let resumed = try #require(try Self.person(fixture, reason: "calm").resume())
        #expect(try fixture.installer.look().problem == nil && !Paths.exists(file))
        let halts = [RevisionHistory.Halt(from: halted.time, to: resumed.time)]
        #expect(try fixture.host.view.history().halts == halts)
    }

    @Test("where another process trades, it gets the order of a rollback through the inbox")
    func handedOver() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        #expect(try Self.person(fixture).handOverRollback() == 3)
        #expect(try fixture.installer.current()?.identity.version == 2)
        let look = try fixture.installer.look()
        #expect(look.installed?.identity.version == 1 && look.receipts.map(\.person) == ["ben"])
        let error = #expect(throws: Failure.self) { try Self.person(fixture).handOverRollback() }
        #expect(error?.code == "rollback.none")
    }

    @Test("with one version, or the same one promoted twice, there is nothing to go back to")
    func nothing() throws {
        let fixture = try EnvironmentFixture(), person = try Self.person(fixture)
        #expect(throws: Failure.self) { try person.rollBack(with: fixture.installer) }
        try fixture.install(1)
        let again = try fixture.kit.bundle(TinyModel.draft(version: 1), version: 1, counter: 2)
        #expect(try fixture.refusal(of: again) == nil && fixture.host.view.history().lastCounter == 2)
        let error = #expect(throws: Failure.self) { try person.rollBack(with: fixture.installer) }
        #expect(error?.code == "rollback.none")
        #expect(try fixture.host.view.history().lastCounter == 2)
    }

    @Test("a revision can be named; the way from there is the one that led to it")
    func named() throws {
        let fixture = try EnvironmentFixture(), person = try Self.person(fixture)
        try fixture.install(1, 2, 3)
        #expect(try person.rollBack(to: 1, with: fixture.installer).version == 1)
        let error = #expect(throws: Failure.self) { try person.rollBack(to: 9, with: fixture.installer) }
        #expect(error?.code == "rollback.unknown")
        // Forward to what was taken back is a promotion.
        let forward = #expect(throws: Failure.self) { try person.rollBack(to: 3, with: fixture.installer) }
        #expect(forward?.code == "rollback.unknown" && forward?.hint?.contains("promote it again") == true)
    }

    @Test("a host without the role, with a revoked key, or with a key that the document does not name orders nothing")
    func role() throws {
        let kits: [AuthorityKit] = [
            AuthorityKit(hostRoles: ["host"]),
            AuthorityKit().next(key: "test-host") { $0.revoked = PublicKey.Revocation(at: 0, reason: "") },
            AuthorityKit().next { $0.keys.removeAll { $0.name == "test-host" } },
        ]
        for kit in kits {
            let fixture = try EnvironmentFixture(kit)
            for version in 1...2 {
                #expect(try fixture.refusal(of: kit.bundle(TinyModel.draft(version: version), version: version)) == nil)
            }
            let error = #expect(throws: Failure.self) {
                try Self.person(fixture).rollBack(with: fixture.installer)
            }
            #expect(error?.code == "runtime.rollback-role" && error?.hint?.contains("hftml rollback test") == true)
            #expect(try fixture.installer.current()?.identity.version == 2)
        }
    }

    @Test("a kept bundle that is damaged, gone, or wider than the newest limits is not put back in force")
    func damaged() throws {
        let fixture = try EnvironmentFixture(), person = try Self.person(fixture)
        try fixture.install(1, 2)
        let kept = fixture.environment.revision(1), good = try FileChunks.bytes(kept)
        try AtomicFile.write(good + [0], to: kept)
        let damage = #expect(throws: Failure.self) { try person.rollBack(with: fixture.installer) }
        #expect(damage?.code == "runtime.state")
        try Paths.remove(kept)
        let gone = #expect(throws: Failure.self) { try person.rollBack(with: fixture.installer) }
        #expect(gone?.code == "runtime.state" && gone?.hint?.contains("cp BUNDLE \(kept)") == true)
        try AtomicFile.write(good, to: kept)
        try fixture.send(try fixture.kit.next { $0.limits.maximumQuantity = 10 }.authority())
        let wider = #expect(throws: Failure.self) { try person.rollBack(with: fixture.installer) }
        #expect(wider?.code == "admission.limits")
        #expect(try fixture.installer.current()?.identity.version == 2)
    }

    @Test(
        "a rollback passes where its verdict is old, its keys have expired and the policy is another, not revoked ones")
    func oldVerdict() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        let later = AuthorityKit.start + 100 * AuthorityKit.day
        let kit = fixture.kit.next {
            $0.policy = ("stricter", Digest.sha256("stricter"))
            $0.minimumCostBps = 50
            for index in $0.keys.indices where $0.keys[index].name != "test-host" {
                $0.keys[index].expiresAt = AuthorityKit.start + AuthorityKit.day
            }
        }
        try fixture.send(try kit.authority())
        let person = try HostOperator(
            fixture.environment, person: "ben", reason: "losses", clock: Clock { later })
        let installer = fixture.installer(clock: Clock { later })
        #expect(try person.rollBack(with: installer).version == 1)
        #expect(try installer.look().objection == nil)
        let other = try EnvironmentFixture()
        try other.install(1, 2)
        let revoked = other.kit.next(key: "gate") { $0.revoked = PublicKey.Revocation(at: 0, reason: "") }
        try other.send(try revoked.authority())
        let error = #expect(throws: Failure.self) { try Self.person(other).rollBack(with: other.installer) }
        #expect(error?.code == "admission.verdict-key")
    }

    @Test("halts and resumes have signed receipts with person and reason; a second halt adds to the first")
    func halts() throws {
        let fixture = try EnvironmentFixture()
        let digest = try fixture.install(1)[0]
        let halted = try Self.person(fixture, reason: "spread").halt()
        #expect(halted.outcome == .halted && halted.bundle == digest && halted.counter == 1)
        _ = try HostOperator(fixture.environment, person: "eva", reason: "news\nfake", clock: fixture.clock).halt()
        let lines = try FileChunks.text(fixture.environment.haltFile).split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasSuffix(" ben: spread") && lines[1].hasSuffix(" eva: news fake"))
        let resumed = try Self.person(fixture, reason: "calm").resume()
        #expect(resumed?.outcome == .resumed && resumed?.reason == "calm")
        #expect(!Paths.exists(fixture.environment.haltFile))
        #expect(try Self.person(fixture).resume() == nil)
        #expect(try fixture.receipts().map(\.outcome) == [.installed, .halted, .halted, .resumed])
        #expect(try fixture.receipts().map(\.person) == [nil, "ben", "eva", "ben"])
        for (person, reason) in [("", "x"), ("ben", " "), ("\n", "x")] {
            #expect(throws: Failure.self) { try HostOperator(fixture.environment, person: person, reason: reason) }
        }
    }

    @Test("where no receipt can be written trading is halted all the same, and does not resume")
    func haltWithoutKey() throws {
        let fixture = try EnvironmentFixture(), person = try Self.person(fixture)
        try Paths.remove(fixture.environment.hostKey)
        let error = #expect(throws: Failure.self) { try person.halt() }
        #expect(error?.code == "runtime.no-receipt" && error?.hint?.contains("hftml-runtime init") == true)
        #expect(error?.message.contains("what trades elsewhere trades on") == true, "it may be a copy: \(error as Any)")
        #expect(Paths.exists(fixture.environment.haltFile))
        let second = #expect(throws: Failure.self) { try person.resume() }
        #expect(second?.code == "runtime.no-key" && Paths.exists(fixture.environment.haltFile))
    }

    @Test(
        "a key that the document does not name is told of, and one that is gone is not replaced by a new one in silence"
    )
    func otherKey() throws {
        let fixture = try EnvironmentFixture()
        func problems() throws -> [String] {
            try RuntimeStatus(fixture.environment, clock: fixture.clock).problems.filter { $0.contains("host") }
        }
        #expect(try problems().isEmpty)
        try Paths.remove(fixture.environment.hostKey)
        #expect(try problems().first?.contains("if it had one, bring that back to ") == true)
        try SigningKey(generating: "desk-host").write(to: fixture.environment.hostKey)
        #expect(try problems().first?.contains("is no host's in document ") == true)
    }

    // MARK: Init

    @Test("init pins the root once, makes the key once, and never replaces either")
    func initialises() throws {
        let directory = try TemporaryDirectory(), kit = AuthorityKit.standard
        func root(_ pin: RootPin, _ name: String) throws -> String {
            try directory.write(pin.json.text(.pretty), to: name)
        }
        let file = try root(RootPin(environment: "test", root: kit.document.root), "root.json")
        let path = directory.file("env")
        let key = try TradingHost.initialise(path, root: file, name: nil)
        #expect(key[key: "name"]?.stringValue == "test-host" && key[key: "roles"]?.listValue?.count == 1)
        #expect(key[key: "privateKey"] == nil)
        let environment = try DeploymentDirectory(path)
        var info = stat()
        #expect(stat(environment.hostKey, &info) == 0 && info.st_mode & 0o777 == 0o600)
        #expect(try TradingHost(environment).key.publicKey.id == key[key: "keyID"]?.stringValue)
        #expect(try TradingHost.initialise(path, root: file, name: "other") == key)
        let other = try root(RootPin(environment: "test", root: AuthorityKit().document.root), "other.json")
        let pin = try FileChunks.bytes(environment.rootFile)
        let replaced = #expect(throws: Failure.self) { try TradingHost.initialise(path, root: other, name: nil) }
        #expect(replaced?.code == "runtime.pin" && replaced?.hint?.contains("by hand") == true)
        let live = try root(RootPin(environment: "live", root: kit.document.root), "live.json")
        let foreign = #expect(throws: Failure.self) { try TradingHost.initialise(path, root: live, name: nil) }
        #expect(foreign?.code == "runtime.other-environment")
        #expect(try FileChunks.bytes(environment.rootFile) == pin)
        chmod(environment.hostKey, 0o644)
        #expect(throws: Failure.self) { try TradingHost(environment) }
    }
}
