import Basics
import Crypto
import Foundation

/// An Ed25519 key pair of a named person or machine.
package struct SigningKey: Sendable {
    package let name: String
    private let key: Curve25519.Signing.PrivateKey

    package init(generating name: String) {
        self.name = name
        key = Curve25519.Signing.PrivateKey()
    }

    package var publicKey: PublicKey { PublicKey(name: name, raw: Array(key.publicKey.rawRepresentation)) }

    /// Signature of a DSSE envelope: over the pre-authentication encoding of type and payload.
    package func sign(payloadType: String, payload: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: DSSE.preAuthenticationEncoding(type: payloadType, payload: payload)))
    }

    /// Writes the private key, readable by its owner only.
    package func write(to path: String) throws {
        let node = JSONValue.map([
            "schemaVersion": .int(1), "kind": .string("ed25519-private"), "name": .string(name),
            "privateKey": .string(Data(key.rawRepresentation).base64EncodedString()),
        ])
        try AtomicFile.write(node.text(.pretty) + "\n", to: path, mode: 0o600)
    }

    /// - Throws: ``Failure`` when the file is no private key or others may read it.
    package static func read(_ path: String) throws -> SigningKey {
        var info = stat()
        if stat(path, &info) == 0, info.st_mode & 0o077 != 0 {
            throw Failure("key.permissions", "found the private key '\(path)' readable by others", hint: "run: chmod 600 \(path)")
        }
        let reader = try ConfigReader(
            try JSONParser.parse(try FileChunks.bytes(path), file: path), keys: ["schemaVersion", "kind", "name", "privateKey"])
        try reader.checkSchemaVersion(1)
        guard try reader.string("kind") == "ed25519-private", let raw = Data(base64Encoded: try reader.string("privateKey")),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)
        else { throw Failure("key.format", "found no Ed25519 private key in '\(path)'", hint: "make one with: hftml keys generate NAME") }
        return SigningKey(name: try reader.string("name"), key: key)
    }

    private init(name: String, key: Curve25519.Signing.PrivateKey) {
        self.name = name
        self.key = key
    }
}

/// The public half, as it is tracked and trusted.
package struct PublicKey: Sendable, Equatable {
    package let name: String
    package let raw: [UInt8]

    package init(name: String, raw: [UInt8]) {
        self.name = name
        self.raw = raw
    }

    /// The first 16 hexadecimal digits of the key's SHA-256.
    package var id: String { String(Digest.sha256(raw).prefix(16)) }

    package func verifies(signature: [UInt8], payloadType: String, payload: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else { return false }
        return key.isValidSignature(signature, for: DSSE.preAuthenticationEncoding(type: payloadType, payload: payload))
    }

    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "kind": .string("ed25519-public"), "name": .string(name), "keyID": .string(id),
            "publicKey": .string(Data(raw).base64EncodedString()),
        ])
    }

    package static func read(_ path: String) throws -> PublicKey {
        let reader = try ConfigReader(
            try JSONParser.parse(try FileChunks.bytes(path), file: path),
            keys: ["schemaVersion", "kind", "name", "keyID", "publicKey"])
        try reader.checkSchemaVersion(1)
        guard try reader.string("kind") == "ed25519-public", let raw = Data(base64Encoded: try reader.string("publicKey")), raw.count == 32
        else { throw Failure("key.format", "found no Ed25519 public key in '\(path)'") }
        let key = PublicKey(name: try reader.string("name"), raw: Array(raw))
        guard try reader.string("keyID", default: key.id) == key.id else {
            throw Failure("key.format", "found a key id in '\(path)' that does not belong to its key", hint: "fetch the key again from its owner")
        }
        return key
    }
}

/// Public keys whose signatures count, one file each in a directory.
package struct TrustedKeys: Sendable {
    package let keys: [PublicKey]

    package init(_ keys: [PublicKey]) { self.keys = keys }

    /// An absent directory trusts nobody.
    package init(directory: String) throws {
        guard Paths.isDirectory(directory) else {
            keys = []
            return
        }
        keys = try Paths.files(below: directory).filter { $0.hasSuffix(".pub.json") }.map {
            try PublicKey.read(Paths.join(directory, $0))
        }
    }

    package func key(id: String) -> PublicKey? { keys.first { $0.id == id } }
}

/// Dead Simple Signing Envelope, version 1.
package enum DSSE {
    /// `DSSEv1 SP len(type) SP type SP len(payload) SP payload`, lengths in decimal bytes.
    package static func preAuthenticationEncoding(type: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}
