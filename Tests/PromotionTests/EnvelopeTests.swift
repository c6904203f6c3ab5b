import Basics
import Foundation
import ModelBundles
import Promotion
import Registry
import Testing

/// DSSE envelopes and the statements in them: what is written, and every way in which reading refuses.
@Suite struct EnvelopeTests {
    private static let key = SigningKey(generating: "ann")

    private static func failure(
        _ text: String, type: String = "t", trusted: [PublicKey] = [key.publicKey], at time: Nanoseconds = 0
    ) -> Failure? {
        do {
            _ = try Envelope.open(text, payloadType: type, trusted: TrustedKeys(trusted), at: time)
            return nil
        } catch { return error as? Failure }
    }

    @Test("an envelope is the payload and one signature in base64, and opens to what was put in")
    func make() throws {
        let text = try Envelope.make(payloadType: "t", payload: "hello", key: Self.key)
        let node = try JSONParser.parse(text)
        #expect(node[key: "payloadType"] == .string("t") && node[key: "payload"] == .string("aGVsbG8="))
        let signatures = try #require(node[key: "signatures"]?.listValue)
        #expect(signatures.count == 1 && signatures[0][key: "keyid"] == .string(Self.key.publicKey.id))
        let opened = try Envelope.open(text, payloadType: "t", trusted: TrustedKeys([Self.key.publicKey]), at: 0)
        #expect(opened.payload == "hello" && opened.key == Self.key.publicKey)
    }

    @Test("another payload type, no signature, two of them, or no JSON: no envelope")
    func format() throws {
        let text = try Envelope.make(payloadType: "t", payload: "hello", key: Self.key)
        let signature = try #require(try JSONParser.parse(text)[key: "signatures"]?.listValue?.first)
        func with(_ signatures: [JSONValue]) throws -> String {
            var node = try JSONParser.parse(text)
            node[key: "signatures"] = .list(signatures)
            return node.text(.compact)
        }
        #expect(Self.failure(try with([signature])) == nil)
        for broken in [
            "", "[]", try with([]), try with([signature, signature]), try with([.map(["keyid": .string("x")])]),
        ] {
            let found = Self.failure(broken)
            #expect(found?.code == "statement.format" && found?.message == "found no signed envelope", "\(broken)")
        }
        #expect(Self.failure(text, type: "u")?.code == "statement.format")
    }

