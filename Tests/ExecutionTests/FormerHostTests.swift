import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing

/// What a key that was a host's once says at a host that goes on: it may have been another host's.
@Suite struct FormerHostTests {
    private static let stranger = String(repeating: "b", count: 64)

    /// A host whose document named another one beside it, until the newest.
    private struct Place {
        let fixture: EnvironmentFixture
        let other = SigningKey(generating: "other-host")
        /// With the newest document.
        let kit: AuthorityKit
        /// Before the other host was taken out.
        let before: Nanoseconds

        init() throws {
            var key = other.publicKey
            key.roles = ["host"]
            fixture = try EnvironmentFixture(AuthorityKit.standard.next { [key] in $0.keys.append(key) })
            let old = fixture.kit
            for version in 1...2 {
                let draft = try TinyModel.draft(version: version, weight: Float(version))
                #expect(try fixture.refusal(of: old.bundle(draft, version: version)) == nil)
            }
            before = fixture.clock.now()
            let now = fixture.clock.now()
            kit = old.next { document in
                document.keys.removeAll { $0.name == "other-host" }
                document.createdAt = now
            }
            try fixture.send(try kit.authority(), as: "3.authority.json")
            #expect(try fixture.installer.look().problem == nil)
        }

        /// A receipt of the other host among this one's.
        @discardableResult
        func lay(_ outcome: Receipt.Outcome, _ number: Int, manifest: String? = nil, at time: Nanoseconds) throws
            -> String
        {
            let receipt = Receipt(
                environment: "test", outcome: outcome, bundle: FormerHostTests.stranger, counter: number,
                manifest: manifest, time: time)
            let word = outcome == .installed ? "revision" : "\(outcome.rawValue)"
            let path = "\(fixture.environment.receipts)/\(word)-\(number)-bbbbbbbbbbbb.json"
            try AtomicFile.write(try receipt.signed(by: other).text + "\n", to: path)
            return path
        }

        func history() throws -> RevisionHistory { try fixture.host.view.history() }
    }

    @Test("a key that was taken out spends no number far above, and none by what is dated since")
    func numbers() throws {
        let place = try Place(), fixture = place.fixture
        try place.lay(.refused, DeploymentOrder.highestCounter, at: place.before)
        try place.lay(.withdrawn, 500, at: fixture.clock.now())
        #expect(try fixture.installer.look().problem == nil)
        #expect(try place.history().spentCounter == 2)
        let draft = try TinyModel.draft(version: 3, weight: 3)
        #expect(try fixture.refusal(of: place.kit.bundle(draft, version: 3)) == nil)
        // What this host's key of before may have signed counts.
        try place.lay(.refused, 50, at: place.before)
        #expect(try fixture.installer.look().problem == nil)
        #expect(try place.history().spentCounter == 50)
    }

    @Test("a revision of a key that was taken out counts where this host had its like, and is told by file and key")
    func revisions() throws {
        let place = try Place(), fixture = place.fixture, environment = fixture.environment
        let known = try #require(try place.history().current?.manifest)
        let foreign: [(manifest: String?, time: Nanoseconds)] = [
            (nil, place.before), (Self.stranger, place.before), (known, fixture.clock.now()),
        ]
        for (manifest, time) in foreign {
            try place.lay(.installed, 9, manifest: manifest, at: time)
            #expect(try fixture.installer.look().inForce?.identity.version == 2)
            #expect(try RuntimeStatus(environment, clock: fixture.clock).counter == 2)
        }
        let path = try place.lay(.installed, 9, manifest: known, at: place.before)
        func check(_ body: () throws -> Void) throws {
            let error = #expect(throws: Failure.self) { try body() }
            #expect(error?.code == "runtime.state")
            let named = "(receipts/\(Paths.name(path)), by the former key 'other-host', \(place.other.publicKey.id))"
            #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
            #expect(
                error?.hint?.contains("move it away: mv '\(path)' '\(path).aside'; ") == true, "\(error?.hint ?? "")")
        }
        try check { _ = try fixture.installer.look() }
        try check { _ = try RuntimeStatus(environment, clock: fixture.clock) }
        try check { _ = try HostRecovery(fixture.installer) }
        #expect(rename(path, path + ".aside") == 0)
        #expect(try fixture.installer.look().inForce?.identity.version == 2)
    }

    @Test("the numbers of acts go on where the host's key was replaced after a resume")
    func acts() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(1)
        func person() throws -> HostOperator {
            try HostOperator(environment, person: "ben", reason: "spread", clock: fixture.clock)
        }
        #expect(try person().halt().act == 1)
        #expect(try person().resume()?.act == 2)
        let key = SigningKey(generating: "test-host-2")
        // The document names both, as the guide asks for.
        let kit = fixture.kit.next { document in
            var named = key.publicKey
            named.roles = ["host", "promoter"]
            document.keys.append(named)
        }
        try fixture.send(try kit.authority())
        #expect(try fixture.installer.look().problem == nil)
        try Paths.remove(environment.hostKey)
        try key.write(to: environment.hostKey)
        #expect(try person().halt().act == 3)
        // A number that another key has used up leaves some.
        let far = Receipt(
            environment: "test", outcome: .resumed, bundle: "", time: AuthorityKit.start,
            act: DeploymentOrder.highestCounter)
        try AtomicFile.write(
            try far.signed(by: fixture.kit.host).text + "\n",
            to: "\(environment.receipts)/act-\(DeploymentOrder.highestCounter)-\(far.time)-resumed.json")
        #expect(try person().resume()?.act == 4)
    }

    @Test("a halt of a former key with a number that no resume could be above stops nothing, and a near one is ended")
    func farHalt() throws {
        let place = try Place(), fixture = place.fixture, environment = fixture.environment
        func lay(_ number: Int) throws {
            let halt = Receipt(
                environment: "test", outcome: .halted, bundle: "", reason: "x", person: "eve", time: place.before,
                act: number)
            try AtomicFile.write(
                try halt.signed(by: place.other).text + "\n",
                to: "\(environment.receipts)/act-\(number)-\(halt.time)-halted.json")
            _ = try fixture.installer.look()
        }
        try lay(DeploymentOrder.highestCounter)
        #expect(!Paths.exists(environment.haltFile))
        try lay(7)
        #expect(Paths.exists(environment.haltFile))
        let person = try HostOperator(environment, person: "ben", reason: "spread", clock: fixture.clock)
        #expect(try person.resume()?.act == 8)
        _ = try fixture.installer.look()
        #expect(!Paths.exists(environment.haltFile))
    }
}
