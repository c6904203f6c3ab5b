import Basics
import Deployment
import Execution
import ModelBundles
import Testing

/// What makes safe comes first, however much else lies in the inbox and whatever it is called.
@Suite struct InboxOrderTests {
    private static func person(_ fixture: EnvironmentFixture) throws -> HostOperator {
        try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: fixture.clock)
    }

    /// A promotion that follows a revision.
    private static func promotion(_ fixture: EnvironmentFixture, _ counter: Int, after previous: (Int, String)) throws
        -> [UInt8]
    {
        try fixture.kit.bundle(
            TinyModel.draft(version: counter, weight: Float(counter)), version: counter,
            order: { $0.previous = .revision(counter: previous.0, bundle: previous.1) })
    }

    private static func flood(_ fixture: EnvironmentFixture, _ count: Int, _ suffix: String = "hftbundle") throws {
        for index in 0..<count { try fixture.send(Array("junk \(index)".utf8), as: "0-\(index).\(suffix)") }
    }

    /// A rollback that rests on a document.
    private static func handOver(_ fixture: EnvironmentFixture, restingOn kit: AuthorityKit) throws {
        let path = "\(fixture.environment.inbox)/rollback-\(try person(fixture).handOverRollback()).hftbundle"
        let kept = try FileChunks.bytes(path)
        let terms = try #require(
            try ModelBundle.verify(kept, trusted: TrustedKeys(fixture.kit.document.keys)).terms)
        var order = try DeploymentOrder(terms.deployment)
        order.authority = (kit.document.counter, try kit.authority().digest)
        try AtomicFile.write(
            try ModelBundle.redeployed(kept, deployment: try order.signed(by: fixture.kit.promoter)), to: path)
    }

    @Test("a rollback comes before promotions and junk, whatever they are called; what it made stale is refused")
    func rollbackFirst() throws {
        let fixture = try EnvironmentFixture(), last = (2, try fixture.install(1, 2)[1])
        try fixture.send(try Self.promotion(fixture, 5, after: last), as: "a.hftbundle")
        try fixture.send(try Self.promotion(fixture, 4, after: last), as: "b.hftbundle")
        try fixture.send(try Self.promotion(fixture, 3, after: last), as: "c.hftbundle")
        try fixture.send([1, 2, 3], as: "0.hftbundle")
        #expect(try Self.person(fixture).handOverRollback() == 3)
        let look = try fixture.installer.look()
        #expect(look.receipts.map(\.outcome) == [.rolledBack, .refused, .refused, .refused, .refused])
        #expect(look.inForce?.identity.version == 1 && look.waiting == 0)
        let codes = look.receipts.dropFirst().map { $0.reason.map { String($0.prefix { $0 != ":" }) } }
        #expect(codes == ["admission.counter", "admission.previous", "admission.previous", "bundle.format"])
        #expect(look.receipts[1].reason?.contains("the counter 3, the last in force here was 3") == true)
        #expect(look.receipts[2...3].map(\.counter) == [4, 5], "by their numbers")
    }

    @Test("of several rollbacks the lower number comes first, and so of promotions")
    func byNumber() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        #expect(try Self.person(fixture).handOverRollback() == 3)
        let kept = try FileChunks.bytes("\(fixture.environment.inbox)/rollback-3.hftbundle")
        let terms = try #require(
            try ModelBundle.verify(kept, trusted: TrustedKeys(fixture.kit.document.keys)).terms)
        var order = try DeploymentOrder(terms.deployment)
        order.counter = 4
        try fixture.send(
            try ModelBundle.redeployed(kept, deployment: try order.signed(by: fixture.kit.host)), as: "a.hftbundle")
        let draft = try TinyModel.draft(version: 7, weight: 7)
        for (counter, name) in [(8, "b"), (7, "c")] {
            try fixture.send(try fixture.kit.bundle(draft, version: 7, counter: counter), as: "\(name).hftbundle")
        }
        let receipts = try fixture.installer.look().receipts
        #expect(receipts.map(\.counter) == [3, 4, 7, 8], "\(receipts.map(\.text))")
        #expect(receipts[0].outcome == .rolledBack && receipts.suffix(2).allSatisfy { $0.outcome == .installed })
    }

    @Test("a flood of junk is worked off in several looks, and what makes safe waits for none of it")
    func flooded() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        try Self.flood(fixture, 70)
        try fixture.send(TinyModel.bundle(TinyModel.key, version: 2, weight: 2), as: "z.hftbundle")
        let first = try fixture.installer.look()
        #expect(first.receipts.first?.outcome == .installed && first.receipts.count == 64 && first.waiting == 7)
        #expect(try Self.person(fixture).handOverRollback() == 3)
        let second = try fixture.installer.look()
        #expect(second.receipts.first?.outcome == .rolledBack && second.receipts.count == 8 && second.waiting == 0)
        #expect(try Paths.entries(fixture.environment.inbox).isEmpty)
        // By hand all is answered that lay there.
        try Self.flood(fixture, 130)
        let all = try fixture.installer.lookThrough()
        #expect(all.receipts.count == 130 && all.waiting == 0 && all.inForce?.identity.version == 1)
    }

    @Test("a flood of documents, withdrawals and lists is worked off in several looks; a rollback waits for none of it")
    func floodedMail() throws {
        let fixture = try EnvironmentFixture(), last = (2, try fixture.install(1, 2)[1])
        for suffix in ["authority.json", "withdrawal.json", "receipts.json"] { try Self.flood(fixture, 70, suffix) }
        // A withdrawal may be about a promotion, which waits for them.
        try fixture.send(try Self.promotion(fixture, 4, after: last), as: "a.hftbundle")
        #expect(try Self.person(fixture).handOverRollback() == 3)
        let first = try fixture.installer.look()
        #expect(first.receipts.count == 3 * 64 + 1 && first.waiting == 3 * 6 + 1, "\(first.receipts.count)")
        #expect(first.receipts.last?.outcome == .rolledBack && first.inForce?.identity.version == 1)
        let second = try fixture.installer.look()
        #expect(second.receipts.count == 3 * 6 + 1 && second.waiting == 0)
        #expect(second.receipts.last?.reason?.hasPrefix("admission.previous: ") == true)
        #expect(try Paths.entries(fixture.environment.inbox).isEmpty)
    }

    @Test("a rollback that rests on a document is not taken before it, however much lies in front of that")
    func documentFirst() throws {
        for (name, looks) in [("2.authority.json", 1), ("test.authority.json", 1), ("z.authority.json", 2)] {
            let fixture = try EnvironmentFixture()
            try fixture.install(1, 2)
            let next = fixture.kit.next { $0.minimumCostBps = 2 }
            try Self.handOver(fixture, restingOn: next)
            try Self.flood(fixture, 70, "authority.json")
            try fixture.send(try next.authority(), as: name)
            for index in 1...looks {
                let look = try fixture.installer.look(), isDone = look.inForce?.identity.version == 1
                #expect(isDone == (index == looks), "\(name): look \(index)")
            }
            #expect(try fixture.host.view.history().current?.action == .rollback)
        }
        // Of several documents each comes after the one that it follows from, by number and not by name.
        let fixture = try EnvironmentFixture()
        var kit = fixture.kit, root = fixture.kit.root
        for number in 2...11 {
            let new = SigningKey(generating: "root-\(number)")
            kit = kit.next { $0.root = AuthorityKit.keys([new]) }
            try fixture.send(try kit.authority(signers: [root, new]), as: "\(number).authority.json")
            root = new
        }
        #expect(try fixture.installer.look().receipts.isEmpty)
        #expect(try fixture.host.view.authority(at: AuthorityKit.start).newest.authority.counter == 11)
    }

    @Test("what stays in the inbox and was told of once takes no place from what lies behind it")
    func passedOver() throws {
        let fixture = try EnvironmentFixture()
        for index in 0..<70 { try Paths.makeDirectory("\(fixture.environment.inbox)/0-\(index).hftbundle") }
        #expect(try fixture.installer.look().waiting == 6 && fixture.installer.look().waiting == 0)
        try fixture.send([1, 2, 3], as: "z.hftbundle")
        let look = try fixture.installer.look()
        #expect(look.receipts.count == 1 && look.waiting == 0)
    }

    @Test("a stranger's order, one for another host and one of before stand in no front place")
    func strangers() throws {
        let fixture = try EnvironmentFixture(), stranger = SigningKey(generating: "stranger")
        try fixture.install(1)
        let draft = try TinyModel.draft(version: 3, weight: 3)
        for (name, key, change) in [
            ("a", stranger, { (order: inout DeploymentOrder) in order.action = .rollback }),
            (
                "b", fixture.kit.promoter,
                { (order: inout DeploymentOrder) in
                    (order.action, order.previous, order.host) = (.rollback, .nothing, stranger.publicKey.id)
                }
            ),
            (
                "c", fixture.kit.promoter,
                { (order: inout DeploymentOrder) in
                    (order.action, order.counter) = (.rollback, 1)
                }
            ),
        ] {
            let bytes = try fixture.kit.bundle(draft, version: 3, counter: 2, orderKey: key, order: change)
            try fixture.send(bytes, as: "\(name).hftbundle")
        }
        try fixture.send(TinyModel.bundle(TinyModel.key, version: 2, weight: 2), as: "z.hftbundle")
        let receipts = try fixture.installer.look().receipts
        #expect(receipts.map(\.outcome) == [.installed, .refused, .refused, .refused], "\(receipts.map(\.text))")
    }
}
