import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing

/// An order gets one answer: what was refused or withdrawn does not come in force later.
@Suite struct AnsweredOrderTests {
    private static let stranger = SigningKey(generating: "stranger")
    private static let tiny = { @Sendable () throws in try TinyModel.draft(version: 2) }

    private static func withdrawal(
        _ counter: Int, of bytes: [UInt8], environment: String = "test", by key: SigningKey = TinyModel.key,
        host: SigningKey? = nil
    ) throws -> [UInt8] {
        let text = Withdrawal(
            environment: environment, counter: counter, bundle: Digest.sha256(bytes), time: AuthorityKit.start,
            person: "anna", reason: "too early", host: host?.publicKey.id)
        return Array(try text.signed(by: key).text.utf8)
    }

    @Test("an order that was withdrawn puts nothing in force, whoever kept a copy of its bundle; no lower one does")
    func withdrawn() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        let kept = try fixture.kit.bundle(Self.tiny(), version: 2, counter: 3)
        try fixture.send(try Self.withdrawal(3, of: kept), as: "3.withdrawal.json")
        // Both at once: the withdrawal comes first.
        try fixture.send(kept)
        let receipts = try fixture.installer.look().receipts
        #expect(receipts.map(\.outcome) == [.withdrawn, .refused], "\(receipts)")
        #expect(receipts[0].counter == 3 && receipts[0].bundle == Digest.sha256(kept) && receipts[0].person == "anna")
        #expect(receipts[1].reason?.hasPrefix("admission.counter: ") == true && receipts[1].counter == nil)
        #expect(receipts[1].reason?.contains("and 3 was refused or withdrawn here") == true)
        let lower = try fixture.refusal(of: fixture.kit.bundle(Self.tiny(), version: 2, counter: 2))
        #expect(lower?.hasPrefix("admission.counter: ") == true, "\(lower ?? "installed")")
        // It is remembered by the host, and told once.
        try fixture.send(try Self.withdrawal(3, of: kept), as: "3.withdrawal.json")
        #expect(try fixture.installer.look().receipts.isEmpty && Paths.entries(fixture.environment.inbox).isEmpty)
        let history = try fixture.host.view.history()
        #expect(history.lastCounter == 1 && history.spentCounter == 3)
        #expect(try RevisionHistory(history.json) == RevisionHistory(history.json) && history.json[key: "spent"] != nil)
        #expect(try fixture.refusal(of: fixture.kit.bundle(Self.tiny(), version: 2, counter: 4)) == nil)
        // What is in force is not withdrawn: that is a rollback's.
        try fixture.send(try Self.withdrawal(4, of: kept), as: "4.withdrawal.json")
        #expect(try fixture.installer.look().receipts.isEmpty && fixture.host.view.history().lastCounter == 4)
    }

    @Test("a host that was stopped while it refused keeps its reason, and looks at the bundle no more")
    func stoppedBetween() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(1)
        let state = try FileChunks.bytes(environment.stateFile)
        let kept = try fixture.kit.bundle(Self.tiny(), version: 2, verdict: { $0.isPassed = false })
        let reason = try fixture.refusal(of: kept)
        #expect(reason?.hasPrefix("admission.verdict-failed: ") == true, "\(reason ?? "installed")")
        // The receipt lies there, the number is not spent yet, the bundle still in the inbox.
        try AtomicFile.write(state, to: environment.stateFile)
        try fixture.send(kept)
        let look = try fixture.installer.look()
        #expect(look.receipts.isEmpty && look.installed == nil, "\(look.receipts)")
        #expect(try Paths.entries(environment.inbox).isEmpty && fixture.host.view.history().spentCounter == 2)
        #expect(try fixture.receipts().filter { $0.outcome == .refused }.map(\.reason) == [reason])
    }

    @Test("a withdrawal by a key without the role, of another environment, or of a number far ahead spends nothing")
    func foreignWithdrawals() throws {
        let fixture = try EnvironmentFixture()
        let kept = try fixture.kit.bundle(Self.tiny(), version: 2), far = 1 + DeploymentOrder.longestStep
        let order = try fixture.kit.order(
            Self.tiny(), try fixture.kit.verdict(Self.tiny(), version: 2), counter: 2)
        for (bytes, code) in [
            (try Self.withdrawal(2, of: kept, by: Self.stranger), "withdrawal.key"),
            (try Self.withdrawal(2, of: kept, by: fixture.kit.gate), "withdrawal.key"),
            (try Self.withdrawal(2, of: kept, environment: "live"), "withdrawal.environment"),
            (try Self.withdrawal(far, of: kept), "withdrawal.counter"), (Array("{}".utf8), "statement.format"),
            (Array(order.text.utf8), "withdrawal.format"),
        ] {
            try fixture.send(bytes, as: "2.withdrawal.json")
            let reason = try fixture.installer.look().receipts.first?.reason
            #expect(reason?.hasPrefix(code + ": ") == true, "\(reason ?? "taken")")
        }
        #expect(try fixture.host.view.history().spentCounter == 0)
        #expect(try fixture.refusal(of: kept) == nil)
    }

    @Test("what was refused today does not come in force tomorrow: a copy of its bundle is answered already")
    func refusedOnce() throws {
        var kit = AuthorityKit.standard
        kit.document.freezes = [
            EnvironmentAuthority.Freeze(
                from: AuthorityKit.start, to: AuthorityKit.start + AuthorityKit.day, reason: "year's end")
        ]
        let fixture = try EnvironmentFixture(kit), bytes = try kit.bundle(Self.tiny(), version: 2)
        let frozen = try fixture.refusal(of: bytes)
        #expect(frozen?.hasPrefix("admission.freeze: ") == true)
        #expect(try fixture.receipts().last?.counter == 2)
        let later = fixture.installer(clock: Clock { AuthorityKit.start + 2 * AuthorityKit.day })
        try fixture.send(bytes)
        let again = try later.look().receipts.first?.reason
        #expect(again?.hasPrefix("admission.counter: ") == true, "\(again ?? "installed")")
        // An order that nobody of the environment gave spends no number.
        try fixture.send(try kit.bundle(Self.tiny(), version: 2, counter: 900, orderKey: Self.stranger))
        #expect(try later.look().receipts.first?.reason?.hasPrefix("admission.order-key: ") == true)
        #expect(try fixture.host.view.history().spentCounter == 2)
        try fixture.send(try kit.bundle(Self.tiny(), version: 2, counter: 3))
        #expect(try later.look().installed?.identity.version == 2)
    }

    @Test("an order on a document that is not here yet is answered too: its copy is none when the document has come")
    func earlyOrder() throws {
        let fixture = try EnvironmentFixture()
        let next = fixture.kit.next { $0.verdictDays = 6 }, bytes = try next.bundle(Self.tiny(), version: 2)
        let early = try fixture.refusal(of: bytes)
        #expect(early?.hasPrefix("admission.authority: ") == true, "\(early ?? "installed")")
        #expect(try fixture.receipts().last?.counter == 2)
        try fixture.send(try next.authority())
        try fixture.send(bytes)
        let again = try fixture.installer.look().receipts.last?.reason
        #expect(again?.hasPrefix("admission.counter: ") == true, "\(again ?? "installed")")
        try fixture.send(try next.bundle(Self.tiny(), version: 2, counter: 3))
        #expect(try fixture.installer.look().installed?.identity.version == 2)
    }

    @Test("of several hosts under one document each takes what was ordered for it alone")
    func otherHost() throws {
        let fixture = try EnvironmentFixture()
        func bundle(for host: SigningKey, _ counter: Int) throws -> [UInt8] {
            try fixture.kit.bundle(
                Self.tiny(), version: 2, counter: counter,
                order: { ($0.previous, $0.host) = (.nothing, host.publicKey.id) })
        }
        let foreign = try fixture.refusal(of: bundle(for: Self.stranger, 2))
        #expect(foreign?.hasPrefix("admission.environment: found an order for the host ") == true, "\(foreign ?? "-")")
        #expect(try fixture.host.view.history().spentCounter == 0, "it was no order here")
        #expect(try fixture.refusal(of: bundle(for: fixture.kit.host, 2)) == nil)
    }

    @Test("of several hosts under one document each takes what was withdrawn at it alone; an old file names none")
    func otherHostsWithdrawal() throws {
        let fixture = try EnvironmentFixture(), kept = try fixture.kit.bundle(Self.tiny(), version: 2)
        try fixture.send(try Self.withdrawal(2, of: kept, host: Self.stranger), as: "2.withdrawal.json")
        let reason = try fixture.installer.look().receipts.first?.reason
        let words = "withdrawal.environment: found a withdrawal for the host \(Self.stranger.publicKey.id), this is "
        #expect(reason?.hasPrefix(words) == true, "\(reason ?? "taken")")
        #expect(reason?.contains("hftml deployments withdraw test") == true)
        #expect(try fixture.host.view.history().spentCounter == 0)
        for (counter, host) in [(2, fixture.kit.host), (3, nil)] {
            try fixture.send(try Self.withdrawal(counter, of: kept, host: host), as: "2.withdrawal.json")
            #expect(try fixture.installer.look().receipts.map(\.outcome) == [.withdrawn])
            #expect(try fixture.host.view.history().spentCounter == counter)
        }
    }

    @Test("a withdrawal reads back as it was signed; a host in version 1, or none in version 2, is another spelling")
    func withdrawalText() throws {
        for host in [nil, "0011223344556677"] {
            let withdrawal = Withdrawal(
                environment: "test", counter: 2, bundle: "b", time: 5, person: "anna", reason: "", host: host)
            #expect(try Withdrawal(try withdrawal.signed(by: Self.stranger)) == withdrawal)
            let (from, to) = host == nil ? (":1", ":2") : (":2", ":1")
            let other = withdrawal.payload.replacing("\"schemaVersion\"\(from)", with: "\"schemaVersion\"\(to)")
            #expect(other != withdrawal.payload)
            let envelope = try Envelope(payloadType: Withdrawal.payloadType, payload: other, signer: Self.stranger)
            let error = #expect(throws: Failure.self) { try Withdrawal(envelope) }
            #expect(error?.code == "withdrawal.format")
        }
    }

    @Test("a host takes no verdict from before its own rollback of those weights, whatever became of its receipts")
    func beforeRollback() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        let person = try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: fixture.clock)
        let back = try person.rollBack(with: fixture.installer)
        #expect(back.version == 1 && back.counter == 3)
        let draft = try TinyModel.draft(version: 2, weight: 2)
        let old = try fixture.refusal(of: fixture.kit.bundle(draft, version: 2, counter: 4))
        #expect(old?.hasPrefix("admission.verdict-old: ") == true, "\(old ?? "installed")")
        #expect(old?.contains("before these weights were rolled back at") == true)
        let new = try fixture.kit.bundle(
            draft, version: 2, counter: 5, verdict: { $0.time = back.time + 1 }, order: { $0.time = back.time + 1 })
        #expect(try fixture.refusal(of: new) == nil)
    }

    @Test(
        "an older installed/state.json, or none, spends no number less: this host's own receipts say what it answered")
    func olderState() throws {
        for isFirst in [true, false] {
            let fixture = try EnvironmentFixture(), environment = fixture.environment
            if !isFirst { try fixture.install(1) }
            let state = isFirst ? nil : try FileChunks.bytes(environment.stateFile)
            func forget() throws {
                if let state {
                    try AtomicFile.write(state, to: environment.stateFile)
                } else {
                    try Paths.remove(environment.stateFile)
                }
            }
            let kept = try fixture.kit.bundle(Self.tiny(), version: 2, counter: 3)
            try fixture.send(try Self.withdrawal(3, of: kept), as: "3.withdrawal.json")
            #expect(try fixture.installer.look().receipts.map(\.outcome) == [.withdrawn])
            // A stranger's receipt spends nothing.
            let stranger = Receipt(
                environment: "test", outcome: .withdrawn, bundle: "b", counter: 9, time: AuthorityKit.start)
            try AtomicFile.write(
                try stranger.signed(by: Self.stranger).text, to: environment.receipts + "/withdrawn-9-b.json")
            try forget()
            let reason = try fixture.refusal(of: kept)
            #expect(reason?.hasPrefix("admission.counter: ") == true, "\(reason ?? "installed")")
            #expect(reason?.contains("and 3 was refused or withdrawn here") == true)
            #expect(try fixture.host.view.history().spentCounter == 3)
            // A refusal as well; whoever kept a copy of what was refused has the old answer.
            let failed = try fixture.kit.bundle(
                Self.tiny(), version: 2, counter: 4, verdict: { $0.isPassed = false })
            #expect(try fixture.refusal(of: failed)?.hasPrefix("admission.verdict-failed: ") == true)
            try forget()
            let other = try fixture.refusal(of: fixture.kit.bundle(Self.tiny(), version: 2, counter: 4))
            #expect(other?.hasPrefix("admission.counter: ") == true, "\(other ?? "installed")")
            #expect(try fixture.refusal(of: fixture.kit.bundle(Self.tiny(), version: 2, counter: 5)) == nil)
        }
    }
}
