package import Basics
import Crypto
import CryptoExtras
import Foundation

/// A CI's OpenID Connect token: who runs this job, signed by the CI server and not by the job.
///
/// Read: a JSON Web Signature in compact form (RFC 7515) with RS256 or ES256 (RFC 7518) and the claims of RFC 7519, as
/// GitLab's `id_tokens` and others give it to a job. Not read: encrypted tokens, other algorithms, extensions (`crit`).
package struct IDToken: Sendable, Equatable {
    /// Who issued it.
    package let issuer: String
    /// Whom it is about, in the issuer's words.
    package let subject: String
    /// `group/project`, where the issuer says it.
    package let project: String?
    /// The branch or tag.
    package let reference: String?
    /// Who started the job, where the issuer says it.
    package let person: String?
    /// From when it counts no more.
    package let expiresAt: Nanoseconds

    private static let mostBytes = 16 * 1024
    /// Clocks of two machines differ by that much.
    private static let leeway: Nanoseconds = 60_000_000_000

    /// Verifies a token: signature, issuer, audience, end.
    ///
    /// - Parameter issuers: those that this project believes.
    /// - Throws: ``Failure`` with code `identity.token`, saying what is wrong with it.
    package init(_ token: String, issuers: [TokenIssuer], at time: Nanoseconds) throws {
        guard token.utf8.count <= IDToken.mostBytes else { throw IDToken.refused("longer than 16 KiB") }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header = IDToken.node(parts[0]), let claims = IDToken.node(parts[1]),
            let signature = Base64URL.bytes(parts[2])
        else { throw IDToken.refused("no JSON Web Token") }
        let name = claims[key: "iss"]?.stringValue ?? "nobody"
        let named = issuers.filter { $0.issuer == name }
        guard !named.isEmpty else {
            throw IDToken.refused(
                "a token of '\(name)', whom this project does not know",
                hint: "track the issuer's public keys in Registry/issuers/NAME.json and commit them")
        }
        // One server may be named several times, once a project that counts.
        var outcome: Result<Nanoseconds, any Error>?
        for issuer in named {
            let found = Result {
                try IDToken.checkSignature(header, signature, of: Array("\(parts[0]).\(parts[1])".utf8), issuer)
                try IDToken.checkAudience(claims, issuer)
                try IDToken.checkClaims(claims, issuer)
                return try IDToken.checkTimes(claims, at: time)
            }
            if outcome.map({ (try? $0.get()) == nil }) ?? true, outcome == nil || (try? found.get()) != nil {
                outcome = found
            }
        }
        expiresAt = try outcome?.get() ?? 0
        guard let subject = claims[key: "sub"]?.stringValue, !subject.isEmpty else {
            throw IDToken.refused("no subject")
        }
        func plain(_ name: String) -> String? {
            claims[key: name]?.stringValue.flatMap { $0.isEmpty ? nil : Escaping.terminal($0) }
        }
        (self.issuer, self.subject) = (name, Escaping.terminal(subject))
        (project, reference, person) = (
            plain("project_path") ?? plain("repository"), plain("ref"), plain("user_login") ?? plain("actor")
        )
    }

    private static func checkSignature(
        _ header: JSONValue, _ signature: [UInt8], of bytes: [UInt8], _ issuer: TokenIssuer
    ) throws {
        let algorithm = header[key: "alg"]?.stringValue ?? "none", keyID = header[key: "kid"]?.stringValue
        guard header[key: "kid"] == nil || keyID != nil else { throw refused("a 'kid' that is no text") }
        guard header[key: "crit"] == nil,
            let key = issuer.keys.first(where: { $0.algorithm == algorithm && (keyID == nil || $0.id == keyID) })
        else {
            throw refused(
                "a signature by the key '\(keyID ?? "")' with \(algorithm), which "
                    + "'\(issuer.issuer)' has not",
                hint: "fetch its keys again (JWKS), and commit them")
        }
        guard key.verifies(signature, of: bytes) else { throw refused("a signature that does not fit") }
    }

    /// A server signs for every project on it; which of them counts is the issuer's file to say.
    private static func checkClaims(_ claims: JSONValue, _ issuer: TokenIssuer) throws {
        for (name, allowed) in issuer.claims.sorted(by: { $0.key < $1.key }) {
            let value = claims[key: name].flatMap { $0.stringValue ?? $0.boolValue.map { $0 ? "true" : "false" } }
            guard let value, allowed.contains(value) else {
                throw refused(
                    "a token whose '\(name)' is '\(value ?? "")', expected "
                        + allowed.map { "'\($0)'" }.joined(separator: " or "),
                    hint: "jobs of other projects do not count; who does stands under claims in the issuer's file")
            }
        }
    }

    private static func checkAudience(_ claims: JSONValue, _ issuer: TokenIssuer) throws {
        let audiences =
            claims[key: "aud"]?.stringValue.map { [$0] }
            ?? claims[key: "aud"]?.listValue?.compactMap(\.stringValue) ?? []
        guard audiences.contains(issuer.audience) else {
            throw refused(
                "a token for \(audiences.map { "'\($0)'" }.joined(separator: ", ")), expected '\(issuer.audience)'",
                hint: "let the job ask for it: id_tokens: {HFTML_ID_TOKEN: {aud: \(issuer.audience)}}")
        }
    }

    private static func checkTimes(_ claims: JSONValue, at time: Nanoseconds) throws -> Nanoseconds {
        func moment(_ name: String) -> Nanoseconds? {
            claims[key: name]?.doubleValue.map { Nanoseconds(saturating: $0 * 1e9) }
        }
        guard let end = moment("exp") else { throw refused("no end") }
        guard time < end else { throw refused("a token that expired at \(TimeText.utc(end))") }
        for name in ["nbf", "iat"] {
            guard claims[key: name] == nil || moment(name) != nil else { throw refused("a '\(name)' that is no time") }
            if let begin = moment(name), begin > time.saturatingPlus(leeway) {
                throw refused("a token that counts from \(TimeText.utc(begin)) on, and it is \(TimeText.utc(time))")
            }
        }
        return end
    }

    /// Who acts, as the record has it: `ci:gitlab.example.com/group/project@main (ann)`. The signs that part it are
    /// written as `%40` and the like where a branch, a subject or a login holds them: `x (boss)` is nobody.
    package var actor: String {
        let scheme = "https://", server = issuer.hasPrefix(scheme) ? String(issuer.dropFirst(scheme.count)) : issuer
        let place = project.map { spelled($0) + (reference.map { "@\(spelled($0))" } ?? "") } ?? spelled(subject)
        return "ci:\(spelled(server))/\(place)" + (person.map { " (\(spelled($0)))" } ?? "")
    }

    private func spelled(_ text: String) -> String {
        text.unicodeScalars.map { sign in
            "%@() ".unicodeScalars.contains(sign)
                ? "%" + String(sign.value, radix: 16, uppercase: true) : String(sign)
        }.joined()
    }

    private static func node(_ part: String) -> JSONValue? {
        Base64URL.bytes(part).flatMap { try? JSONParser.parse($0, file: "token") }.flatMap {
            $0.mapValue == nil ? nil : $0
        }
    }

    private static func refused(_ what: String, hint: String? = nil) -> Failure {
        Failure("identity.token", "found in HFTML_ID_TOKEN \(what)", hint: hint, exitStatus: .refused)
    }
}

