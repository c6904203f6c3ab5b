package import Basics
import Crypto
import Foundation

/// An Ed25519 key pair of a named person or machine.
package struct SigningKey: Sendable {
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
            throw Failure(
                "key.permissions", "found the private key '\(path)' readable by others", hint: "run: chmod 600 \(path)")
        }
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

    private init(name: String, key: Curve25519.Signing.PrivateKey) {
        self.name = name
        self.key = key
    }
}

/// The public half, as it is tracked and trusted.
package struct PublicKey: Sendable, Equatable {
    package let name: String
    /// 32 bytes.
    package let raw: [UInt8]
    /// What its owner may sign: `validator`, `risk`, `compliance` and the like. Roles are given by whoever trusts the
    /// key, not by its owner.
    package var roles: [String]
    /// After this moment its signatures do not count.
    package var expiresAt: Nanoseconds?
    /// None of the signatures of a revoked key count, whenever they claim to be made: its time is only what the signer
    /// says.
    package var revoked: Revocation?

    /// When and why a key stopped counting.
    package struct Revocation: Sendable, Equatable {
        /// UTC.
        package var at: Nanoseconds
        /// For people; may be empty.
        package var reason: String

        /// A revocation.
        package init(at: Nanoseconds, reason: String) {
            self.at = at
            self.reason = reason
        }
    }

    /// A key of a person.
    package init(
        name: String, raw: [UInt8], roles: [String] = [], expiresAt: Nanoseconds? = nil, revoked: Revocation? = nil
    ) {
        self.name = name
        self.raw = raw
        self.roles = roles
        self.expiresAt = expiresAt
        self.revoked = revoked
    }

    /// The first 16 hexadecimal digits of the key's SHA-256.
    package var id: String { String(Digest.sha256(raw).prefix(16)) }

    /// Whether the signature of this key covers the payload, in the form of DSSE.
    package func verifies(signature: [UInt8], payloadType: String, payload: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else { return false }
        return key.isValidSignature(signature, for: DSSE.preAuthenticationEncoding(type: payloadType, payload: payload))
    }

    /// Why a signature of this key does not count at a moment; nil where it does.
    package func objection(at time: Nanoseconds) -> String? {
        if let revoked {
            let reason = revoked.reason.isEmpty ? "" : ": \(revoked.reason)"
            return "the key of '\(name)' (\(id)) was revoked at \(TimeText.utc(revoked.at))\(reason)"
        }
        if let expiresAt, time >= expiresAt {
            return "the key of '\(name)' (\(id)) expired at \(TimeText.utc(expiresAt))"
        }
        return nil
    }

    /// The document that `trusted` holds.
    package var json: JSONValue {
        var node = JSONValue.map([
            "schemaVersion": .int(1), "kind": .string("ed25519-public"), "name": .string(name), "keyID": .string(id),
            "publicKey": .string(Data(raw).base64EncodedString()),
        ])
        if !roles.isEmpty { node[key: "roles"] = .strings(roles) }
        if let expiresAt { node[key: "expiresAt"] = .string(TimeText.utc(expiresAt)) }
        if let revoked {
            node[key: "revoked"] = .map(["at": .string(TimeText.utc(revoked.at)), "reason": .string(revoked.reason)])
        }
        return node
    }

    /// - Throws: ``Failure`` or ``ConfigError`` for a file that is no public key.
    package static func read(_ path: String) throws -> PublicKey {
        let reader = try ConfigReader(
            try JSONParser.parse(try FileChunks.bytes(path), file: path),
            keys: ["schemaVersion", "kind", "name", "keyID", "publicKey", "roles", "expiresAt", "revoked"])
        try reader.checkSchemaVersion(1)
        guard try reader.string("kind") == "ed25519-public",
            let raw = Data(base64Encoded: try reader.string("publicKey")), raw.count == 32
        else { throw Failure("key.format", "found no Ed25519 public key in '\(path)'") }
        func time(_ text: String) throws -> Nanoseconds {
            guard let time = TimeText.parseUTC(text) else {
                throw Failure(
                    "key.format", "found '\(text)' in '\(path)', expected a time such as 2026-12-31T00:00:00Z")
            }
            return time
        }
        let revoked = try reader.value("revoked").map {
            PublicKey.Revocation(
                at: try time($0[key: "at"]?.stringValue ?? ""), reason: $0[key: "reason"]?.stringValue ?? "")
        }
        let key = PublicKey(
            name: try reader.string("name"), raw: Array(raw),
            roles: (reader.value("roles")?.listValue ?? []).compactMap(\.stringValue),
            expiresAt: try reader.optionalString("expiresAt").map(time), revoked: revoked)
        guard try reader.string("keyID", default: key.id) == key.id else {
            throw Failure(
                "key.format", "found a key id in '\(path)' that does not belong to its key",
                hint: "fetch the key again from its owner")
        }
        return key
    }
}

/// Public keys whose signatures count, one file each in a directory.
package struct TrustedKeys: Sendable {
    /// Also those that have expired or were revoked.
    package let keys: [PublicKey]

    /// A set of keys.
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

    /// The key of that id, or nil.
    package func key(id: String) -> PublicKey? { keys.first { $0.id == id } }
}

/// Dead Simple Signing Envelope, version 1.
package enum DSSE {
    /// `DSSEv1 SP len(type) SP type SP len(payload) SP payload`, lengths in decimal bytes.
    package static func preAuthenticationEncoding(type: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}
