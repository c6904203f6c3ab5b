package import Basics
import Crypto
import Foundation

/// The public half, as it is tracked and trusted.
package struct PublicKey: Sendable, Equatable {
    package let name: String
    /// Whose key it is; several keys of one person count once. The key's own name where nothing else is said.
    package var person: String
    /// 32 bytes.
    package let raw: [UInt8]
    /// Whose format its signatures have.
    package let kind: Kind
    /// What its owner may sign: `validator`, `risk`, `compliance` and the like. Roles are given by whoever trusts the
    /// key, not by its owner.
    package var roles: [String]
    /// After this moment its signatures do not count.
    package var expiresAt: Nanoseconds?
    /// None of the signatures of a revoked key count, whenever they claim to be made: its time is only what the signer
    /// says.
    package var revoked: Revocation?

    /// All are Ed25519; they differ in what of a text is signed.
    package enum Kind: Sendable, Equatable {
        /// Made by `hftml keys generate`: signs the DSSE encoding itself.
        case ed25519
        /// Of SSH: signs as ``SSHSignature`` says.
        case ssh
        /// A FIDO security key under SSH, which signs that somebody touched it, too.
        case securityKey(application: String)

        /// As files have it.
        var name: String {
            switch self {
            case .ed25519: "ed25519-public"
            case .ssh: "ssh-ed25519"
            case .securityKey: "sk-ssh-ed25519@openssh.com"
            }
        }
    }

    /// When and why a key stopped counting.
    package struct Revocation: Sendable, Equatable {
        /// UTC.
        package var at: Nanoseconds
        /// For people; may be empty.
        package var reason: String
        /// Whether nobody took the key back, and nobody vouches for it either: it counts as little.
        package var isDoubt: Bool

        /// A revocation.
        package init(at: Nanoseconds, reason: String, isDoubt: Bool = false) {
            self.at = at
            self.reason = reason
            self.isDoubt = isDoubt
        }
    }

    /// A key of a person.
    package init(
        name: String, person: String? = nil, raw: [UInt8], roles: [String] = [], expiresAt: Nanoseconds? = nil,
        revoked: Revocation? = nil, kind: Kind = .ed25519
    ) {
        self.name = name
        self.kind = kind
        self.person = person ?? name
        self.raw = raw
        self.roles = roles
        self.expiresAt = expiresAt
        self.revoked = revoked
    }

    /// The first 16 hexadecimal digits of the key's SHA-256; of an SSH key, of all that SSH writes of it.
    package var id: String { String(Digest.sha256(kind == .ed25519 ? raw : sshBlob).prefix(16)) }

    /// Whether the signature of this key covers the payload, in the form of DSSE.
    package func verifies(signature: [UInt8], payloadType: String, payload: [UInt8]) -> Bool {
        let text = DSSE.preAuthenticationEncoding(type: payloadType, payload: payload)
        guard kind == .ed25519 else { return SSHSignature(signature)?.fits(self, text) == true }
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else { return false }
        return key.isValidSignature(signature, for: text)
    }

    /// Why a signature of this key does not count at a moment; nil where it does.
    package func objection(at time: Nanoseconds) -> String? {
        if let revoked {
            let reason = revoked.reason.isEmpty ? "" : ": \(revoked.reason)"
            if revoked.isDoubt { return "the key of '\(name)' (\(id)) does not count here\(reason)" }
            return "the key of '\(name)' (\(id)) was revoked at \(TimeText.seconds(revoked.at))\(reason)"
        }
        if let expiresAt, time >= expiresAt {
            return "the key of '\(name)' (\(id)) expired at \(TimeText.seconds(expiresAt))"
        }
        return nil
    }

    /// The document that `trusted` holds.
    package var json: JSONValue {
        var node = JSONValue.map([
            "schemaVersion": .int(1), "kind": .string(kind.name), "name": .string(name), "keyID": .string(id),
            "publicKey": .string(Data(raw).base64EncodedString()),
        ])
        if case .securityKey(let application) = kind { node[key: "application"] = .string(application) }
        if person != name { node[key: "person"] = .string(person) }
        if !roles.isEmpty { node[key: "roles"] = .strings(roles) }
        if let expiresAt { node[key: "expiresAt"] = .string(TimeText.utc(expiresAt)) }
        if let revoked {
            node[key: "revoked"] = .map(["at": .string(TimeText.utc(revoked.at)), "reason": .string(revoked.reason)])
        }
        return node
    }

    /// - Throws: ``Failure`` or ``ConfigError`` for a file that is no public key.
    package static func read(_ path: String) throws -> PublicKey {
        try PublicKey(try JSONParser.parse(try FileChunks.bytes(path), file: path), in: "'\(path)'")
    }

    /// A key as ``json`` has it.
    ///
    /// - Parameter place: where it stands, for messages.
    /// - Throws: ``Failure`` with code `key.format`, ``ConfigError``.
    package init(_ node: JSONValue, in place: String) throws {
        let reader = try ConfigReader(
            node,
            keys: [
                "schemaVersion", "kind", "name", "person", "keyID", "publicKey", "application", "roles", "expiresAt",
                "revoked",
            ])
        try reader.checkSchemaVersion(1)
        let kinds: [Kind] = [
            .ed25519, .ssh, .securityKey(application: try reader.string("application", default: "ssh:")),
        ]
        let name = try reader.string("kind")
        guard let kind = kinds.first(where: { $0.name == name }),
            let raw = Data(base64Encoded: try reader.string("publicKey")), raw.count == 32
        else { throw Failure("key.format", "found no Ed25519 public key in \(place)") }
        func time(_ text: String) throws -> Nanoseconds {
            guard let time = TimeText.parseUTC(text) else {
                throw Failure(
                    "key.format", "found '\(text)' in \(place), expected a time such as 2026-12-31T00:00:00Z")
            }
            return time
        }
        let revoked = try reader.value("revoked").map {
            PublicKey.Revocation(
                at: try time($0[key: "at"]?.stringValue ?? ""), reason: $0[key: "reason"]?.stringValue ?? "")
        }
        self.init(
            name: try reader.string("name"), person: try reader.optionalString("person"), raw: Array(raw),
            roles: (reader.value("roles")?.listValue ?? []).compactMap(\.stringValue),
            expiresAt: try reader.optionalString("expiresAt").map(time), revoked: revoked, kind: kind)
        guard try reader.string("keyID", default: id) == id else {
            throw Failure(
                "key.format", "found a key id in \(place) that does not belong to its key",
                hint: "fetch the key again from its owner")
        }
    }
}
