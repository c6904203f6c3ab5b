package import Basics
import Foundation

/// A signed text in the form of DSSE, version 1: payload and signatures in base64, as one line of JSON.
///
/// The signatures are over ``DSSE/preAuthenticationEncoding(type:payload:)``, so over the very bytes of the payload:
/// nothing is parsed before it is verified, and no canonical form is needed.
package struct Envelope: Sendable, Equatable {
    /// Media type that the signatures cover.
    package let payloadType: String
    /// What is signed.
    package let payload: [UInt8]
    /// By the id of the key that is said to have made it; in the order of the file.
    package private(set) var signatures: [Signature]

    /// One signature.
    package struct Signature: Sendable, Equatable {
        /// See ``PublicKey/id``.
        package let keyID: String
        /// Raw bytes.
        package let bytes: [UInt8]
    }

    /// Signs a text.
    ///
    /// - Throws: what signing throws.
    package init(payloadType: String, payload: String, signer: any Signer) throws {
        self.payloadType = payloadType
        self.payload = Array(payload.utf8)
        signatures = []
        try sign(with: signer)
    }

    /// Reads an envelope. Every text has one spelling of its base64; keys and entries that DSSE does not name are
    /// refused, since nothing signs them.
    ///
    /// - Throws: ``Failure`` with code `statement.format`.
    package init(_ text: String) throws {
        guard let node = try? JSONParser.parse(text, file: "envelope"),
            Set((node.mapValue ?? []).map(\.key)) == ["payloadType", "payload", "signatures"],
            let type = node[key: "payloadType"]?.stringValue,
            let payload = Envelope.bytes(node[key: "payload"]?.stringValue),
            let list = node[key: "signatures"]?.listValue, !list.isEmpty, list.count <= Envelope.mostSignatures
        else { throw Envelope.noEnvelope }
        payloadType = type
        self.payload = payload
        signatures = try list.map { entry in
            guard Set((entry.mapValue ?? []).map(\.key)) == ["keyid", "sig"],
                let id = entry[key: "keyid"]?.stringValue, let bytes = Envelope.bytes(entry[key: "sig"]?.stringValue)
            else { throw Envelope.noEnvelope }
            return Signature(keyID: id, bytes: bytes)
        }
        guard Set(signatures.map(\.keyID)).count == signatures.count else { throw Envelope.noEnvelope }
    }

    /// More than any threshold; keeps the time that a hostile file can cost small.
    private static let mostSignatures = 64

    private static var noEnvelope: Failure { Failure("statement.format", "found no signed envelope") }

    private static func bytes(_ text: String?) -> [UInt8]? {
        guard let text, let data = Data(base64Encoded: text), data.base64EncodedString() == text else { return nil }
        return Array(data)
    }

    /// Adds a signature; one of the same key is replaced.
    package mutating func sign(with signer: any Signer) throws {
        let bytes = try signer.sign(payloadType: payloadType, payload: payload), id = signer.publicKey.id
        signatures.removeAll { $0.keyID == id }
        signatures.append(Signature(keyID: id, bytes: bytes))
    }

    /// With the signatures of another envelope of the same text: those of either that hold, of keys that may sign it.
    package func joined(with other: Envelope, keys: [PublicKey]) -> Envelope {
        guard other.payload == payload, other.payloadType == payloadType else { return self }
        var all = self
        all.signatures = []
        for signature in signatures + other.signatures
        where !all.signatures.contains(where: { $0.keyID == signature.keyID }) {
            let key = keys.first { $0.id == signature.keyID }
            guard key?.verifies(signature: signature.bytes, payloadType: payloadType, payload: payload) == true else {
                continue
            }
            all.signatures.append(signature)
        }
        return all
    }

    /// What is signed, as text.
    package var payloadText: String { String(decoding: payload, as: UTF8.self) }

    /// SHA-256 of the payload, in hexadecimal digits: what other documents name this one by. Further signatures do not
    /// change it.
    package var payloadDigest: String { Digest.sha256(payload) }

    /// Compact JSON in one line.
    package var text: String {
        JSONValue.map([
            "payloadType": .string(payloadType), "payload": .string(Data(payload).base64EncodedString()),
            "signatures": .list(
                signatures.map {
                    .map(["keyid": .string($0.keyID), "sig": .string(Data($0.bytes).base64EncodedString())])
                }),
        ]).text(.compact)
    }

    /// The keys of a set whose signatures fit, whatever their age or role. A signature of an unknown key is passed
    /// over; one that names a known key and does not fit counts for nobody.
    package func signers(among keys: [PublicKey]) -> [PublicKey] {
        signatures.compactMap { signature in
            keys.first {
                $0.id == signature.keyID
                    && $0.verifies(signature: signature.bytes, payloadType: payloadType, payload: payload)
            }
        }
    }

    // MARK: One signer

    /// As ``init(payloadType:payload:signer:)``, as text.
    package static func make(payloadType: String, payload: String, key: any Signer) throws -> String {
        try Envelope(payloadType: payloadType, payload: payload, signer: key).text
    }

    /// The payload of an envelope that one trusted, valid key signed.
    ///
    /// - Throws: ``Failure`` with a code `statement.…` that says why it does not count.
    package static func open(_ text: String, payloadType: String, trusted: TrustedKeys, at time: Nanoseconds) throws
        -> (payload: String, key: PublicKey)
    {
        let envelope = try Envelope(text)
        guard envelope.payloadType == payloadType, envelope.signatures.count == 1 else { throw noEnvelope }
        let signature = envelope.signatures[0]
        guard let key = trusted.key(id: signature.keyID) else {
            throw Failure(
                "statement.untrusted", "found a signature of the key \(signature.keyID), which is not trusted here",
                hint: "trust it with: hftml keys trust NAME --role ROLE")
        }
        guard key.verifies(signature: signature.bytes, payloadType: payloadType, payload: envelope.payload) else {
            throw Failure(
                "statement.signature",
                "found a signature of '\(key.name)' (\(key.id)) that does not fit what it stands under: the text was "
                    + "altered after signing"
            )
        }
        if let objection = key.objection(at: time) {
            throw Failure("statement.key", "found a signature that does not count: \(objection)")
        }
        return (envelope.payloadText, key)
    }
}

/// Dead Simple Signing Envelope, version 1.
package enum DSSE {
    /// `DSSEv1 SP len(type) SP type SP len(payload) SP payload`, lengths in decimal bytes.
    package static func preAuthenticationEncoding(type: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}
