import Basics
import Foundation
import TestSupport
import Testing
import Timestamps

/// Tokens as `openssl ts` makes them count; whatever else was made, altered or taken from elsewhere does not.
@Suite struct TimestampTokenTests {
    private static let data = Array("{\"head\": 42}".utf8)

    private static func request() -> TimestampRequest { TimestampRequest(imprint: Digest.sha256Bytes(data)) }

    private static func certificates(_ authority: StampAuthority, _ name: String = "root") throws
        -> TimestampCertificates
    {
        try TimestampCertificates(pem: try authority.pem(name), place: "\(name).pem")
    }

    /// Why something does not count; nil where it does.
    private static func objection(_ body: () throws -> Void) -> String? {
        do { try body() } catch let failure as Failure {
            #expect(failure.code == "anchor.timestamp")
            return failure.message
        } catch { return "\(error)" }
        return nil
    }

    @Test(
        "a token of openssl counts, with the time and the authority that it says", arguments: ["rsa", "p256", "p384"])
    func counts(_ kind: String) throws {
        let authority = try StampAuthority(kind), pinned = try Self.certificates(authority), request = Self.request()
        let before = Clock.system.now()
        let token = try request.token(in: try authority.answer(request.bytes), with: pinned)
        // openssl writes whole seconds.
        #expect(token.time > before - 2_000_000_000 && token.time <= Clock.system.now())
        #expect(try authority.believes(token.bytes, about: Self.data))
        let kept = try TimestampToken(token.bytes)
        #expect(try kept.verify(imprint: request.imprint, nonce: nil, with: pinned) == "tsa")
        #expect(kept.nonce == request.nonce)
        // The certificate of the authority may be pinned itself, and other hashes may have been used.
        for hash in ["sha384", "sha512"] {
            let answer = try authority.answer(request.bytes, hash: hash)
            _ = try request.token(in: answer, with: try Self.certificates(authority, "tsa"))
        }
        _ = try request.token(in: try authority.answer(request.bytes, section: "stamps-sha1"), with: pinned)
        // What a certificate asks for below it holds, and a chain that came along is followed.
        let deep = try authority.answer(request.bytes, signer: "deep", chain: "middle.pem")
        _ = try request.token(in: deep, with: pinned)
    }

    @Test("an answer to something else, by somebody else, without the right, too late, or cut, does not count")
    func hostile() throws {
        let authority = try StampAuthority("p256"), pinned = try Self.certificates(authority), request = Self.request()
        let good = try authority.answer(request.bytes)
        func refused(_ answer: [UInt8], _ words: String, to asked: TimestampRequest? = nil) {
            let said = Self.objection { _ = try (asked ?? request).token(in: answer, with: pinned) }
            #expect(said?.contains(words) == true, "\(words): \(said ?? "counted")")
        }
        refused(good, "another nonce", to: Self.request())
        refused(good, "the imprint of something else", to: TimestampRequest(imprint: Digest.sha256Bytes([1, 2])))
        refused(Array(good.dropLast(10)), "no DER")
        refused(good + [0], "no DER")
        refused([], "no DER")
        refused([UInt8](repeating: 0x30, count: 200_000), "bytes")
        refused([UInt8](repeating: 0x30, count: 2000), "no DER")
        refused([0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02], "no token: the authority answers 2")
        refused(try authority.answer(request.bytes, signer: "foreign"), "that no pinned one vouches for")
        refused(try authority.answer(request.bytes, signer: "deep"), "that no pinned one vouches for")
        refused(try authority.answer(request.bytes, signer: "expired"), "expired at")
        for signer in ["plain", "lenient", "wide"] {
            refused(try authority.crafted(request.bytes, signer: signer), "extended key usage timeStamping")
        }
        refused(try authority.crafted(request.bytes, signer: "odd"), "the critical extension 1.2.3.4.5")
        let child = try authority.crafted(request.bytes, signer: "child", chain: "tsa.pem")
        refused(child, "the certificate 'tsa' is no authority's")
        try authority.directory.write(try authority.pem("flat") + authority.pem("below"), to: "two.pem")
        let deepest = try authority.answer(request.bytes, signer: "deepest", chain: "two.pem")
        refused(deepest, "too many authorities below it")
        // The way of the attacks is right: what may sign counts when it is made the same way.
        _ = try request.token(in: try authority.crafted(request.bytes, signer: "tsa"), with: pinned)
    }

    @Test("no flipped bit and no mutation of a token counts, and none ends the process", arguments: ["rsa", "p256"])
    func fuzz(_ kind: String) throws {
        let authority = try StampAuthority(kind), pinned = try Self.certificates(authority), request = Self.request()
        let good = try request.token(in: try authority.answer(request.bytes), with: pinned).bytes
        func counts(_ bytes: [UInt8]) -> Bool {
            guard let token = try? TimestampToken(bytes) else { return false }
            return (try? token.verify(imprint: request.imprint, nonce: nil, with: pinned)) != nil
        }
        #expect(counts(good))
        var passed: [Int] = []
        for index in good.indices {
            for bit in 0..<8 {
                var bytes = good
                bytes[index] ^= 1 << bit
                if counts(bytes) { passed.append(index) }
            }
        }
        #expect(passed == [], "flipped bits that count")
        var random = SeededRandom(seed: 3161), mutants = 0
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0...Int(random.next() % 4) {
                let place = Int(random.next() % UInt64(max(bytes.count, 1))), size = Int(random.next() % 16)
                switch random.next() % 4 {
                case 0: if !bytes.isEmpty { bytes[place] = UInt8(truncatingIfNeeded: random.next()) }
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + size))
                case 2: bytes.insert(contentsOf: bytes.prefix(size), at: place)
                default: bytes.append(UInt8(truncatingIfNeeded: random.next()))
                }
            }
            if bytes != good, counts(bytes) { mutants += 1 }
        }
        #expect(mutants == 0)
    }

    @Test("a file of certificates that holds none is refused")
    func pins() throws {
        for text in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            #expect(throws: Failure.self) { _ = try TimestampCertificates(pem: text, place: "tsa.pem") }
        }
    }
}
