import Basics
import Deployment
import ModelBundles
import Testing

/// Orders, verdicts and receipts as texts: one spelling alone, and who signed.
@Suite struct StatementTextTests {
    static let key = SigningKey(generating: "host")

    static let order = DeploymentOrder(
        environment: "live", authority: (3, "a"), counter: 7, action: .rollback, manifest: "m", verdict: "v",
        limits: "l",
        share: 0.25, time: 1, expiresAt: 2, person: "anna", reason: "losses")
    static let verdict = Verdict(
        subject: "tiny/1", weights: "w", isPassed: true, environment: "live", authority: "a", policy: ("p", "d"),
        strategy: "s", limits: "l", features: "f", incumbent: ("tiny/0", "w0"), evidence: [("report", "r")],
        trials: Verdict.Trials(runs: 3, strategies: 2), log: Verdict.LogPosition(sequence: 5, hash: "h"), time: 9)

    private static func signed(_ type: String, _ text: String) throws -> Envelope {
        try Envelope(payloadType: type, payload: text, signer: key)
    }

    @Test("an order reads back; another spelling, another type and a key more are refused")
    func orders() throws {
        let type = DeploymentOrder.payloadType, text = Self.order.payload
        #expect(try DeploymentOrder(Self.order.signed(by: Self.key)) == Self.order)
        let spaced = text.replacing("\"counter\":7", with: "\"counter\": 7")
        let unknown = text.replacing("\"counter\":7", with: "\"counter\":7,\"force\":true")
        let twice = text.replacing("\"counter\":7", with: "\"counter\":7,\"counter\":7")
        let negative = text.replacing("\"counter\":7", with: "\"counter\":-7")
        for bad in [spaced, unknown, twice, negative, text + " ", "{}", ""] {
            #expect(throws: (any Error).self, "\(bad.prefix(60))") { try DeploymentOrder(Self.signed(type, bad)) }
        }
        #expect(throws: Failure.self) { try DeploymentOrder(Self.signed(Verdict.payloadType, text)) }
        // Version 2 says what it follows; one of version 1 does not, and still reads.
        #expect(text.hasPrefix("{\"schemaVersion\":1,") && !text.contains("previous"))
        for previous in [DeploymentOrder.Previous.nothing, .revision(counter: 6, bundle: "b")] {
            var order = Self.order
            order.previous = previous
            let read = try DeploymentOrder(order.signed(by: Self.key))
            #expect(read == order && read.previous == previous && read != Self.order)
            let older = order.payload.replacing("\"schemaVersion\":2", with: "\"schemaVersion\":1")
            #expect(throws: (any Error).self) { try DeploymentOrder(Self.signed(type, older)) }
        }
    }

    @Test("a verdict reads back; a word changed, left out or added is refused or is another verdict")
    func verdicts() throws {
        #expect(try Verdict(Self.verdict.signed(by: Self.key)) == Self.verdict)
        let text = Self.verdict.payload
        for bad in [
            text.replacing("PASSED", with: "passed"), text.replacing("\"verifiedLevels\":[],", with: ""),
            text.replacing("\"trials\"", with: "\"more\":1,\"trials\""), "{}", "",
        ] {
            #expect(throws: Failure.self, "\(bad.prefix(60))") { try Verdict(bad) }
        }
        let failed = try Verdict(text.replacing("PASSED", with: "FAILED"))
        #expect(!failed.isPassed && failed != Self.verdict)
    }

    @Test("a receipt counts when a host of the environment signed it: not unsigned, by others, or after a revocation")
    func receipts() throws {
        let receipt = Receipt(
            environment: "live", outcome: .installed, bundle: "b", counter: 4, name: "tiny", version: 1, manifest: "m",
            signer: "anna", time: 5)
        let bytes = Array(try receipt.signed(by: Self.key).text.utf8)
        var revoked = Self.key.publicKey
        revoked.revoked = PublicKey.Revocation(at: 0, reason: "stolen")
        func host(_ bytes: [UInt8], _ hosts: [PublicKey]) throws -> String? {
            let found = try Receipt.read(bytes, hosts: hosts, in: "r.json")
            #expect(found.receipt == receipt)
            return found.host?.name
        }
        #expect(try host(bytes, [Self.key.publicKey]) == "host")
        #expect(try host(bytes + [10], [Self.key.publicKey]) == "host")
        #expect(try host(bytes, []) == nil && host(bytes, [SigningKey(generating: "host").publicKey]) == nil)
        #expect(try host(bytes, [revoked]) == nil)
        // A file that somebody wrote by hand is read, and proves nothing.
        #expect(try host(Array(receipt.json.text(.pretty).utf8), [Self.key.publicKey]) == nil)
        // Signed by the host as something else than a receipt.
        let other = try Envelope(payloadType: "text/plain", payload: receipt.json.text(.compact), signer: Self.key)
        #expect(throws: Failure.self) {
            try Receipt.read(Array(other.text.utf8), hosts: [Self.key.publicKey], in: "r.json")
        }
        #expect(throws: (any Error).self) { try Receipt.read([1, 2], hosts: [], in: "r.json") }
    }
}
