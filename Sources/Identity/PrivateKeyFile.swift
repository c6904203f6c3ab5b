import Basics
import Crypto
import CryptoExtras
import Foundation
package import ModelBundles

/// A private key in a file, as it is or under a passphrase.
///
/// A sealed one holds the 32 bytes under ChaCha20-Poly1305 with a key that scrypt (RFC 7914; N = 2¹⁶, r = 8, p = 1:
/// 64 MiB and about a fifth of a second) makes of the passphrase. Name and public key stand beside it in the open and
/// are authenticated with it.
package enum PrivateKeyFile {
    private static let kind = "ed25519-private-sealed"
    private static let rounds = 1 << 16
    /// What a file may ask of this machine: a quarter of a GiB.
    private static let mostRounds = 1 << 18
    private static let blockSize = 8

    /// Writes a key, readable by its owner only.
    ///
    /// - Parameter passphrase: nil or empty leaves it unsealed.
    package static func write(_ key: SigningKey, passphrase: [UInt8]?, to path: String) throws {
        guard let passphrase, !passphrase.isEmpty else { return try key.write(to: path) }
        let salt = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let wrapping = try KDF.Scrypt.deriveKey(
            from: passphrase, salt: salt, outputByteCount: 32, rounds: rounds, blockSize: blockSize, parallelism: 1)
        let raw = key.publicKey.raw
        let sealed = try ChaChaPoly.seal(key.secret, using: wrapping, authenticating: outside(key.name, raw))
        let node = JSONValue.map([
            "schemaVersion": .int(1), "kind": .string(kind), "name": .string(key.name),
            "publicKey": .string(Data(raw).base64EncodedString()), "derivation": .string("scrypt"),
            "rounds": .int(rounds), "salt": .string(Data(salt).base64EncodedString()),
            "sealed": .string(sealed.combined.base64EncodedString()),
        ])
        try AtomicFile.write(node.text(.pretty) + "\n", to: path, mode: 0o600)
    }

    private static func outside(_ name: String, _ raw: [UInt8]) -> [UInt8] { raw + Array(name.utf8) }

    /// Reads a key.
    ///
    /// - Parameter passphrase: asked for a sealed one only; the text says for which key.
    /// - Throws: ``Failure`` with code `key.permissions`, `key.format` or `key.passphrase`, and what
    ///   `passphrase` throws.
    package static func read(_ path: String, passphrase: (_ name: String) throws -> [UInt8]) throws -> SigningKey {
        try SigningKey.requirePrivate(path)
        guard let sealed = try sealed(path) else { return try SigningKey.read(path) }
        let wrapping = try KDF.Scrypt.deriveKey(
            from: try passphrase(sealed.publicKey.name), salt: sealed.salt, outputByteCount: 32,
            rounds: sealed.rounds, blockSize: blockSize, parallelism: 1)
        guard let box = try? ChaChaPoly.SealedBox(combined: sealed.box),
            let secret = try? ChaChaPoly.open(
                box, using: wrapping, authenticating: outside(sealed.publicKey.name, sealed.publicKey.raw))
        else {
            throw Failure(
                "key.passphrase", "found that the passphrase does not open the private key '\(path)'",
                hint: "try again; a forgotten one cannot be found out, make a new key: hftml keys generate NAME")
        }
        return try SigningKey(name: sealed.publicKey.name, secret: Array(secret))
    }

    /// The public half, for which no passphrase is needed.
    package static func publicKey(_ path: String) throws -> PublicKey {
        try sealed(path)?.publicKey ?? SigningKey.read(path).publicKey
    }

    /// Whether a passphrase is needed to sign.
    package static func isSealed(_ path: String) throws -> Bool { try sealed(path) != nil }

    private static func sealed(_ path: String) throws
        -> (publicKey: PublicKey, rounds: Int, salt: [UInt8], box: [UInt8])?
    {
        let node = try JSONParser.parse(try FileChunks.bytes(path), file: path)
        guard node[key: "kind"]?.stringValue == kind else { return nil }
        let reader = try ConfigReader(
            node,
            keys: ["schemaVersion", "kind", "name", "publicKey", "derivation", "rounds", "salt", "sealed"])
        try reader.checkSchemaVersion(1)
        func bytes(_ key: String) throws -> [UInt8]? { Data(base64Encoded: try reader.string(key)).map { Array($0) } }
        let rounds = try reader.int("rounds", in: 1 << 14...mostRounds)
        guard try reader.string("derivation") == "scrypt", rounds.nonzeroBitCount == 1,
            let raw = try bytes("publicKey"), raw.count == 32, let salt = try bytes("salt"), salt.count >= 16,
            let box = try bytes("sealed")
        else {
            throw Failure("key.format", "found no private key under a passphrase in '\(path)'")
        }
        return (PublicKey(name: try reader.string("name"), raw: raw), rounds, salt, box)
    }
}