/// A CI server whose tokens a project believes.
///
///     Registry/issuers/gitlab.json
///     {"schemaVersion": 1, "issuer": "https://gitlab.example.com", "audience": "hftml", "keys": […],
///      "claims": {"project_path": "quant/bars", "ref": ["main", "release"], "ref_protected": "true"}}
///
/// `claims` is what a token must say, each in one of the given words: without it every project of the server counts.
/// `keys` is the list of that name in the issuer's key set (JWKS, RFC 7517): for GitLab what `/oauth/discovery/keys` of
/// the server answers. Keys that are not for RS256 or ES256 are passed over.
package struct TokenIssuer: Sendable {
    /// Exactly as tokens name it under `iss`.
    package let issuer: String
    /// What tokens must be made for.
    package let audience: String
    let keys: [Key]
    /// What tokens must say: a name, and the words of which each is allowed.
    let claims: [String: [String]]

    /// Claims that tell one project from all others of a server, as GitLab and GitHub name them.
    package static let projectClaims: Set<String> = [
        "project_path", "project_id", "repository", "repository_id", "sub",
    ]

    /// Whether only tokens of named projects count.
    package var bindsProject: Bool { !TokenIssuer.projectClaims.isDisjoint(with: claims.keys) }

    /// - Throws: ``ConfigError``, ``Failure`` with code `identity.issuer` where no key can be used.
    package init(_ node: JSONValue, place: String) throws {
        let reader = try ConfigReader(node, keys: ["schemaVersion", "issuer", "audience", "keys", "claims"])
        try reader.checkSchemaVersion(1)
        issuer = try reader.string("issuer")
        audience = try reader.string("audience")
        keys = try reader.list("keys").compactMap(Key.init)
        var claims: [String: [String]] = [:]
        if let node = reader.value("claims") {
            guard let entries = node.mapValue else {
                throw ConfigError("found claims that are no map of names and words", at: node.mark)
            }
            for entry in entries {
                claims[entry.key] = try TokenIssuer.words(entry.value, of: entry.key)
            }
        }
        self.claims = claims
        guard !keys.isEmpty, !issuer.isEmpty, !audience.isEmpty else {
            throw Failure(
                "identity.issuer", "found no key for RS256 or ES256 in '\(place)'",
                hint: "put there what the issuer's key set (JWKS) has under keys")
        }
    }

    /// A word, or a list of words.
    private static func words(_ value: JSONValue, of name: String) throws -> [String] {
        var words: [String] = []
        if let word = value.stringValue { words = [word] }
        if let list = value.listValue { words = list.map { $0.stringValue ?? "" } }
        guard !words.isEmpty, !words.contains("") else {
            throw ConfigError("found the claim '\(name)' without a word or a list of words", at: value.mark)
        }
        return words
    }

    /// One public key.
    struct Key: Sendable {
        let id: String?
        let algorithm: String
        private let material: Material

        private enum Material: Sendable {
            case rsa(_RSA.Signing.PublicKey)
            case p256(P256.Signing.PublicKey)
        }

        /// The least that is still safe.
        private static let leastModulusBytes = 256

        /// Nil for a key of another kind.
        init?(_ node: JSONValue) {
            func bytes(_ name: String) -> [UInt8]? { node[key: name]?.stringValue.flatMap(Base64URL.bytes) }
            if let use = node[key: "use"]?.stringValue, use != "sig" { return nil }
            id = node[key: "kid"]?.stringValue
            switch node[key: "kty"]?.stringValue {
            case "RSA":
                guard let n = bytes("n"), let e = bytes("e"), n.drop(while: { $0 == 0 }).count >= Key.leastModulusBytes,
                    let key = try? _RSA.Signing.PublicKey(n: n, e: e)
                else { return nil }
                (algorithm, material) = ("RS256", .rsa(key))
            case "EC":
                guard node[key: "crv"]?.stringValue == "P-256", let x = bytes("x"), let y = bytes("y"), x.count == 32,
                    y.count == 32, let key = try? P256.Signing.PublicKey(rawRepresentation: x + y)
                else { return nil }
                (algorithm, material) = ("ES256", .p256(key))
            default: return nil
            }
            if let stated = node[key: "alg"]?.stringValue, stated != algorithm { return nil }
        }

        func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
            switch material {
            case .rsa(let key):
                return key.isValidSignature(
                    _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: bytes),
                    padding: .insecurePKCS1v1_5)
            case .p256(let key):
                guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else {
                    return false
                }
                return key.isValidSignature(signature, for: SHA256.hash(data: bytes))
            }
        }
    }
}

/// Base64 as tokens have it (RFC 4648, section 5, without padding).
package enum Base64URL {
    /// Nil for another spelling of any bytes.
    package static func bytes(_ text: String) -> [UInt8]? {
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") })
        else { return nil }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded), Base64URL.text(Array(data)) == text else { return nil }
        return Array(data)
    }

    /// As ``bytes(_:)`` reads it.
    package static func text(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
