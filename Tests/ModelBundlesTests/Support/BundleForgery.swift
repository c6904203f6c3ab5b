import Basics
import Foundation
import ModelBundles
import Tensors
import Testing

/// Bundles that no release writes, or writes any more.
enum BundleForgery {
    /// What a bundle holds of the signature of its manifest.
    static func envelope(_ manifest: String, _ key: SigningKey) throws -> String {
        let signature = try key.sign(payloadType: ModelBundle.payloadType, payload: Array(manifest.utf8))
        return JSONValue.map([
            "payloadType": .string(ModelBundle.payloadType),
            "signatures": .list([
                .map(["keyid": .string(key.publicKey.id), "sig": .string(Data(signature).base64EncodedString())])
            ]),
        ]).text(.compact)
    }

    /// The same content as releases before version 2 wrote it: model, rule and limits in the manifest, no statements.
    static func version1(_ bytes: [UInt8], key: SigningKey) throws -> [UInt8] {
        var file = try bytes.withUnsafeBytes { try SafetensorsFile.parse($0, file: "t") }
        let new = try JSONParser.parse(try #require(file.metadata["manifest"]))
        let strategy = try JSONParser.parse(try #require(new[key: "strategy"]?.stringValue))
        let model = try JSONParser.parse(try #require(new[key: "model"]?.stringValue))
        var old = JSONValue.map(["schemaVersion": .int(1)])
        for name in [
            "name", "version", "createdAt", "createdAtNs", "toolVersion", "lineage", "gateDecision", "tensors",
        ] {
            old[key: name] = new[key: name]
        }
        (old[key: "model"], old[key: "rule"], old[key: "limits"]) = (
            model, strategy[key: "rule"], strategy[key: "limits"]
        )
        let text = old.text(.compact)
        file.metadata = [
            "format": "hftml-bundle", "version": "1", "manifest": text, "envelope": try envelope(text, key),
        ]
        return file.bytes()
    }
}
