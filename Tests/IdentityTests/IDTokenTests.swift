import Basics
import Identity
import TestSupport
import Testing

/// Tokens that PyJWT made (see Fixtures/tokens.py), read with the issuer's key set, and what must not count.
@Suite struct IDTokenTests {
    private static let tokens = try? JSONParser.parse(
        FileChunks.text("\(SharedData.repository)/Tests/IdentityTests/Fixtures/tokens.json"))
    private static let issued: Nanoseconds = 1_800_000_000_000_000_000
    private static let second: Nanoseconds = 1_000_000_000

    private static func read(_ name: String, at time: Nanoseconds = issued) throws -> IDToken {
        let tokens = try #require(Self.tokens)
        return try IDToken(
            try #require(tokens[key: name]?.stringValue),
            issuers: [try TokenIssuer(try #require(tokens[key: "issuer"]), place: "issuer")], at: time)
    }

    private static func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return (error as? Failure).map { "\($0.code) \($0.message)" } ?? "\(error)" }
        return nil
    }

    @Test("a job is who its issuer says, with RS256 and with ES256", arguments: ["rs256", "es256"])
    func reads(_ name: String) throws {
        let token = try Self.read(name)
        #expect(token.actor == "ci:gitlab.example.com/quant/bars@main (ann)" && token.person == "ann")
        #expect(token.subject == "project_path:quant/bars:ref_type:branch:ref:main")
        #expect(token.expiresAt == Self.issued + 3600 * Self.second)
    }

    @Test("it counts until its end, and a minute before it begins at most")
    func times() throws {
        #expect(try Self.read("rs256", at: Self.issued + 3600 * Self.second - 1).project == "quant/bars")
        #expect(
            Self.code { _ = try Self.read("rs256", at: Self.issued + 3600 * Self.second) }?.contains("expired") == true)
        #expect(Self.code { _ = try Self.read("rs256", at: Self.issued - 60 * Self.second) } == nil)
        #expect(Self.code { _ = try Self.read("rs256", at: Self.issued - 61 * Self.second) } != nil)
    }

    @Test(
        "no algorithm, another one, another key, audience or issuer, no end, a beginning ahead: refused",
        arguments: [
            ("none", "with none"), ("hs256", "with HS256"), ("es256AsRS256", "'one' with ES256"),
            ("otherKey", "does not fit"), ("otherAudience", "'vault', expected 'hftml'"),
            ("otherIssuer", "'https://evil.example.com'"), ("noEnd", "no end"), ("critical", "which"),
            ("early", "counts from"), ("kidNumber", "'kid' that is no text"), ("iatText", "'iat' that is no time"),
            ("nbfList", "'nbf' that is no time"), ("expText", "no end"), ("expTrue", "no end"),
            ("otherProject", "'project_path' is 'evil/bars', expected 'quant/bars'"),
            ("projectNumber", "expected 'quant/bars'"),
        ])
    func refused(_ name: String, _ words: String) throws {
        let found = try #require(Self.code { _ = try Self.read(name) }, "\(name) counts")
        #expect(found.hasPrefix("identity.token ") && found.contains(words), "\(found)")
    }

    @Test("a branch or a login that looks like somebody else's name is written so that it is nobody's")
    func parting() throws {
        #expect(try Self.read("bracketRef").actor == "ci:gitlab.example.com/quant/bars@main%20%28boss%29")
        #expect(try Self.read("bracketUser").actor == "ci:gitlab.example.com/quant/bars@main (ann%29%20%28boss)")
    }

    @Test("an issuer counts for the projects that its claims name, and several entries of one server for several")
    func claims() throws {
        let tokens = try #require(Self.tokens), node = try #require(tokens[key: "issuer"])
        func issuer(_ claims: String?) throws -> TokenIssuer {
            var other = node
            other[key: "claims"] = try claims.map { try JSONParser.parse($0) }
            return try TokenIssuer(other, place: "issuer")
        }
        func project(_ issuers: TokenIssuer...) throws -> String? {
            try IDToken(try #require(tokens[key: "rs256"]?.stringValue), issuers: issuers, at: Self.issued).project
        }
        let own = try issuer(#"{"project_path": ["a/b", "quant/bars"], "ref": "main"}"#)
        let other = try issuer(#"{"project_path": "evil/bars"}"#), branch = try issuer(#"{"ref": "release"}"#)
        #expect(try project(own) == "quant/bars" && project(other, own) == "quant/bars")
        #expect(Self.code { _ = try project(other) }?.contains("expected 'evil/bars'") == true)
        #expect(Self.code { _ = try project(branch) }?.contains("'ref' is 'main'") == true)
        #expect(try own.bindsProject && !branch.bindsProject && !issuer(nil).bindsProject)
        for wrong in ["[]", #"{"ref": []}"#, #"{"ref": 1}"#, #"{"ref": ""}"#] {
            #expect(Self.code { _ = try issuer(wrong) } != nil, "\(wrong)")
        }
    }

    @Test("no letter of a token can be another")
    func altered() throws {
        let tokens = try #require(Self.tokens), text = try #require(tokens[key: "rs256"]?.stringValue)
        let issuer = try TokenIssuer(try #require(tokens[key: "issuer"]), place: "issuer")
        var random = SeededRandom(seed: 8)
        for _ in 0..<300 {
            var bytes = Array(text.utf8)
            let at = random.index(below: bytes.count)
            bytes[at] = UInt8(45 + random.index(below: 78))
            guard bytes[at] != Array(text.utf8)[at] else { continue }
            #expect(throws: (any Error).self, "byte \(at)") {
                try IDToken(String(decoding: bytes, as: UTF8.self), issuers: [issuer], at: Self.issued)
            }
        }
        for other in ["", "a.b", "a.b.c", "..", text + ".", String(repeating: "a", count: 20_000)] {
            #expect(throws: (any Error).self) { try IDToken(other, issuers: [issuer], at: Self.issued) }
        }
    }

    @Test("an issuer without a key that can be used is an error")
    func issuer() throws {
        let text = #"{"schemaVersion": 1, "issuer": "i", "audience": "a", "keys": [{"kty": "oct", "k": "AA"}]}"#
        #expect(
            Self.code { _ = try TokenIssuer(JSONParser.parse(text), place: "p") }?.hasPrefix("identity.issuer") == true)
    }
}
