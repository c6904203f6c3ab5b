import Basics
import Crypto
import Foundation

/// An Ed25519 key pair of a named person or machine.
package struct SigningKey: Signer {
    /// Whose key it is.
    package let name: String
    private let key: Curve25519.Signing.PrivateKey

    /// A new key.
    package init(generating name: String) {
        self.name = name
        key = Curve25519.Signing.PrivateKey()
    }

    /// What others verify with.
    package var publicKey: PublicKey { PublicKey(name: name, raw: Array(key.publicKey.rawRepresentation)) }

    /// The private half, 32 bytes: for files that keep it under a passphrase.
    package var secret: [UInt8] { Array(key.rawRepresentation) }

    /// A key from its private half.
    ///
    /// - Throws: ``Failure`` with code `key.format` for other than 32 bytes.
    package init(name: String, secret: [UInt8]) throws {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: secret) else {
            throw Failure("key.format", "found no Ed25519 private key of '\(name)'")
        }
        self.init(name: name, key: key)
    }

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
        try requirePrivate(path)
        let reader = try ConfigReader(
            try JSONParser.parse(try FileChunks.bytes(path), file: path),
            keys: ["schemaVersion", "kind", "name", "privateKey"])
        try reader.checkSchemaVersion(1)
        guard try reader.string("kind") == "ed25519-private",
            let raw = Data(base64Encoded: try reader.string("privateKey")),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)
        else {
            throw Failure(
                "key.format", "found no Ed25519 private key in '\(path)'",
                hint: "make one with: hftml keys generate NAME")
        }
        return SigningKey(name: try reader.string("name"), key: key)
    }

    /// - Throws: ``Failure`` with code `key.permissions` where others may read a file.
    package static func requirePrivate(_ path: String) throws {
        var info = stat()
        if stat(path, &info) == 0, info.st_mode & 0o077 != 0 {
            throw Failure(
                "key.permissions", "found the private key '\(path)' readable by others", hint: "run: chmod 600 \(path)")
        }
    }

    private init(name: String, key: Curve25519.Signing.PrivateKey) {
        self.name = name
        self.key = key
    }
}