    @Test("an unknown key, a signature of another text, and a key that does not count")
    func refused() throws {
        let text = try Envelope.make(payloadType: "t", payload: "hello", key: Self.key), id = Self.key.publicKey.id
        let unknown = try #require(Self.failure(text, trusted: []))
        #expect(unknown.code == "statement.untrusted")
        #expect(unknown.message == "found a signature of the key \(id), which is not trusted here")
        #expect(unknown.hint == "trust it with: hftml keys trust NAME --role ROLE")
        var node = try JSONParser.parse(text)
        node[key: "payload"] = .string(Data("hullo".utf8).base64EncodedString())
        let altered = try #require(Self.failure(node.text(.compact)))
        #expect(altered.code == "statement.signature")
        #expect(
            altered.message == "found a signature of 'ann' (\(id)) that does not fit what it stands under: the text "
                + "was altered after signing")
        var expiring = Self.key.publicKey
        expiring.expiresAt = 10
        #expect(Self.failure(text, trusted: [expiring], at: 9) == nil)
        let expired = try #require(Self.failure(text, trusted: [expiring], at: 10))
        #expect(expired.code == "statement.key")
        #expect(expired.message.hasPrefix("found a signature that does not count: the key of 'ann'"))
    }

    // MARK: statements

    /// After the statements here were signed.
    private static let moment: Nanoseconds = 1_500_000_000

    private static func statement(_ kind: StatementRecord.Kind = .waiver) -> Statement {
        Statement(
            kind: kind, subject: "m/1", weights: "w", policy: "p", policyDigest: "pd", lineage: "l", signer: "ann",
            reason: "because", signedAt: 1_000_000_000, rule: "drift", expiresAt: 2_000_000_000)
    }

    @Test("the signed text is an in-toto statement about the weights under the policy")
    func payload() throws {
        #expect(
            Self.statement().payload
                == #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"m/1","digest":{"sha256":"w"}}],"#
                + #""predicateType":"urn:hftml:waiver:v1","predicate":{"policy":{"name":"p","digest":{"sha256":"pd"}},"#
                + #""lineage":{"sha256":"l"},"signer":"ann","reason":"because","signedAt":"1970-01-01T00:00:01Z","#
                + #""rule":"drift","expiresAt":"1970-01-01T00:00:02Z"}}"#)
        #expect(Statement.payloadType == "application/vnd.in-toto+json")
        for (kind, type) in [
            (StatementRecord.Kind.approval, "urn:hftml:approval:v1"), (.rejection, "urn:hftml:rejection:v1"),
        ] {
            #expect(Self.statement(kind).payload.contains("\"predicateType\":\"\(type)\""))
        }
    }

    @Test("a statement is kept under its model and version, with its time and the digest of its envelope")
    func record() throws {
        let record = try Self.statement().signed(with: Self.key, model: "m", version: 1)
        #expect(record.kind == .waiver && record.model == "m" && record.version == 1 && record.signer == "ann")
        #expect(record.keyID == Self.key.publicKey.id && record.createdAt == 1_000_000_000)
        let verified = try Statement.verify(record, trusted: TrustedKeys([Self.key.publicKey]), at: Self.moment)
        #expect(verified.statement == Self.statement())
        #expect(verified.key == Self.key.publicKey && verified.digest == Digest.sha256(record.envelope))
    }

    @Test("a signed text that lacks a part, has another type or two subjects, is no statement")
    func incomplete() throws {
        let valid = try JSONParser.parse(Self.statement().payload)
        func code(_ change: (inout JSONValue) -> Void) throws -> String? {
            var node = valid
            change(&node)
            let envelope = try Envelope.make(
                payloadType: Statement.payloadType, payload: node.text(.compact), key: Self.key)
            let record = StatementRecord(
                kind: .waiver, model: "m", version: 1, signer: "ann", keyID: "k", envelope: envelope, createdAt: 0)
            do { _ = try Statement.verify(record, trusted: TrustedKeys([Self.key.publicKey]), at: Self.moment) } catch {
                return (error as? Failure)?.code
            }
            return nil
        }
        #expect(try code { _ in } == nil)
        #expect(try code { $0[key: "_type"] = .string("https://in-toto.io/Statement/v2") } == "statement.format")
        #expect(try code { $0[key: "predicateType"] = .string("urn:hftml:praise:v1") } == "statement.format")
        #expect(try code { $0[key: "subject"] = .list([]) } == "statement.format")
        let subject = try #require(valid[key: "subject"]?.listValue?.first)
        #expect(try code { $0[key: "subject"] = .list([subject, subject]) } == "statement.format")
        #expect(try code { $0[key: "subject"] = .list([.map(["name": .string("m/1")])]) } == "statement.format")
        #expect(try code { $0[key: "predicate"] = .null } == "statement.format")
        for key in ["policy", "lineage", "signer", "reason", "signedAt"] {
            #expect(
                try code { node in
                    var predicate = node[key: "predicate"] ?? .null
                    predicate[key: key] = .null
                    node[key: "predicate"] = predicate
                } == "statement.format", "\(key)")
        }
        #expect(
            try code { node in
                var predicate = node[key: "predicate"] ?? .null
                predicate[key: "rule"] = .null
                predicate[key: "expiresAt"] = .null
                node[key: "predicate"] = predicate
            } == nil, "what only a waiver has may be absent")
    }

    @Test("the sentences of a statement that is filed elsewhere or signed by another's key")
    func messages() throws {
        func message(_ change: (inout StatementRecord) -> Void, key: SigningKey = Self.key) throws -> String? {
            var record = try Self.statement().signed(with: key, model: "m", version: 1)
            change(&record)
            do { _ = try Statement.verify(record, trusted: TrustedKeys([key.publicKey]), at: Self.moment) } catch {
                return (error as? Failure)?.message
            }
            return nil
        }
        let filed = "found a statement of kind 'waiver' about m/1 by 'ann', filed as"
        #expect(try message { $0.version = 2 } == "\(filed) 'waiver' about m/2")
        #expect(try message { $0.model = "n" } == "\(filed) 'waiver' about n/1")
        #expect(try message { $0.kind = .approval } == "\(filed) 'approval' about m/1")
        #expect(
            try message({ _ in }, key: SigningKey(generating: "eve"))
                == "found a statement of kind 'waiver' in the name of 'ann' signed by the key of 'eve'")
    }
}
