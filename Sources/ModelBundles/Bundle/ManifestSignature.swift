import Basics
import Foundation

/// A DSSE envelope without its payload: the manifest that it covers stands beside it in the bundle.
enum ManifestSignature {
    /// One line of JSON.
    static func make(_ manifest: String, signer: any Signer) throws -> String {
        text(
            keyID: signer.publicKey.id,
            signature: try signer.sign(payloadType: ModelBundle.payloadType, payload: Array(manifest.utf8)))
    }

    private static func text(keyID: String, signature: [UInt8]) -> String {
        JSONValue.map([
            "payloadType": .string(ModelBundle.payloadType),
            "signatures": .list([
                .map(["keyid": .string(keyID), "sig": .string(Data(signature).base64EncodedString())])
            ]),
        ]).text(.compact)
    }

    /// The trusted key that signed.
    ///
    /// - Throws: ``ModelBundle/Refusal``.
    static func check(_ envelope: String, of manifest: String, trusted: TrustedKeys) throws -> PublicKey {
        let node = try JSONParser.parse(envelope, file: "envelope")
        guard node[key: "payloadType"]?.stringValue == ModelBundle.payloadType,
            let signatures = node[key: "signatures"]?.listValue, !signatures.isEmpty
        else { throw ModelBundle.Refusal(reason: .signature, detail: "found no signature") }
        guard signatures.count == 1, let id = signatures[0][key: "keyid"]?.stringValue,
            let bytes = (signatures[0][key: "sig"]?.stringValue).flatMap({ Data(base64Encoded: $0) }),
            // One spelling alone: nothing signs the envelope itself.
            text(keyID: id, signature: Array(bytes)) == envelope
        else { throw ModelBundle.Refusal(reason: .signature, detail: "found a malformed signature") }
        guard let key = trusted.key(id: id) else {
            throw ModelBundle.Refusal(
                reason: .untrustedKey, detail: "it is signed by \(id), which is not trusted here")
        }
        guard
            key.verifies(
                signature: Array(bytes), payloadType: ModelBundle.payloadType, payload: Array(manifest.utf8))
        else {
            throw ModelBundle.Refusal(
                reason: .signature, detail: "the signature of '\(key.name)' does not fit the manifest")
        }
        return key
    }
}
